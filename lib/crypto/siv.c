/* siv.c: AEAD_AES_SIV_CMAC_256. */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "crypto/siv.h"

/* CMAC under the key that is set up: NIST SP 800-38B, clause 6.1. */
struct cmac {
	uint8_t k1[16], k2[16];
};

/* RFC 5297 clause 2.3: multiply by x in GF(2^128). */
static void
dbl(uint8_t v[static 16])
{
	uint64_t high, low, carry;

	memcpy(&high, v, 8);
	memcpy(&low, v + 8, 8);
	high = be64toh(high);
	low = be64toh(low);
	carry = high >> 63;
	high = htobe64(high << 1 | low >> 63);
	low = htobe64(low << 1 ^ (0x87 & (0 - carry)));
	memcpy(v, &high, 8);
	memcpy(v + 8, &low, 8);
}

static enum status
cmac_begin(struct cmac *c, const uint8_t key[static 16])
{
	static const uint8_t zero[16];
	enum status status = aes128_key(key);

	if (status != OK || (status = aes128_blocks(zero, 1, c->k1)) != OK)
		return status;
	dbl(c->k1);
	memcpy(c->k2, c->k1, 16);
	dbl(c->k2);
	return OK;
}

/* MAC goes on over COUNT blocks of IN. */
static enum status
chain(const uint8_t *in, size_t count, uint8_t mac[static 16])
{
	enum status status = OK;

	for (; count > 0 && status == OK; count--, in += 16) {
		xor_block(mac, mac, in);
		status = aes128_blocks(mac, 1, mac);
	}
	return status;
}

/* XORED, where not NULL, is XORed to the end of IN: S2V's xorend. */
static enum status
cmac(const struct cmac *c, const uint8_t *in, size_t len,
    const uint8_t *xored, uint8_t mac[static 16])
{
	/* the last block, and what else XORED may reach into */
	size_t head = len <= 32 ? 0 : (len - 17) / 16, rest = len - 16 * head;
	uint8_t tail[32], *last = tail + (rest > 16 ? 16 : 0);
	enum status status;

	assert(len > 0 && len <= SIV_MAX);
	memset(mac, 0, 16);
	if ((status = chain(in, head, mac)) != OK)
		return status;
	memset(last, 0, 16);
	memcpy(tail, in + 16 * head, rest);
	if (xored != NULL)
		xor_block(tail + rest - 16, tail + rest - 16, xored);
	if (rest % 16 != 0)
		tail[rest] = 0x80;
	xor_block(last, last, rest % 16 == 0 ? c->k1 : c->k2);
	status = chain(tail, rest > 16 ? 2 : 1, mac);
	wipe(tail, sizeof(tail));
	return status;
}

/* RFC 5297 clause 2.4, of AD[0], AD[1] and the plaintext P. */
static enum status
s2v(const uint8_t key[static 16], const struct siv_ad ad[static 2],
    const uint8_t *p, size_t len, uint8_t v[static 16])
{
	static const uint8_t zero[16];
	struct {
		struct cmac c;
		uint8_t d[16], mac[16], padded[16];
	} s;
	enum status status;

	if ((status = cmac_begin(&s.c, key)) == OK)
		status = cmac(&s.c, zero, 16, NULL, s.d);
	for (int i = 0; i < 2 && status == OK; i++) {
		status = cmac(&s.c, ad[i].v, ad[i].len, NULL, s.mac);
		dbl(s.d);
		xor_block(s.d, s.d, s.mac);
	}
	if (status == OK && len >= 16) {
		status = cmac(&s.c, p, len, s.d, v);
	} else if (status == OK) {
		memset(s.padded, 0, 16);
		memcpy(s.padded, p, len);
		s.padded[len] = 0x80;
		dbl(s.d);
		status = cmac(&s.c, s.padded, 16, s.d, v);
	}
	wipe(&s, sizeof(s));
	return status;
}

/*
 * Clause 2.5: V without two of its bits is where CTR begins, so that to count
 * never carries beyond the last four octets.
 */
static enum status
ctr(const uint8_t key[static 16], const uint8_t v[static 16],
    const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t q[SIV_MAX];
	size_t blocks = (len + 15) / 16;
	uint32_t count, next;
	enum status status;

	assert(len <= SIV_MAX);
	memcpy(&count, v + 12, 4);
	count = be32toh(count) & 0x7fffffff;
	for (size_t i = 0; i < blocks; i++) {
		next = htobe32(count + (uint32_t)i);
		memcpy(q + 16 * i, v, 12);
		q[16 * i + 8] &= 0x7f;
		memcpy(q + 16 * i + 12, &next, 4);
	}
	if ((status = aes128_key(key)) == OK &&
	    (status = aes128_blocks(q, blocks, q)) == OK)
		xor_octets(out, in, q, len);
	wipe(q, 16 * blocks);
	return status;
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
