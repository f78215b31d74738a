/*
 * crypto.c: the primitives, from OpenSSL through EVP.  To fetch an algorithm
 * costs more than to run it, and to re-key a context less than to make one:
 * so each thread has one context for each algorithm, made at its first use and
 * kept.
 */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

enum digest { SHA1, SHA256, SHAKE256 };

/* start() leaves out the texts of errors, and openssl-errstr(1) has them. */
static enum status
failed(const char *what)
{
	unsigned long error = ERR_peek_last_error();

	ERR_clear_error();
	return fail(FAILED, "openssl: %s: error %08lX, see openssl errstr",
	    what, error);
}

/* No configuration file, no tables of names: half of the start-up time. */
static void
start(void)
{
	static _Thread_local bool started;

	if (started)
		return;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_ATEXIT |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
	    OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
	started = true;
}

static EVP_CIPHER_CTX *
cipher_new(const char *name)
{
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;

	start();
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (cipher == NULL || ctx == NULL ||
	    !EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, 1, NULL)) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(cipher);	/* the context has its own */
	return ctx;
}

static EVP_MD_CTX *
digest_new(const char *name)
{
	EVP_MD_CTX *ctx;
	EVP_MD *md;

	start();
	md = EVP_MD_fetch(NULL, name, NULL);
	ctx = EVP_MD_CTX_new();
	if (md == NULL || ctx == NULL || !EVP_DigestInit_ex2(ctx, md, NULL)) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_MD_free(md);	/* the context has its own */
	return ctx;
}

/* The context of a digest, at its beginning; NULL where OpenSSL fails. */
static EVP_MD_CTX *
digest_begin(enum digest digest)
{
	static const char *const name[] = { "SHA1", "SHA256", "SHAKE256" };
	static _Thread_local EVP_MD_CTX *ctx[COUNT(name)];

	if (ctx[digest] == NULL)
		return ctx[digest] = digest_new(name[digest]);
	return EVP_DigestInit_ex2(ctx[digest], NULL, NULL) ?
	    ctx[digest] : NULL;
}

/*
 * To set up a key is the cost.  CBC and CTR would want an IV, too, which takes
 * as long again: siv.c makes its own of single blocks.
 */
static _Thread_local struct {
	EVP_CIPHER_CTX *ctx;
	bool keyed;		/* since crypto_forget() */
} aes;

enum status
aes128_key(const uint8_t key[static 16])
{
	if (aes.ctx == NULL)
		aes.ctx = cipher_new("AES-128-ECB");
	aes.keyed = aes.ctx != NULL &&
	    EVP_EncryptInit_ex2(aes.ctx, NULL, key, NULL, NULL);
	return aes.keyed ? OK : failed("AES-128");
}

enum status
aes128_blocks(const uint8_t *in, size_t count, uint8_t *out)
{
	int n, len = (int)(16 * count);

	assert(aes.keyed && count <= INT_MAX / 16);
	if (!EVP_EncryptUpdate(aes.ctx, out, &n, in, len) || n != len)
		return failed("AES-128");
	return OK;
}

/* The context of HMAC-SHA-256, which is keyed anew for each message. */
static EVP_MAC_CTX *
hmac_new(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		    digest, 0),
		OSSL_PARAM_construct_end()
	};
	EVP_MAC_CTX *ctx;
	EVP_MAC *mac;

	start();
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
	if (ctx != NULL && !EVP_MAC_CTX_set_params(ctx, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_MAC_free(mac);	/* the context has its own */
	return ctx;
}

static _Thread_local EVP_MAC_CTX *hmac;
static _Thread_local bool hmac_keyed;		/* since crypto_forget() */

enum status
hmac_sha256(const uint8_t key[static 32], const uint8_t *in, size_t len,
    uint8_t out[static 32])
{
	if (hmac == NULL)
		hmac = hmac_new();
	hmac_keyed = true;
	if (hmac == NULL || !EVP_MAC_init(hmac, key, 32, NULL) ||
	    !EVP_MAC_update(hmac, in, len) ||
	    !EVP_MAC_final(hmac, out, NULL, 32))
		return failed("HMAC-SHA-256");
	return OK;
}

/* Another key in its place is the one way to take a key from a context. */
void
crypto_forget(void)
{
	static const uint8_t none[32];
	uint8_t out[32];

	if (aes.keyed && aes128_key(none) != OK) {
		EVP_CIPHER_CTX_free(aes.ctx);
		aes.ctx = NULL;
		fail_said();
	}
	if (hmac_keyed && hmac_sha256(none, none, 1, out) != OK) {
		EVP_MAC_CTX_free(hmac);
		hmac = NULL;
		fail_said();
	}
	aes.keyed = hmac_keyed = false;
}

static enum status
hash(enum digest digest, const char *name, const uint8_t *in, size_t len,
    uint8_t *out)
{
	EVP_MD_CTX *ctx = digest_begin(digest);

	if (ctx == NULL || !EVP_DigestUpdate(ctx, in, len) ||
	    !EVP_DigestFinal_ex(ctx, out, NULL))
		return failed(name);
	return OK;
}

enum status
sha1(const uint8_t *in, size_t len, uint8_t out[static 20])
{
	return hash(SHA1, "SHA-1", in, len, out);
}

enum status
sha256(const uint8_t *in, size_t len, uint8_t out[static 32])
{
	return hash(SHA256, "SHA-256", in, len, out);
}

enum status
shake256(const uint8_t *in, size_t len, uint8_t *out, size_t out_len)
{
	EVP_MD_CTX *ctx = digest_begin(SHAKE256);

	if (ctx == NULL || !EVP_DigestUpdate(ctx, in, len) ||
	    !EVP_DigestFinalXOF(ctx, out, out_len))
		return failed("SHAKE256");
	return OK;
}
