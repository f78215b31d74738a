/*
 * crypto.h: the primitives, from OpenSSL through EVP: algorithms fetched
 * once, contexts reused.  All return OK, or FAILED where OpenSSL fails.
 */
#ifndef GBA_CRYPTO_H
#define GBA_CRYPTO_H

#include "base/octets.h"
#include "base/status.h"

/* Erase the keys of the last calls of this thread, before a wait. */
void crypto_forget(void);

/* Set up the KEY of aes128_blocks(), until the next, or crypto_forget(). */
MUST_USE enum status aes128_key(const uint8_t key[static 16]);

/* AES-128 of COUNT blocks of IN, each for itself, to OUT (which may be IN). */
MUST_USE enum status aes128_blocks(const uint8_t *in, size_t count,
    uint8_t *out);

MUST_USE enum status hmac_sha256(const uint8_t key[static 32],
    const uint8_t *in, size_t len, uint8_t out[static 32]);

MUST_USE enum status sha1(const uint8_t *in, size_t len,
    uint8_t out[static 20]);

MUST_USE enum status sha256(const uint8_t *in, size_t len,
    uint8_t out[static 32]);

/* SHAKE256 of IN, squeezed to OUT_LEN octets. */
MUST_USE enum status shake256(const uint8_t *in, size_t len, uint8_t *out,
    size_t out_len);

#endif
