/*
 * refusals.h: says what a stage refused, and of a flood, or of many that are
 * alike, only how much.
 */
#ifndef GBA_REFUSALS_H
#define GBA_REFUSALS_H

#include "base/bucket.h"
#include "pipe/stream.h"

struct refusals {
	const struct stage *stage;
	void *arg;		/* the stage's */
	const char *input;	/* its name, or NULL */
	struct bucket allowed;
	uint64_t unsaid;
	uint64_t alike, last;	/* in a row; the number of the last, which */
	bool lines;		/* is that of a line */
};

void refusals_begin(struct refusals *, const struct stage *, void *arg);

/* Complain of the last failure, which concerns ITEM. */
void refusals_say(struct refusals *, const struct item *);

/* Say how many were left out since the last that was said. */
void refusals_end(struct refusals *);

#endif
