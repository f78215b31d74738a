/*
 * crypto.c: the primitives, from OpenSSL through EVP.  To fetch an algorithm
 * costs more than to run it, and to re-key a context less than to make one:
 * so each algorithm has one context, made at its first use and kept.
 */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto.h"

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
	static bool started;

	if (!started)
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
	static EVP_MD_CTX *ctx[COUNT(name)];

	if (ctx[digest] == NULL)
		return ctx[digest] = digest_new(name[digest]);
	return EVP_DigestInit_ex2(ctx[digest], NULL, NULL) ?
	    ctx[digest] : NULL;
}

/* In constant time, and at the price of one instruction or two. */
static bool
same_key(const uint8_t a[static 16], const uint8_t b[static 16])
{
	uint64_t x[2], y[2];

	memcpy(x, a, 16);
	memcpy(y, b, 16);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

enum status
aes128_blocks(const uint8_t key[static 16], const uint8_t *in, size_t count,
    uint8_t *out)
{
	static EVP_CIPHER_CTX *ctx;
	static uint8_t last[16];	/* no more than CTX holds anyway */
	static bool keyed;
	int n, len = (int)(16 * count);

	assert(count <= INT_MAX / 16);
	if (ctx == NULL && (ctx = cipher_new("AES-128-ECB")) == NULL)
		return failed("AES-128-ECB");
	/* Re-keying is the cost, and f1 follows f2 to f5 under one K. */
	if (!keyed || !same_key(last, key)) {
		keyed = EVP_EncryptInit_ex2(ctx, NULL, key, NULL, NULL);
		memcpy(last, key, sizeof(last));
	}
	if (!keyed || !EVP_EncryptUpdate(ctx, out, &n, in, len) || n != len)
		return failed("AES-128-ECB");
	return OK;
}

/* One of the two hashes of HMAC, RFC 2104: SHA-256(KEY xor PAD || IN). */
static bool
hmac_pass(const uint8_t key[static 32], uint8_t pad, const uint8_t *in,
    size_t len, uint8_t out[static 32])
{
	EVP_MD_CTX *ctx = digest_begin(SHA256);
	uint8_t block[64];
	bool done;

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < 32; i++)
		block[i] ^= key[i];
	done = ctx != NULL && EVP_DigestUpdate(ctx, block, sizeof(block)) &&
	    EVP_DigestUpdate(ctx, in, len) &&
	    EVP_DigestFinal_ex(ctx, out, NULL);
	wipe(block, sizeof(block));
	return done;
}

/* By hand over one digest context: EVP_MAC takes a third longer. */
enum status
hmac_sha256(const uint8_t key[static 32], const uint8_t *in, size_t len,
    uint8_t out[static 32])
{
	uint8_t inner[32];
	bool done;

	done = hmac_pass(key, 0x36, in, len, inner) &&
	    hmac_pass(key, 0x5c, inner, sizeof(inner), out);
	wipe(inner, sizeof(inner));
	return done ? OK : failed("HMAC-SHA-256");
}

enum status
sha1(const uint8_t *in, size_t len, uint8_t out[static 20])
{
	EVP_MD_CTX *ctx = digest_begin(SHA1);

	if (ctx == NULL || !EVP_DigestUpdate(ctx, in, len) ||
	    !EVP_DigestFinal_ex(ctx, out, NULL))
		return failed("SHA-1");
	return OK;
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

/*
 * The context of SIV, keyed and past both associated data; NULL where OpenSSL
 * fails.  A new key also forgets the tag and the failure of the last message.
 */
static EVP_CIPHER_CTX *
siv_begin(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    bool seal)
{
	static EVP_CIPHER_CTX *ctx;
	int n;

	if (ctx == NULL && (ctx = cipher_new("AES-128-SIV")) == NULL)
		return NULL;
	if (!EVP_CipherInit_ex2(ctx, NULL, key, NULL, seal, NULL))
		return NULL;
	for (size_t i = 0; i < 2; i++) {
		assert(ad[i].len > 0 && ad[i].len <= INT_MAX);
		if (!EVP_CipherUpdate(ctx, NULL, &n, ad[i].v, (int)ad[i].len))
			return NULL;
	}
	return ctx;
}

enum status
siv_seal(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    const uint8_t *in, size_t len, uint8_t *out, uint8_t v[static 16])
{
	EVP_CIPHER_CTX *ctx = siv_begin(key, ad, true);
	int n;

	assert(len > 0 && len <= INT_MAX);
	if (ctx == NULL || !EVP_EncryptUpdate(ctx, out, &n, in, (int)len) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, v))
		return failed("AES-128-SIV");
	return OK;
}

enum status
siv_open(const uint8_t key[static 32], const struct siv_ad ad[static 2],
    const uint8_t *in, size_t len, uint8_t *out, const uint8_t v[static 16])
{
	EVP_CIPHER_CTX *ctx = siv_begin(key, ad, false);
	uint8_t tag[16];
	int n;

	assert(len > 0 && len <= INT_MAX);
	memcpy(tag, v, sizeof(tag));	/* OpenSSL's is not const */
	if (ctx == NULL || !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
	    sizeof(tag), tag))
		return failed("AES-128-SIV");
	if (!EVP_DecryptUpdate(ctx, out, &n, in, (int)len)) {
		wipe(out, len);
		ERR_clear_error();	/* TLS would take it for its own */
		return fail(REJECTED, "mac: does not match");
	}
	return OK;
}
