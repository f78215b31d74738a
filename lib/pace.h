/*
 * pace.h: so many a second, evenly.
 */
#ifndef GBA_PACE_H
#define GBA_PACE_H

#include "octets.h"

struct pace {
	uint64_t rate;		/* 0: as many as there are */
	uint64_t credit;	/* thousandths of a turn */
	uint64_t at;		/* monotonic milliseconds: so far it counts */
};

/* RATE in a second, at most 2^32; the first at once. */
void pace_begin(struct pace *, uint64_t rate);

/* Take a turn, if there is one now; whether there was. */
bool pace_take(struct pace *);

/* When, in monotonic milliseconds, there is one, after there was none. */
uint64_t pace_next(const struct pace *);

#endif
