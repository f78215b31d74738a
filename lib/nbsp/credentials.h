/*
 * credentials.h: what a client proves itself with over HTTP, and whom it
 * trusts.
 */
#ifndef GBA_CREDENTIALS_H
#define GBA_CREDENTIALS_H

#include "base/status.h"

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */

/*
 * A context for tls_client_begin() that speaks HTTP/2: it trusts the
 * authorities of the file CA, or NULL: those of the system; and shows the
 * chain CERT with its KEY, or NULL: none.  All are PEM, and read now.  OK;
 * USAGE where one of the pair is missing; MALFORMED; FAILED.
 */
MUST_USE enum status credentials_open(struct ssl_ctx_st **, const char *ca,
    const char *cert, const char *key);

/*
 * The first word of FILE, a bearer token, as the value of a header:
 * *AUTHORIZATION is allocated.  OK; MALFORMED; FAILED.
 */
MUST_USE enum status credentials_token(const char *file,
    char **authorization);

#endif
