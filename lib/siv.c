/* siv.c: AEAD_AES_SIV_CMAC_256. */
#include <assert.h>
#include <string.h>

#include "siv.h"

/* CMAC under one key: NIST SP 800-38B; K1 and K2 of clause 6.1. */
struct cmac {
	const uint8_t *key;
	uint8_t k1[16], k2[16];
};

/* RFC 5297 clause 2.3: multiply by x in GF(2^128). */
static void
dbl(uint8_t v[static 16])
{
	uint64_t high = be_read(v, 8), low = be_read(v + 8, 8);
	uint64_t carry = high >> 63;

	be_write(v, 8, high << 1 | low >> 63);
	be_write(v + 8, 8, low << 1 ^ (0x87 & (0 - carry)));
}

static void
xor(uint8_t *v, const uint8_t *with)
{
	for (int i = 0; i < 16; i++)
		v[i] ^= with[i];
}

static enum status
cmac_begin(struct cmac *c, const uint8_t key[static 16])
{
	static const uint8_t zero[16];
	enum status status = aes128_cbc(key, zero, 1, c->k1);

	c->key = key;
	dbl(c->k1);
	memcpy(c->k2, c->k1, 16);
	dbl(c->k2);
	return status;
}

/* XORED, where not NULL, is XORed to the end of IN: S2V's xorend. */
static enum status
cmac(const struct cmac *c, const uint8_t *in, size_t len,
    const uint8_t *xored, uint8_t mac[static 16])
{
	uint8_t m[SIV_MAX + 16];
	size_t blocks = (len + 15) / 16;
	enum status status;

	assert(len > 0 && len <= SIV_MAX);
	memcpy(m, in, len);
	if (xored != NULL)
		xor(m + len - 16, xored);
	if (len % 16 != 0) {
		memset(m + len, 0, 16);
		m[len] = 0x80;
	}
	xor(m + 16 * (blocks - 1), len % 16 == 0 ? c->k1 : c->k2);
	status = aes128_cbc(c->key, m, blocks, m);
	memcpy(mac, m + 16 * (blocks - 1), 16);
	wipe(m, 16 * blocks);
	return status;
}

/* RFC 5297 clause 2.4, of AD[0], AD[1] and the plaintext P. */
static enum status
s2v(const uint8_t key[static 16], const struct siv_ad ad[static 2],
    const uint8_t *p, size_t len, uint8_t v[static 16])
{
	static const uint8_t zero[16];
	uint8_t d[16], mac[16], padded[16] = { 0 };
	struct cmac c;
	enum status status;

	if ((status = cmac_begin(&c, key)) == OK)
		status = cmac(&c, zero, 16, NULL, d);
	for (int i = 0; i < 2 && status == OK; i++) {
		status = cmac(&c, ad[i].v, ad[i].len, NULL, mac);
		dbl(d);
		xor(d, mac);
	}
	if (status == OK && len >= 16) {
		status = cmac(&c, p, len, d, v);
	} else if (status == OK) {
		memcpy(padded, p, len);
		padded[len] = 0x80;
		dbl(d);
		status = cmac(&c, padded, 16, d, v);
	}
	wipe(&c, sizeof(c));
	wipe(d, sizeof(d));
	wipe(padded, sizeof(padded));
	return status;
}

/* Clause 2.5: V without two of its bits is where CTR begins. */
static enum status
ctr(const uint8_t key[static 16], const uint8_t v[static 16],
    const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t q[16];

	memcpy(q, v, 16);
	q[8] &= 0x7f;
	q[12] &= 0x7f;
	return aes128_ctr(key, q, in, len, out);
}

enum status
siv_seal(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    const uint8_t *in, size_t len, uint8_t *out, uint8_t v[static 16])
{
	enum status status = s2v(key, ad, in, len, v);

	return status == OK ? ctr(key + 16, v, in, len, out) : status;
}

enum status
siv_open(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    const uint8_t *in, size_t len, uint8_t *out, const uint8_t v[static 16])
{
	uint8_t xv[16];
	enum status status;

	if ((status = ctr(key + 16, v, in, len, out)) == OK)
		status = s2v(key, ad, out, len, xv);
	if (status == OK && !same_octets(xv, v, 16))
		status = fail(REJECTED, "mac: does not match");
	if (status != OK)
		wipe(out, len);
	wipe(xv, sizeof(xv));
	return status;
}

enum status
siv_expect(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    const uint8_t *in, size_t len, const uint8_t v[static 16],
    uint8_t xv[static 16])
{
	uint8_t plain[SIV_MAX];
	enum status status;

	assert(len <= SIV_MAX);
	if ((status = ctr(key + 16, v, in, len, plain)) == OK)
		status = s2v(key, ad, plain, len, xv);
	wipe(plain, len);
	return status;
}
