/* credentials.c: what a client proves itself with, and whom it trusts. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "nbsp/credentials.h"

#define FILE_MAX (1 << 20)	/* all authorities of a system have a quarter */
#define TOKEN_MAX 8192

static enum status
read_all(const char *name, bool secret, struct pem *pem)
{
	enum status status;

	if (name == NULL)
		return OK;
	if ((pem->v = malloc(FILE_MAX)) == NULL)
		return fail(FAILED, "%s: no memory", name);
	status = file_read(name, secret, pem->v, FILE_MAX, &pem->len);
	if (status != OK)
		return status;
	pem->v = realloc(pem->v, pem->len + 1);
	return OK;
}

/* No program that may have no terminal asks for a password. */
static int
no_password(char *v, int max, int writes, void *unused)
{
	(void)v;
	(void)max;
	(void)writes;
	(void)unused;
	return -1;
}

static X509 *
certificate(const struct pem *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->v, (int)pem->len);
	X509 *x = PEM_read_bio_X509(bio, NULL, no_password, NULL);

	BIO_free(bio);
	return x;
}

/* libcurl would say so with the first connection alone. */
static enum status
check_pair(const struct credentials *c, const char *cert, const char *key)
{
	BIO *bio = BIO_new_mem_buf(c->key.v, (int)c->key.len);
	EVP_PKEY *private = PEM_read_bio_PrivateKey(bio, NULL, no_password,
	    NULL);
	X509 *x = certificate(&c->cert);
	enum status status = OK;

	BIO_free(bio);
	if (x == NULL)
		status = fail(MALFORMED, "%s: found no certificate in PEM",
		    cert);
	else if (private == NULL)
		status = fail(MALFORMED, "%s: found no key in PEM that has no "
		    "password", key);
	else if (X509_check_private_key(x, private) != 1)
		status = fail(MALFORMED, "%s: found a key that is not the one "
		    "of %s", key, cert);
	EVP_PKEY_free(private);
	X509_free(x);
	ERR_clear_error();
	return status;
}

static enum status
check_authorities(const struct pem *pem, const char *name)
{
	X509 *x = certificate(pem);

	ERR_clear_error();
	if (x == NULL)
		return fail(MALFORMED, "%s: found no certificate in PEM",
		    name);
	X509_free(x);
	return OK;
}

/* A token is b64token of RFC 6750; the rest of the line is others'. */
static enum status
read_token(struct credentials *c, const char *name)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
	char v[TOKEN_MAX];
	enum status status;
	size_t len, at, n;

	status = file_read(name, true, v, sizeof(v), &len);
	if (status == OK) {
		at = strspn(v, " \t");
		n = strcspn(v + at, " \t\r\n");
		if (n == 0 || strspn(v + at, set) != n)
			status = fail(MALFORMED, "%s: found no bearer token, "
			    "expected one as its first word", name);
		else if (asprintf(&c->bearer, "Authorization: Bearer %.*s",
		    (int)n, v + at) < 0)
			status = fail(FAILED, "%s: no memory", name);
	}
	wipe(v, sizeof(v));
	return status;
}

enum status
credentials_read(struct credentials *c, const char *cert, const char *key,
    const char *ca, const char *token_file)
{
	enum status status;

	memset(c, 0, sizeof(*c));
	if ((cert == NULL) != (key == NULL))
		return fail(USAGE, "give --cert and --key, or neither");
	if ((status = read_all(cert, false, &c->cert)) != OK ||
	    (status = read_all(key, true, &c->key)) != OK ||
	    (status = read_all(ca, false, &c->ca)) != OK ||
	    (cert != NULL && (status = check_pair(c, cert, key)) != OK) ||
	    (ca != NULL && (status = check_authorities(&c->ca, ca)) != OK))
		return status;
	return token_file == NULL ? OK : read_token(c, token_file);
}

void
credentials_free(struct credentials *c)
{
	free(c->cert.v);
	free(c->key.v);
	free(c->ca.v);
	if (c->bearer != NULL)
		wipe(c->bearer, strlen(c->bearer));
	free(c->bearer);
	memset(c, 0, sizeof(*c));
}
