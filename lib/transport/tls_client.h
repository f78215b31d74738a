/*
 * tls_client.h: TLS 1.2 or 1.3 to a server that shows a certificate, through
 * OpenSSL.  The certificate must be for the name or address that was dialled,
 * and come from an authority that is trusted.
 *
 * Sockets are non-blocking: what cannot be done now does nothing, and
 * tls_client_events() says what to poll for.  Failures: REJECTED where the
 * server is not what it should be, FAILED where the network is to blame.
 */
#ifndef GBA_TLS_CLIENT_H
#define GBA_TLS_CLIENT_H

#include "base/octets.h"
#include "base/status.h"

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */
struct tls_client;

/*
 * One for all connections.  CA is a file of certificates of authorities, in
 * PEM, which are trusted alone; NULL: those that the system trusts.  OK;
 * MALFORMED where CA has none; FAILED.
 */
MUST_USE enum status tls_client_open(struct ssl_ctx_st **, const char *ca);
void tls_client_close(struct ssl_ctx_st *);

/* A connection on the socket FD, which stays the caller's, to HOST:PORT.  OK
   or FAILED. */
MUST_USE enum status tls_client_begin(struct tls_client **,
    struct ssl_ctx_st *, int fd, const char *where);

/* Send close_notify, if that can leave now, and free it. */
void tls_client_end(struct tls_client *);

/* Go on with the handshake; *DONE: the server has proved who it is. */
MUST_USE enum status tls_client_handshake(struct tls_client *, bool *done);

/* Move at most so many octets; *N gets how many, 0 where none can be now. */
MUST_USE enum status tls_client_read(struct tls_client *, void *, size_t max,
    size_t *n);
MUST_USE enum status tls_client_write(struct tls_client *, const void *,
    size_t len, size_t *n);

/* What to poll for besides what its user wants to read or write. */
short tls_client_events(const struct tls_client *);

/* There is something to read that no poll will tell of. */
bool tls_client_pending(const struct tls_client *);

#endif
