/*
 * strangers.h: the connections of a server that have proved no key: how many
 * there may be, who of them has to go first, and what is said of them.
 *
 * A stranger is silent until it has named a P-TID, which the store is asked
 * about; one whose P-TID the store does not know counts as silent again.
 */
#ifndef GBA_STRANGERS_H
#define GBA_STRANGERS_H

#include "base/bucket.h"
#include "base/crowd.h"
#include "base/loop.h"

struct stranger {
	struct crowd_member silent;	/* while it is */
	struct stranger *prev, *next;	/* of those that are not */
	struct address from;
	uint64_t since;			/* when it was put, or has spoken */
	bool in, asks;
	void *arg;			/* the owner's */
};

struct strangers {
	size_t max, max_per_address;
	size_t count;
	struct crowd silent;
	struct stranger *asking;	/* the oldest first */
	/* what was not said yet */
	struct bucket lines;
	struct watch watch;
	uint64_t untold, tell_at;
	char peer[ADDRESS_TEXT_MAX], why[256];
};

/*
 * At most MAX of them, of whom MAX_PER_ADDRESS from one address (an IPv6 /64)
 * may be silent.  OK or FAILED.
 */
MUST_USE enum status strangers_open(struct strangers *, size_t max,
    size_t max_per_address);

/* None is left in it.  What is untold is told. */
void strangers_close(struct strangers *);

/* S, whose `from' and `arg' are set, is one of them.  OK or FAILED. */
MUST_USE enum status strangers_put(struct strangers *, struct stranger *s);

/* It is none any more, if it was: it has proved its key, or ends. */
void strangers_remove(struct strangers *, struct stranger *s);

/* Whether S has named a P-TID that the store knows, or is asked about. */
void strangers_mark(struct strangers *, struct stranger *s, bool asks);

/* Who has to go because S has come; or NULL. */
struct stranger *strangers_surplus(const struct strangers *,
    const struct stranger *s);

/*
 * Who has to go where another one is to come and there is no room: a silent
 * one; or the oldest that asks, unless that had less than a second; or NULL.
 */
struct stranger *strangers_weakest(const struct strangers *);

/*
 * Of MOST connections OPEN are there: whether there is room for one more, or
 * one that can go.
 */
bool strangers_have_room(const struct strangers *, uint64_t open,
    uint64_t most);

/*
 * S has ended because of WHY, and has no line of its own: it is counted, and
 * told with the others, once a second.
 */
void strangers_tell(struct strangers *, const struct stranger *s,
    const char *why);

/* Whether one that named a P-TID may have a line of its own: not too many. */
bool strangers_may_have_line(struct strangers *);

#endif
