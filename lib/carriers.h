/*
 * carriers.h: the carriers that are open, so many at a time.
 */
#ifndef GBA_CARRIERS_H
#define GBA_CARRIERS_H

#include "carrier.h"

#define CARRIERS_MAX 256

/* All zero at first, but for the carriage of all. */
struct carriers {
	const struct carriage *carriage;
	struct carrier *first;
	size_t count;
	uint64_t used;		/* how many were looked for */
};

/*
 * The carrier that WHERE wants of a transport, opened if there is none.  *C
 * is NULL with OK where all are busy that there is room for.
 */
MUST_USE enum status carriers_find(struct carriers *, const struct transport *,
    const char *where, struct carrier **c);

/* Wait for what peers still have to say, until a signal of the loop. */
void carriers_finish(struct carriers *);

/* Close all; deliveries that one still has FAILED. */
void carriers_close(struct carriers *);

#endif
