/* binder.c: what proves an external PSK in a ClientHello. */
#include <string.h>

#include "connection/binder.h"
#include "crypto/crypto.h"

/*
 * RFC 8446 clause 7.1, HKDF-Expand-Label of one block: its HkdfLabel, and the
 * counter that RFC 5869 has behind it.
 */
static enum status
expand(const uint8_t secret[static 32], const char *label,
    const uint8_t *context, size_t len, uint8_t out[static 32])
{
	uint8_t v[2 + 1 + 32 + 1 + 32 + 1] = { 0, 32 }, *p = v + 2;
	size_t n = strlen(label);

	*p++ = (uint8_t)n;
	memcpy(p, label, n);
	p += n;
	*p++ = (uint8_t)len;
	memcpy(p, context, len);
	p += len;
	*p++ = 1;
	return hmac_sha256(secret, v, (size_t)(p - v), out);
}

enum status
binder_make(const uint8_t key[static 32], const uint8_t *message, size_t len,
    uint8_t binder[static BINDER_LEN])
{
	static const uint8_t no_salt[32];
	uint8_t hash[32], secret[32];
	enum status status;

	/* Early Secret, binder_key, finished_key */
	if ((status = hmac_sha256(no_salt, key, 32, secret)) == OK &&
	    (status = sha256((const uint8_t *)"", 0, hash)) == OK &&
	    (status = expand(secret, "tls13 ext binder", hash, sizeof(hash),
	    secret)) == OK &&
	    (status = expand(secret, "tls13 finished", hash, 0, secret)) ==
	    OK && (status = sha256(message, len, hash)) == OK)
		status = hmac_sha256(secret, hash, sizeof(hash), binder);
	wipe(secret, sizeof(secret));
	return status;
}
