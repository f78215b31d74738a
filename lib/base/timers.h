/*
 * timers.h: moments that are waited for, the earliest first: a binary heap.
 */
#ifndef GBA_TIMERS_H
#define GBA_TIMERS_H

#include "base/octets.h"
#include "base/status.h"

struct timer {
	uint64_t at;		/* monotonic milliseconds */
	void *arg;		/* the owner's */
	size_t place;		/* in the heap, from 1; 0: not in it */
};

struct timers {
	struct timer **heap;
	size_t count, room;
};

/* Wait for T, too, until it is removed.  OK, or FAILED: no memory. */
MUST_USE enum status timers_add(struct timers *, struct timer *);
void timers_remove(struct timers *, struct timer *);

/* T, which is waited for, is now AT. */
void timers_set(struct timers *, struct timer *, uint64_t at);

/* The earliest, or NULL where there is none. */
struct timer *timers_first(const struct timers *);

/* Forget them all. */
void timers_free(struct timers *);

#endif
