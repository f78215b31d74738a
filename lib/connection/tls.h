/*
 * tls.h: TLS 1.3 connections between a device and an MTC server, keyed by
 * Ks_NAF: external PSK, psk_dhe_ke, TLS_AES_128_GCM_SHA256; no certificates,
 * tickets, session cache or early data.  Step 407 of gba-push(7).
 *
 * Sockets are non-blocking: what cannot be done now does nothing, and
 * tls_events() says what to poll for.  Failures: REJECTED where the peer or
 * its key is not what it should be, FAILED where the network is to blame.
 */
#ifndef GBA_TLS_H
#define GBA_TLS_H

#include "base/octets.h"
#include "base/status.h"

#define TLS_KEY_LEN 32

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */
struct tls;

/*
 * How a server finds keys.  ASK is called once a device has said its P_TID, and
 * each time that the handshake goes on, until it says something else than
 * LATER; FIND then takes the KEY.  Where FIND does not return OK, the device is
 * refused as one with a wrong key is.  The caller wipes KEY.
 */
enum tls_answer {
	TLS_HERE,		/* FIND has the answer */
	TLS_LATER,		/* the handshake waits */
	TLS_FAILED		/* nobody knows: internal_error */
};
struct tls_keys {
	enum tls_answer (*ask)(void *arg, const char *p_tid);
	enum status (*find)(void *arg, uint8_t key[static TLS_KEY_LEN]);
};

/* One for all connections of a server, or of a device.  OK or FAILED. */
MUST_USE enum status tls_context_open(struct ssl_ctx_st **, bool server);
void tls_context_close(struct ssl_ctx_st *);

/* A connection on the socket FD, which stays the caller's.  OK or FAILED. */
MUST_USE enum status tls_accept(struct tls **, struct ssl_ctx_st *, int fd,
    const struct tls_keys *, void *arg);
MUST_USE enum status tls_connect(struct tls **, struct ssl_ctx_st *, int fd,
    const char *p_tid, const uint8_t key[static TLS_KEY_LEN]);
void tls_free(struct tls *);

/* Go on with the handshake; *DONE: the peer has proved to know the key. */
MUST_USE enum status tls_handshake(struct tls *, bool *done);

/* Move at most so many octets; *N gets how many, 0 where none can be now. */
MUST_USE enum status tls_read(struct tls *, void *, size_t max, size_t *n);
MUST_USE enum status tls_write(struct tls *, const void *, size_t len,
    size_t *n);

/* Send close_notify; reading goes on.  *DONE: it is on its way. */
MUST_USE enum status tls_close(struct tls *, bool *done);

/*
 * After the handshake: it may be long until there is something to move, and T
 * needs no 32 KiB for that.
 */
void tls_rest(struct tls *);

/* The peer's close_notify came: it sends nothing more. */
bool tls_closed(const struct tls *);

/* The handshake waits for a key, and for nothing else. */
bool tls_waits(const struct tls *);

/* What to poll for by one who is about to read, to write, or both. */
short tls_events(const struct tls *, bool reading, bool writing);

/* The P-TID that the peer claims, "" until it has. */
const char *tls_p_tid(const struct tls *);

#endif
