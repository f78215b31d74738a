/*
 * inbox.h: GPIs that came in by any transport, in the order they came, and
 * the way back to whoever sent them.
 */
#ifndef GBA_INBOX_H
#define GBA_INBOX_H

#include "base/octets.h"
#include "base/status.h"

/* What is told to a sender: OK, REJECTED or MALFORMED, and perhaps a record. */
struct answer {
	enum status status;
	size_t len;		/* of a sync failure; 0: none */
	uint8_t v[64];
};

/* How a transport takes an answer to what it called ID, which may be gone. */
typedef void answer_fn(void *arg, uint64_t id, const struct answer *);

/* Who can be told. */
struct sender {
	answer_fn *fn;
	void *arg;
	uint64_t id;
};

/* A transport that listens; struct of its own that begins with this. */
struct listener {
	void (*close)(struct listener *);	/* and free */
	struct listener *next;
};

#define ARRIVAL_MAX 2048

struct arrival {
	struct sender sender;	/* fn NULL: nobody can be told */
	size_t len;		/* over ARRIVAL_MAX: only so much is here */
	uint8_t v[ARRIVAL_MAX];
};

/* All zero at first. */
struct inbox {
	struct arrival *arrival;
	size_t first, count, room;
	struct held {
		struct sender sender;
		struct answer answer;
	} *held;
	size_t held_count, held_room;
	struct listener *listeners;
	size_t open;		/* those of them that may hear more */
};

/* At most so many at a time from one descriptor: others have theirs, too. */
#define INBOX_TURN 32

/*
 * Put LEN octets, of which V has at most ARRIVAL_MAX, and how to answer them,
 * or NULL.  OK, or FAILED where memory runs out.
 */
MUST_USE enum status inbox_put(struct inbox *, const uint8_t *v, size_t len,
    const struct sender *);

/* Take the first out; NULL: empty.  It holds until the next call. */
const struct arrival *inbox_take(struct inbox *);

/* Hold an answer to what was taken last, until what it says is durable. */
void inbox_hold(struct inbox *, const struct answer *);

/* Give all answers that are held; or forget them. */
void inbox_answer(struct inbox *);
void inbox_forget(struct inbox *);

/* A listener whose GPIs come here; inbox_close() closes it. */
void inbox_listener(struct inbox *, struct listener *);

/* One of the listeners has come to its end, as a file does. */
void inbox_ended(struct inbox *);
void inbox_close(struct inbox *);

#endif
