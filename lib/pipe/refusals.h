/*
 * refusals.h: what is said of the items that a stage refuses: a line for each,
 * unless many are alike or come at once.
 */
#ifndef GBA_REFUSALS_H
#define GBA_REFUSALS_H

#include "base/bucket.h"
#include "pipe/stream.h"

struct refusals {
	const struct stage *stage;
	void *arg;
	const char *file;	/* of the input, or NULL */
	struct bucket allowed;	/* if the stage is sparing */
	uint64_t unsaid;	/* too many at once */
	uint64_t alike, last;	/* how many octets in a row were no item; the
				   number of the last */
};

void refusals_begin(struct refusals *, const struct stage *, void *arg);

/* The last failure is about ITEM: say so. */
void refusals_tell(struct refusals *, const struct item *);

/* Say what was left out. */
void refusals_end(struct refusals *);

#endif
