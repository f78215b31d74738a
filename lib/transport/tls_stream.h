/*
 * tls_stream.h: one TLS connection with certificates, through OpenSSL: what its
 * two ends, tls_client and tls_server, have in common.
 *
 * Sockets are non-blocking: what cannot be done now does nothing, and
 * tls_stream_events() says what to poll for.  Failures: REJECTED where the peer
 * is not what it should be, FAILED where the network is to blame.
 */
#ifndef GBA_TLS_STREAM_H
#define GBA_TLS_STREAM_H

#include "base/address.h"

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */
struct tls_stream;

/* Go on with the handshake; *DONE: the peer has proved who it is. */
MUST_USE enum status tls_stream_handshake(struct tls_stream *, bool *done);

/* Move at most so many octets; *N gets how many, 0 where none can be now. */
MUST_USE enum status tls_stream_read(struct tls_stream *, void *, size_t max,
    size_t *n);
MUST_USE enum status tls_stream_write(struct tls_stream *, const void *,
    size_t len, size_t *n);

/* What to poll for besides what its user wants to read or write. */
short tls_stream_events(const struct tls_stream *);

/* There is something to read that no poll will tell of. */
bool tls_stream_pending(const struct tls_stream *);

/* Send close_notify, if that can leave now, and free it. */
void tls_stream_end(struct tls_stream *);

/* ---- for the two ends ---- */

struct ssl_st;			/* OpenSSL's SSL */

struct tls_stream {
	struct ssl_st *ssl;
	short wants;		/* of the last call that could not go on */
	bool secured, failed;
	/* what OpenSSL's REASON means, that both ends do not know */
	enum status (*explain)(const struct tls_stream *, int reason);
	const char *peer;	/* for messages: "the server" */
	char host[];		/* that was dialled */
};

/*
 * A context for TLS 1.2 and 1.3, of a server or a client, without sessions,
 * tickets and renegotiation.  OK or FAILED.
 */
MUST_USE enum status tls_stream_context(struct ssl_ctx_st **, bool server);

/* Trust the authorities of the file CA, in PEM.  OK; MALFORMED; FAILED. */
MUST_USE enum status tls_stream_trust(struct ssl_ctx_st *, const char *ca);

/*
 * Show the chain of the file CERT, with its private KEY, both in PEM.  OK;
 * MALFORMED where a file is none, or has a password; FAILED.
 */
MUST_USE enum status tls_stream_identity(struct ssl_ctx_st *,
    const char *cert, const char *key);

/* Of TLS 1.2, the suites alone that HTTP/2 allows.  OK or FAILED. */
MUST_USE enum status tls_stream_http2(struct ssl_ctx_st *);

/*
 * A connection on the socket FD, which stays the caller's, with ROOM for the
 * host's name.  OK or FAILED.
 */
MUST_USE enum status tls_stream_begin(struct tls_stream **,
    struct ssl_ctx_st *, int fd, size_t room);

#endif
