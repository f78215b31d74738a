/* gpi.c: the GPI, in octets and protected. */
#include <cbor.h>
#include <string.h>

#include "gpi.h"
#include "siv.h"

#define TRIGGER_FIELDS (HAS(TRIGGER_IND) | HAS(TRIGGER_TIME))
/* heads and all: an array, naf_id, key_lt, p_tid; the longest C1 there is */
#define SECRET_MAX (1 + 3 + FQDN_MAX + UA_LEN + 5 + 2 + 64)
#define PLAIN_MAX (GPI_MAX / 2)

/* ---- out ---- */

static size_t
put_bytes(uint8_t *out, const uint8_t *v, size_t len)
{
	size_t n = cbor_encode_bytestring_start(len, out, GPI_MAX);

	memcpy(out + n, v, len);
	return n + len;
}

/* The clear header, and first component of the associated data. */
static size_t
put_clear(uint8_t *out, const struct record *g)
{
	size_t n = cbor_encode_array_start(8, out, GPI_MAX);

	n += cbor_encode_uint(g->ver, out + n, GPI_MAX);
	n += put_bytes(out + n, g->rand.v, 16);
	n += put_bytes(out + n, g->autn.v, 16);
	n += put_bytes(out + n, g->app_lbl.v, g->app_lbl.len);
	return n + cbor_encode_uint(g->um, out + n, GPI_MAX);
}

static size_t
put_trig(uint8_t *out, const struct record *g)
{
	bool timed = record_has(g, HAS(TRIGGER_TIME));
	size_t n = cbor_encode_array_start(timed ? 2 : 1, out, GPI_MAX);

	n += cbor_encode_uint(g->trigger_ind, out + n, GPI_MAX);
	if (timed)
		n += cbor_encode_uint(g->trigger_time, out + n, GPI_MAX);
	return n;
}

static size_t
put_trigger(uint8_t *out, const struct record *g)
{
	size_t n;

	if (!record_has(g, HAS(TRIGGER_MODE)))
		return cbor_encode_null(out, GPI_MAX);
	n = cbor_encode_array_start(2, out, GPI_MAX);
	n += cbor_encode_uint(g->trigger_mode, out + n, GPI_MAX);
	return n + (g->trigger_mode == MODE_FULL ?
	    put_bytes(out + n, g->c2.v, g->c2.len) : put_trig(out + n, g));
}

size_t
gpi_encode(const struct record *g, uint8_t out[static GPI_MAX])
{
	size_t n = put_clear(out, g);

	n += put_bytes(out + n, g->enc_gpi.v, g->enc_gpi.len - MAC_LEN);
	n += put_trigger(out + n, g);
	return n + put_bytes(out + n, g->mac.v, MAC_LEN);
}

static size_t
put_secret(uint8_t *out, const struct record *r)
{
	size_t n = cbor_encode_array_start(3, out, PLAIN_MAX);

	n += put_bytes(out + n, r->naf_id.v, r->naf_id.len);
	n += cbor_encode_uint(r->key_lt, out + n, PLAIN_MAX);
	n += cbor_encode_string_start(r->p_tid.len, out + n, PLAIN_MAX);
	memcpy(out + n, r->p_tid.v, r->p_tid.len);
	return n + r->p_tid.len;
}

/* ---- in ---- */

struct cursor {
	const uint8_t *v;
	size_t len;
};

static struct token
next(struct cursor *c)
{
	struct token t;
	size_t n = token_read(&t, c->v, c->len);

	c->v += n;
	c->len -= n;
	return t;
}

static enum status
take_uint(struct cursor *c, struct record *r, enum key key)
{
	struct token t = next(c);
	enum status status;

	if (t.kind != TOKEN_UINT)
		return fail(MALFORMED, "%s: found %s, expected an integer",
		    fields[key].name, token_name(&t));
	if ((status = field_check_number(&fields[key], t.n)) == OK)
		record_put_uint(r, key, t.n);
	return status;
}

static enum status
take_string(struct cursor *c, struct record *r, enum key key)
{
	bool bytes = fields[key].kind == BYTES;
	struct token t = next(c);
	enum status status;

	if (t.kind != (bytes ? TOKEN_BYTES : TOKEN_TEXT))
		return fail(MALFORMED, "%s: found %s, expected %s",
		    fields[key].name, token_name(&t), bytes ? "bytes" : "text");
	if ((status = field_check_string(&fields[key], t.v, t.n)) == OK)
		record_put(r, key, t.v, t.n);
	return status;
}

