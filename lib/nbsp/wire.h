/*
 * wire.h: a connection to a server inside the loop, which is made again when it
 * is wanted: TCP with TLS that speaks HTTP/2, or without TLS, or a Unix socket.
 */
#ifndef GBA_WIRE_H
#define GBA_WIRE_H

#include "base/dial.h"

#define WIRE_DIAL_MS 10000	/* for the connection, and for TLS */

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */
struct tls_stream;

struct wire {
	/* its user's */
	const char *where;	/* HOST:PORT */
	const char *socket;	/* the path of a Unix socket instead */
	struct ssl_ctx_st *ctx;	/* of credentials.h; NULL: no TLS */
	/*
	 * With OK: it is up, which is new with the first such call; REVENTS is
	 * that of a watch.  Else there is no connection, and it hangs up after
	 * the call: REJECTED where the server is not what it should be, FAILED
	 * where the network is to blame.
	 */
	void (*ready)(void *arg, enum status, short revents);
	void *arg;
	/* its own */
	enum { WIRE_DOWN, WIRE_DIALLING, WIRE_SHAKING, WIRE_UP } state;
	struct dial dial;
	struct watch watch;	/* whose WAKE is the user's once it is up */
	struct tls_stream *tls;
};

/* OK or FAILED; wire_close() follows in any case. */
MUST_USE enum status wire_open(struct wire *);
void wire_close(struct wire *);

/* Connect; ready() is called, perhaps before this returns. */
void wire_connect(struct wire *);
void wire_hang_up(struct wire *);

/*
 * Move at most so many octets; *N gets how many, 0 where none can be now.  OK;
 * REJECTED or FAILED as above.
 */
MUST_USE enum status wire_read(struct wire *, void *, size_t max, size_t *n);
MUST_USE enum status wire_write(struct wire *, const void *, size_t len,
    size_t *n);

/* Be ready for octets that come, or if MORE waits to be written, for those. */
void wire_await(struct wire *, bool more);

/* There is something to read that no poll will tell of. */
bool wire_pending(const struct wire *);

#endif
