/*
 * rate.h: so many a second, evenly.
 */
#ifndef GBA_RATE_H
#define GBA_RATE_H

#include "base/octets.h"

struct rate {
	uint64_t rate;		/* 0: as many as there are */
	uint64_t credit;	/* thousandths of a turn */
	uint64_t at;		/* monotonic milliseconds: so far it counts */
};

/* RATE in a second, at most 2^32; the first at once. */
void rate_begin(struct rate *, uint64_t rate);

/* Take a turn, if there is one now; whether there was. */
bool rate_take(struct rate *);

/* When, in monotonic milliseconds, there is one, after there was none. */
uint64_t rate_next(const struct rate *);

#endif