static enum status
take_array(struct cursor *c, const char *name, uint64_t min, uint64_t max,
    uint64_t *n)
{
	struct token t = next(c);

	if (t.kind != TOKEN_ARRAY || t.n < min || t.n > max)
		return fail(MALFORMED, "%s: found %s, expected an array of %d",
		    name, t.kind == TOKEN_ARRAY ? "another length" :
		    token_name(&t), (int)max);
	*n = t.n;
	return OK;
}

static enum status
take_trig(struct cursor *c, struct record *r)
{
	enum status status;
	uint64_t n;

	if ((status = take_array(c, "trig", 1, 2, &n)) != OK ||
	    (status = take_uint(c, r, KEY_TRIGGER_IND)) != OK)
		return status;
	return n == 1 ? OK : take_uint(c, r, KEY_TRIGGER_TIME);
}

static enum status
take_trigger(struct cursor *c, struct record *r)
{
	struct cursor null = *c;
	enum status status;
	uint64_t n;

	if (next(&null).kind == TOKEN_NULL) {
		*c = null;
		return OK;
	}
	if ((status = take_array(c, "trigger", 2, 2, &n)) != OK ||
	    (status = take_uint(c, r, KEY_TRIGGER_MODE)) != OK)
		return status;
	return r->trigger_mode == MODE_FULL ? take_string(c, r, KEY_C2) :
	    take_trig(c, r);
}

/* enc_gpi is kept as Table 2 has it: C1, then the MAC. */
static enum status
take_enc(struct cursor *c, struct record *r)
{
	struct token t = next(c);

	if (t.kind != TOKEN_BYTES)
		return fail(MALFORMED, "enc: found %s, expected bytes",
		    token_name(&t));
	if (t.n < 1 || t.n > SECRET_MAX)
		return fail(MALFORMED, "enc: found %llu octets, expected 1 to "
		    "%d", (unsigned long long)t.n, SECRET_MAX);
	record_put(r, KEY_ENC_GPI, t.v, t.n);
	return OK;
}

static void
put_mac(struct record *g, const uint8_t mac[static MAC_LEN])
{
	record_put(g, KEY_MAC, mac, MAC_LEN);
	memcpy(g->enc_gpi.v + g->enc_gpi.len, mac, MAC_LEN);
	g->enc_gpi.len += MAC_LEN;
}

enum status
gpi_decode(struct record *g, const uint8_t *in, size_t len)
{
	struct cursor c = { in, len };
	uint8_t again[GPI_MAX];
	enum status status;
	uint64_t n;

	record_init(g, GPI);
	if (len > GPI_MAX)
		return fail(MALFORMED, "gpi: found %zu octets, expected at "
		    "most %d", len, GPI_MAX);
	if ((status = take_array(&c, "gpi", 8, 8, &n)) != OK ||
	    (status = take_uint(&c, g, KEY_VER)) != OK ||
	    (status = take_string(&c, g, KEY_RAND)) != OK ||
	    (status = take_string(&c, g, KEY_AUTN)) != OK ||
	    (status = take_string(&c, g, KEY_APP_LBL)) != OK ||
	    (status = take_uint(&c, g, KEY_UM)) != OK ||
	    (status = take_enc(&c, g)) != OK ||
	    (status = take_trigger(&c, g)) != OK ||
	    (status = take_string(&c, g, KEY_MAC)) != OK)
		return status;
	put_mac(g, g->mac.v);
	/* trailing octets and every other way to encode it fail here */
	if (gpi_encode(g, again) != len || memcmp(again, in, len) != 0)
		return fail(MALFORMED, "gpi: found another encoding, expected "
		    "the deterministic one");
	return OK;
}

/* ---- protection ---- */

/*
 * The associated data of G: its clear header, and of the trigger item so much
 * that neither its mode nor the end of C1 can be moved.  Mode none leaves the
 * trigger itself out.
 */
static void
associate(const struct record *g, uint8_t clear[static GPI_MAX],
    uint8_t trigger[static GPI_MAX], struct siv_ad ad[static 2])
{
	ad[0] = (struct siv_ad){ clear, put_clear(clear, g) };
	ad[1] = (struct siv_ad){ trigger, put_trigger(trigger, g) };
	if (!record_has(g, HAS(TRIGGER_MODE)))
		return;
	if (g->trigger_mode == MODE_NONE)
		ad[1].len = 2;			/* 82 00 */
	else if (g->trigger_mode == MODE_FULL)
		ad[1].len = 3;			/* 82 02, head of C2 */
}

