/*
 * pool.h: the connections that are open, so many at a time.
 */
#ifndef GBA_POOL_H
#define GBA_POOL_H

#include "transport/transport.h"

#define POOL_MAX 256

/* All zero at first. */
struct pool {
	struct connection *first;
	size_t count;
	uint64_t used;		/* how many were looked for */
};

/*
 * The connection that WHERE wants of a transport, opened with the options if
 * there is none; they stay while it is open.  *C
 * is NULL with OK where all are busy that there is room for.
 */
MUST_USE enum status pool_find(struct pool *, const struct transport *,
    const struct transport_options *, const char *where,
    struct connection **c);

/*
 * Wait for what peers still have to say, for MS milliseconds or until a signal
 * of the loop.
 */
void pool_finish(struct pool *, uint64_t ms);

/* Close all; deliveries that one still has FAILED. */
void pool_close(struct pool *);

#endif
