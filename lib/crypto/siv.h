/*
 * siv.h: AEAD_AES_SIV_CMAC_256, RFC 5297, with two components of associated
 * data before the plaintext.  OpenSSL has it too, but sets it up anew for each
 * key, and does not tell what the synthetic IV should have been.
 *
 * KEY is the S2V key, then the CTR key.  V is the synthetic IV, the MAC; IN
 * and OUT have LEN octets, 1..SIV_MAX.  All return FAILED where OpenSSL fails.
 */
#ifndef GBA_SIV_H
#define GBA_SIV_H

#include "crypto/crypto.h"

#define SIV_MAX 1024	/* octets of a component */

struct siv_ad {
	const uint8_t *v;
	size_t len;		/* 1..SIV_MAX */
};

MUST_USE enum status siv_seal(const uint8_t key[static 32],
    const struct siv_ad ad[static 2], const uint8_t *in, size_t len,
    uint8_t *out, uint8_t v[static 16]);

/* REJECTED where V does not match; OUT then holds nothing of the plaintext. */
MUST_USE enum status siv_open(const uint8_t key[static 32],
    const struct siv_ad ad[static 2], const uint8_t *in, size_t len,
    uint8_t *out, const uint8_t v[static 16]);

/* For eyes: XV gets what V should have been, if IN is what was sealed. */
MUST_USE enum status siv_expect(const uint8_t key[static 32],
    const struct siv_ad ad[static 2], const uint8_t *in, size_t len,
    const uint8_t v[static 16], uint8_t xv[static 16]);

#endif
