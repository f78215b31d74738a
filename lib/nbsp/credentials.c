/* credentials.c: what a client proves itself with over HTTP. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/octets.h"
#include "nbsp/credentials.h"
#include "transport/tls_client.h"

#define TOKEN_MAX 8192

/* A program that may have no terminal asks for no password. */
static int
no_password(char *v, int max, int writes, void *unused)
{
	(void)v;
	(void)max;
	(void)writes;
	(void)unused;
	return -1;
}

static enum status
is_there(const char *file)
{
	return access(file, R_OK) == 0 ? OK :
	    fail(FAILED, "%s: %s", file, strerror(errno));
}

static enum status
use_pair(SSL_CTX *ctx, const char *cert, const char *key)
{
	enum status status;

	if ((status = is_there(cert)) != OK || (status = is_there(key)) != OK)
		return status;
	file_warn_readable(key);
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fail(MALFORMED, "%s: found no certificate in PEM",
		    cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return fail(MALFORMED, "%s: found no private key in PEM "
		    "without a password, or not that of the certificate", key);
	return OK;
}

/* The suites of TLS 1.2 that RFC 9113 clause 9.2.2 allows. */
enum status
credentials_open(struct ssl_ctx_st **ctx, const char *ca, const char *cert,
    const char *key)
{
	static const unsigned char h2[] = { 2, 'h', '2' };
	enum status status;

	*ctx = NULL;
	if ((cert == NULL) != (key == NULL))
		return fail(USAGE, "give --cert and --key, or neither");
	if ((status = tls_client_open(ctx, ca)) != OK)
		return status;
	if (SSL_CTX_set_alpn_protos(*ctx, h2, sizeof(h2)) != 0 ||
	    !SSL_CTX_set_cipher_list(*ctx, "ECDHE+AESGCM:ECDHE+CHACHA20"))
		status = fail(FAILED, "tls: OpenSSL does not start");
	else if (cert != NULL)
		status = use_pair(*ctx, cert, key);
	ERR_clear_error();
	if (status == OK)
		return OK;
	tls_client_close(*ctx);
	*ctx = NULL;
	return status;
}

/* b64token of RFC 6750; what is behind it on its line, is others'. */
enum status
credentials_token(const char *file, char **authorization)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
	char v[TOKEN_MAX];
	enum status status;
	size_t len, at, n;

	*authorization = NULL;
	status = file_read(file, true, v, sizeof(v), &len);
	if (status == OK) {
		at = strspn(v, " \t");
		n = strcspn(v + at, " \t\r\n");
		if (n == 0 || strspn(v + at, set) != n)
			status = fail(MALFORMED, "%s: found no bearer token, "
			    "expected one as its first word", file);
		else if (asprintf(authorization, "Bearer %.*s", (int)n,
		    v + at) < 0)
			status = fail(FAILED, "%s: no memory", file);
	}
	wipe(v, sizeof(v));
	return status;
}
