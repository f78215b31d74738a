/*
 * tls_server.h: TLS 1.2 or 1.3 with HTTP/2 (ALPN h2) to a client that shows a
 * certificate: a NAF.
 */
#ifndef GBA_TLS_SERVER_H
#define GBA_TLS_SERVER_H

#include "transport/tls_stream.h"

/* Files in PEM: the server's chain and key, and who signs clients'. */
struct tls_server_options {
	const char *cert, *key;
	const char *client_ca;		/* NULL: no client is asked for one */
	bool client_optional;		/* one without it is let in */
};

/* One for all connections.  OK; MALFORMED where a file is none; FAILED. */
MUST_USE enum status tls_server_open(struct ssl_ctx_st **,
    const struct tls_server_options *);
void tls_server_close(struct ssl_ctx_st *);

/* A connection on the socket FD, which stays the caller's.  OK or FAILED. */
MUST_USE enum status tls_server_begin(struct tls_stream **,
    struct ssl_ctx_st *, int fd);

/*
 * After the handshake: the dNSNames of the subjectAltName of the certificate
 * that the client has shown, in lower case, each with a NUL, and another NUL at
 * the end; they are allocated.  NULL: it has shown none.  OK or FAILED.
 */
MUST_USE enum status tls_server_names(const struct tls_stream *,
    char **names);

/* Whether NAME is one of NAMES; a wildcard stands for itself alone. */
bool tls_server_is(const char *names, const char *name);

#endif
