/* credentials.c: what a client proves itself with over HTTP. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/octets.h"
#include "nbsp/credentials.h"
#include "transport/tls_client.h"

#define TOKEN_MAX 8192

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
	if ((status = tls_stream_http2(*ctx)) == OK &&
	    SSL_CTX_set_alpn_protos(*ctx, h2, sizeof(h2)) != 0)
		status = fail(FAILED, "tls: no memory");
	if (status == OK && cert != NULL)
		status = tls_stream_identity(*ctx, cert, key);
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
