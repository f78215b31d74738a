/*
 * crypto.h: the primitives, from OpenSSL through EVP: algorithms fetched
 * once, contexts reused.  All return OK, or FAILED where OpenSSL fails.
 */
#ifndef GBA_CRYPTO_H
#define GBA_CRYPTO_H

#include "octets.h"
#include "status.h"

/* AES-128 in ECB: COUNT blocks of IN to OUT under KEY. */
MUST_USE enum status aes128_blocks(const uint8_t key[static 16],
    const uint8_t *in, size_t count, uint8_t *out);

MUST_USE enum status hmac_sha256(const uint8_t key[static 32],
    const uint8_t *in, size_t len, uint8_t out[static 32]);

MUST_USE enum status sha1(const uint8_t *in, size_t len,
    uint8_t out[static 20]);

/* SHAKE256 of IN, squeezed to OUT_LEN octets. */
MUST_USE enum status shake256(const uint8_t *in, size_t len, uint8_t *out,
    size_t out_len);

/*
 * AEAD_AES_SIV_CMAC_256, RFC 5297, with two components AD1 and AD2 before the
 * plaintext.  KEY is the S2V key, then the CTR key.  V is the synthetic IV;
 * OUT has LEN octets, LEN > 0.  siv_open() is REJECTED where V does not match,
 * and OUT then holds nothing of the plaintext.
 */
struct siv_ad {
	const uint8_t *v;
	size_t len;
};
MUST_USE enum status siv_seal(const uint8_t key[static 32],
    const struct siv_ad ad[static 2], const uint8_t *in, size_t len,
    uint8_t *out, uint8_t v[static 16]);
MUST_USE enum status siv_open(const uint8_t key[static 32],
    const struct siv_ad ad[static 2], const uint8_t *in, size_t len,
    uint8_t *out, const uint8_t v[static 16]);

#endif
