/*
 * tls_client.h: TLS 1.2 or 1.3 to a server that shows a certificate.  That must
 * be for the name or address that was dialled, and come from an authority that
 * is trusted.
 */
#ifndef GBA_TLS_CLIENT_H
#define GBA_TLS_CLIENT_H

#include "transport/tls_stream.h"

/*
 * One for all connections.  CA is a file of certificates of authorities, in
 * PEM, which are trusted alone; NULL: those that the system trusts.  OK;
 * MALFORMED where CA has none; FAILED.
 */
MUST_USE enum status tls_client_open(struct ssl_ctx_st **, const char *ca);
void tls_client_close(struct ssl_ctx_st *);

/* A connection on the socket FD, which stays the caller's, to HOST:PORT.  OK
   or FAILED. */
MUST_USE enum status tls_client_begin(struct tls_stream **,
    struct ssl_ctx_st *, int fd, const char *where);

#endif
