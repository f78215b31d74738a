/*
 * bucket.h: a token bucket: so many turns a second, evenly, and some at once.
 */
#ifndef GBA_BUCKET_H
#define GBA_BUCKET_H

#include "base/octets.h"

struct bucket {
	uint64_t rate;		/* turns a second; 0: as many as are wanted */
	uint64_t burst;		/* turns that may be taken at once */
	uint64_t credit;	/* thousandths of a turn */
	uint64_t at;		/* monotonic milliseconds: CREDIT is of then */
};

/*
 * RATE turns a second, at most 2^32, and up to BURST, from 1 to 2^32, at once
 * after a pause; and at first.
 */
void bucket_begin(struct bucket *, uint64_t rate, uint64_t burst);

/* Take a turn, if there is one now; returns whether there was. */
bool bucket_take(struct bucket *);

/* When, in monotonic milliseconds, there is one, after there was none. */
uint64_t bucket_next(const struct bucket *);

#endif
