/*
 * inbox.h: GPIs that arrived by any transport, in the order they came, each
 * with its listener, its sender and the way back.
 */
#ifndef GBA_INBOX_H
#define GBA_INBOX_H

#include "base/octets.h"
#include "base/status.h"

/*
 * What is told to a sender: OK, REJECTED or MALFORMED, and perhaps a record;
 * or FAILED: this device could not deal with it, and it may come again.
 */
struct answer {
	enum status status;
	size_t len;		/* of a sync failure; 0: none */
	uint8_t v[64];
};

#define LISTENER_NAME_MAX 384

/* A transport that listens; a struct of its own begins with this. */
struct listener {
	char name[LISTENER_NAME_MAX];	/* its URI, for messages */

	/* Tell the sender of what was put as ID, which may be gone.  NULL:
	   nobody can be told. */
	void (*answer)(struct listener *, uint64_t id, const struct answer *);

	/* It is about to be closed: as of a connection, transport.h.  NULL:
	   there are no last words. */
	void (*finish)(struct listener *, uint64_t deadline);
	void (*close)(struct listener *);	/* waits for nothing; frees */
	struct listener *next;
};

#define ARRIVAL_MAX 2048
#define PEER_MAX 128

struct arrival {
	struct listener *listener;
	char peer[PEER_MAX];	/* who sent it: an address or a number, as it
				   came; or "": nobody knows */
	uint64_t id;		/* by which the listener knows it */
	uint64_t message;	/* of the listener, whose parts may make other
				   GPIs as well; 0: there are no parts */
	size_t len;		/* over ARRIVAL_MAX: only so much is here */
	uint8_t v[ARRIVAL_MAX];
};

/* All zero at first. */
struct inbox {
	struct arrival *arrival;
	size_t first, count, room;
	struct held {
		struct listener *listener;
		uint64_t id;
		struct answer answer;
	} *held;
	size_t held_count, held_room;
	struct listener *listeners;
	size_t open;		/* those of them that may hear more */
	enum status worst;	/* FAILED: one of them can hear no more */
};

/* At most so many at a time from one descriptor: others have theirs, too. */
#define INBOX_TURN 32

/*
 * Put LEN octets, of which V has at most ARRIVAL_MAX, that PEER sent to the
 * listener.  OK, or FAILED where memory runs out.
 */
MUST_USE enum status inbox_put(struct inbox *, struct listener *,
    const char *peer, uint64_t id, const uint8_t *v, size_t len);

/* What was put last is made of parts of that message. */
void inbox_of_parts(struct inbox *, uint64_t message);

/* Take the first out; NULL: empty.  It holds until the next call. */
const struct arrival *inbox_take(struct inbox *);

/* Hold the answer to an arrival until what it says is durable. */
void inbox_hold(struct inbox *, const struct arrival *, const struct answer *);

/* Give all answers that are held; or FAILED instead of each. */
void inbox_answer(struct inbox *);
void inbox_fail(struct inbox *);

/*
 * Complain of the last failure, which concerns what PEER, perhaps "", sent to
 * the listener; PEER is shown without what may confuse a terminal.
 */
void inbox_complain(const struct listener *, const char *peer);

/* Say where L is, if WHERE left the port to the system: HOST:0. */
void inbox_say_port(const struct listener *, const char *where);

/* A listener whose GPIs come here; inbox_close() closes it. */
void inbox_listener(struct inbox *, struct listener *);

/* One of the listeners has come to its end, as a file does. */
void inbox_ended(struct inbox *);

/* One has come to an end that is none of its own, and has said why. */
void inbox_failed(struct inbox *);

/*
 * Have the listeners take leave of their peers, which takes a second at most,
 * and close them.
 */
void inbox_close(struct inbox *);

#endif
