/*
 * refusals.h: says what a stage refused, and of a flood, or of many that are
 * alike, only how much.
 */
#ifndef GBA_REFUSALS_H
#define GBA_REFUSALS_H

#include "base/bucket.h"
#include "pipe/stream.h"
#include "transport/inbox.h"

#define REFUSALS_HELD 8

struct refusals {
	const struct stage *stage;
	void *arg;		/* the stage's */
	const char *input;	/* its name, or NULL */
	struct bucket allowed;
	uint64_t unsaid;
	uint64_t alike, last;	/* in a row; the number of the last, which */
	bool lines;		/* is that of a line */

	/* of GPIs made of parts, of which another may prove itself */
	struct refused {
		uint64_t until;		/* it is told then; 0: none is here */
		struct item item;
		struct arrival arrival;	/* its own */
		struct outcome outcome;
	} held[REFUSALS_HELD];
};

void refusals_begin(struct refusals *, const struct stage *, void *arg);

/*
 * Complain of the last failure, which concerns ITEM: now, or, where it is one
 * of several GPIs that a message may mean, in a few seconds.  Returns the
 * status of what was told: OK where that was nothing.
 */
enum status refusals_say(struct refusals *, const struct item *);

/* ITEM has proved itself: what else its message may mean is not told. */
void refusals_proved(struct refusals *, const struct item *);

/* When one that is held has to be told; and tell it.  Returns as above. */
uint64_t refusals_wake(const struct refusals *);
enum status refusals_due(struct refusals *);

/*
 * Tell all that are held, and how many were left out since the last that was
 * said.  Returns as above.
 */
enum status refusals_end(struct refusals *);

#endif
