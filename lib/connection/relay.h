/*
 * relay.h: the stream of one TLS connection, moved both ways between the peer
 * and a file, a command or memory, with one buffer for each direction and
 * nothing that waits.  Both ends of step 407 of gba-push(7) are made of it.
 *
 * Failures: REJECTED and FAILED of tls.h; FAILED of what is at this end.
 */
#ifndef GBA_RELAY_H
#define GBA_RELAY_H

#include "base/loop.h"
#include "connection/tls.h"
#include "pipe/subprocess.h"

struct buffer {
	uint8_t *v;		/* room while there is something in it */
	size_t at, len, room;
};

struct relay {
	struct watch socket;	/* an fd of -1: none, or at its end */
	struct tls *tls;
	struct buffer in, out;
	struct watch to, from;
	bool to_waits;		/* TO may block, unless ... */
	bool to_ready;		/* the loop says that it can be written to */
	struct subprocess child;
	struct watch exit;	/* of the child, once only that is awaited */
	void (*ready)(void *arg);
	void *arg;
	bool keep;		/* without TO, keep what comes */
	uint8_t *kept;
	size_t kept_len, kept_max;
	uint64_t octets;	/* what the peer sent to the application */
	uint64_t max_octets;	/* of them; 0: any number */
	bool closing, closed;	/* our close_notify is wanted, is sent */
	bool moved;		/* the last step got somewhere */
	bool idle;		/* it is not to go on, whatever is there */
};

/*
 * A relay on SOCKET, which it closes in the end; TLS is set by the caller.
 * READY is called in the loop with ARG when the relay can go on.
 */
void relay_init(struct relay *, int socket, void (*ready)(void *arg),
    void *arg);

/* Close and free everything; a command that has not ended well is killed. */
void relay_free(struct relay *);

/* Run CMD at this end: subprocess_start(); without INPUT TO stays as it is. */
MUST_USE enum status relay_run(struct relay *, const char *cmd,
    const struct record *about, bool input);

/* Deliver to FD, which may be anything and may be shared. */
void relay_deliver_to(struct relay *, int fd);

/* Deliver to it no more: it is the caller's again. */
int relay_give_back(struct relay *);

/* Queue a trigger response, P_TID's, with what RESPONSE has already. */
MUST_USE enum status relay_put_response(struct relay *,
    struct record *response, const char *p_tid);

/*
 * Take the trigger response that came first; *DONE: it is here and whole.
 * OK, MALFORMED, or FAILED where the peer closed without one.
 */
MUST_USE enum status relay_take_response(struct relay *, struct record *,
    bool *done);

/* Before acceptance: exchange octets with the peer, and only with it. */
MUST_USE enum status relay_exchange(struct relay *);

/* From then on: move what can be moved, both ways. */
MUST_USE enum status relay_step(struct relay *);

/* All that the peer will send is delivered, or all of ours is sent. */
bool relay_in_done(const struct relay *);
bool relay_out_done(const struct relay *);

/* Send close_notify after what is queued. */
void relay_close(struct relay *);

/* Send of what is queued, and of close_notify, what can be sent. */
MUST_USE enum status relay_send(struct relay *);

/*
 * Wait in the loop for what can be moved, or with IDLE for nothing, and until
 * WAKE, monotonic milliseconds.  OK or FAILED.
 */
MUST_USE enum status relay_await(struct relay *, bool idle, uint64_t wake);

#endif