enum status
gpi_seal(const struct record *draft, struct record *g)
{
	uint8_t plain[PLAIN_MAX], sealed[PLAIN_MAX], mac[MAC_LEN];
	uint8_t clear[GPI_MAX], trigger[GPI_MAX];
	struct siv_ad ad[2];
	enum status status;
	size_t n1, n2 = 0;

	record_init(g, GPI);
	record_copy(g, draft, HAS(VER) | HAS(RAND) | HAS(AUTN) | HAS(APP_LBL) |
	    HAS(UM) | HAS(TRIGGER_MODE));
	n1 = put_secret(plain, draft);
	if (record_has(g, HAS(TRIGGER_MODE)) && g->trigger_mode == MODE_FULL) {
		n2 = put_trig(plain + n1, draft);
		record_put(g, KEY_C2, plain + n1, n2);
	} else {
		record_copy(g, draft, TRIGGER_FIELDS);
	}
	associate(g, clear, trigger, ad);
	status = siv_seal(draft->k_gpi.v, ad, plain, n1 + n2, sealed, mac);
	if (status == OK) {
		record_put(g, KEY_ENC_GPI, sealed, n1);
		put_mac(g, mac);
		memcpy(g->c2.v, sealed + n1, n2);
	}
	wipe(plain, sizeof(plain));
	return status;
}

/* Take what was sealed; it fills C1 and C2 exactly, in one encoding. */
static enum status
take_plain(struct record *g, const uint8_t *plain, size_t n1, size_t n2)
{
	struct cursor secret = { plain, n1 }, trig = { plain + n1, n2 };
	uint8_t again[PLAIN_MAX];
	enum status status;
	uint64_t n;

	if ((status = take_array(&secret, "secret", 3, 3, &n)) != OK ||
	    (status = take_string(&secret, g, KEY_NAF_ID)) != OK ||
	    (status = take_uint(&secret, g, KEY_KEY_LT)) != OK ||
	    (status = take_string(&secret, g, KEY_P_TID)) != OK)
		return status;
	if (n2 > 0 && (status = take_trig(&trig, g)) != OK)
		return status;
	if (put_secret(again, g) != n1 || memcmp(again, plain, n1) != 0)
		status = fail(MALFORMED, "secret: found another encoding, "
		    "expected the deterministic one");
	else if (n2 > 0 && (put_trig(again, g) != n2 ||
	    memcmp(again, plain + n1, n2) != 0))
		status = fail(MALFORMED, "trig: found another encoding, "
		    "expected the deterministic one");
	wipe(again, sizeof(again));
	return status;
}

/* C1 and C2 as the one ciphertext they are; returns its length. */
static size_t
join(const struct record *g, uint8_t sealed[static PLAIN_MAX])
{
	size_t n1 = g->enc_gpi.len - MAC_LEN;
	size_t n2 = record_has(g, HAS(C2)) ? g->c2.len : 0;

	memcpy(sealed, g->enc_gpi.v, n1);
	memcpy(sealed + n1, g->c2.v, n2);
	return n1 + n2;
}

enum status
gpi_open(struct record *g, const uint8_t k_gpi[static 32])
{
	uint8_t sealed[PLAIN_MAX], plain[PLAIN_MAX];
	uint8_t clear[GPI_MAX], trigger[GPI_MAX];
	size_t n = join(g, sealed), n1 = g->enc_gpi.len - MAC_LEN;
	struct siv_ad ad[2];
	enum status status;

	associate(g, clear, trigger, ad);
	status = siv_open(k_gpi, ad, sealed, n, plain, g->mac.v);
	if (status == OK)
		status = take_plain(g, plain, n1, n - n1);
	wipe(plain, sizeof(plain));
	return status;
}

enum status
gpi_expect(const struct record *g, const uint8_t k_gpi[static 32],
    uint8_t ad2[static AD2_MAX], size_t *ad2_len, uint8_t xmac[static 16])
{
	uint8_t sealed[PLAIN_MAX], clear[GPI_MAX], trigger[GPI_MAX];
	size_t n = join(g, sealed);
	struct siv_ad ad[2];

	associate(g, clear, trigger, ad);
	*ad2_len = ad[1].len;
	memcpy(ad2, ad[1].v, ad[1].len);
	return siv_expect(k_gpi, ad, sealed, n, g->mac.v, xmac);
}
