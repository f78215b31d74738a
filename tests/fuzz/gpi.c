/*
 * gpi.c: fuzzes the GPI: its octets, and under a key of zeros what is sealed
 * in it.  An input that begins as no GPI does is a plaintext: an octet, whose
 * low four bits say how long the trigger at the end is, and the secret.
 */
#include <string.h>

#include "crypto/siv.h"
#include "gba/gpi.h"
#include "gba/hexview.h"
#include "fuzz.h"

#define HEAD 0x88	/* an array of 8 */

static const uint8_t key[32];

static void
show(const uint8_t *in, size_t len, const struct record *g)
{
	static char shown[1 << 18];
	struct text t = { shown, 0, sizeof(shown) };

	hexview(&t, in, len, &(struct hexview){ .r = g });
	show_json(&t, g, false);
	show_text(&t, g, false);
	expect(t.len < sizeof(shown) - 1);
}

static void
octets(const uint8_t *in, size_t len)
{
	static struct record g;
	uint8_t again[GPI_MAX];
	enum status status = gpi_decode(&g, in, len);
	size_t n;

	expect(status == OK || status == MALFORMED);
	if (status != OK)
		return;
	expect(cbor_measure(in, len, &n) == OK && n == len);
	expect(gpi_encode(&g, again) == len && memcmp(again, in, len) == 0);
	show(in, len, &g);
	expect(gpi_open(&g, key) == REJECTED);
}

/* Seal N1 and N2 octets IN; returns the length of the GPI. */
static size_t
seal(const uint8_t *in, size_t n1, size_t n2, uint8_t out[static GPI_MAX])
{
	static const uint8_t clear[GPI_CLEAR_LEN(0)] = { HEAD, 1, [2] = 0x50,
	    [19] = 0x50, [36] = 0x40 };
	uint8_t c2[3] = { 0x82, 0x02, (uint8_t)(0x40 | n2) }, sealed[512];
	const uint8_t null = 0xf6;
	struct siv_ad ad[2] = { { clear, sizeof(clear) }, { &null, 1 } };
	uint8_t mac[MAC_LEN], *p = out;

	if (n2 > 0)
		ad[1] = (struct siv_ad){ c2, 3 };
	expect(siv_seal(key, ad, in, n1 + n2, sealed, mac) == OK);
	p = (uint8_t *)memcpy(p, clear, sizeof(clear)) + sizeof(clear);
	*p++ = n1 < 24 ? (uint8_t)(0x40 | n1) : n1 < 256 ? 0x58 : 0x59;
	be_write(p, n1 < 24 ? 0 : n1 < 256 ? 1 : 2, n1);
	p += n1 < 24 ? 0 : n1 < 256 ? 1 : 2;
	p = (uint8_t *)memcpy(p, sealed, n1) + n1;
	p = (uint8_t *)memcpy(p, ad[1].v, ad[1].len) + ad[1].len;
	p = (uint8_t *)memcpy(p, sealed + n1, n2) + n2;
	*p++ = 0x50;
	p = (uint8_t *)memcpy(p, mac, MAC_LEN) + MAC_LEN;
	return (size_t)(p - out);
}

static void
plaintext(const uint8_t *in, size_t n1, size_t n2)
{
	static struct record g, copy;
	uint8_t gpi[GPI_MAX], made[GPI_MAX];
	uint8_t ad2[AD2_MAX], xmac[MAC_LEN];
	size_t len = seal(in, n1, n2, gpi), again, ad2_len;
	enum status status;

	if (n2 == 1 || n2 > 9 || n1 > 333)
		expect(gpi_decode(&g, gpi, len) == MALFORMED);
	else
		expect(gpi_decode(&g, gpi, len) == OK);
	if (n2 == 1 || n2 > 9 || n1 > 333)
		return;
	status = gpi_open(&g, key);
	expect(status == OK || status == MALFORMED);
	if (status != OK)
		return;
	/* what opens is what sealing the same again gives */
	show(gpi, len, &g);
	expect(gpi_expect(&g, key, ad2, &ad2_len, xmac) == OK);
	expect(memcmp(xmac, g.mac.v, sizeof(xmac)) == 0);
	expect(record_check(&g) == OK);
	record_init(&copy, RECORD_ACCEPTED);
	record_copy(&copy, &g, ~HAS(TYPE));
	record_put_dl_sa_id(&copy, g.rand.v);
	expect(copy.dl_sa_id.len == 33 + g.naf_id.len - UA_LEN);
	record_put(&g, KEY_K_GPI, key, sizeof(key));
	expect(gpi_seal(&g, MODE_NONE, made, &again) == OK);
	expect(again == len && memcmp(made, gpi, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	size_t n2 = len > 0 ? in[0] & 15 : 0;

	if (len == 0 || in[0] == HEAD || CBOR_IS_MAP(in[0]))
		octets(in, len);
	else if (len > 1 + n2 && len < 400)
		plaintext(in + 1, len - 1 - n2, n2);
	return 0;
}
