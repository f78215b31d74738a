/*
 * resolve.h: the addresses of a name, looked up off the loop.
 */
#ifndef GBA_RESOLVE_H
#define GBA_RESOLVE_H

#include "base/address.h"

/*
 * One look-up.  DONE is called with OK and the addresses of a name, at least
 * one; or with USAGE where it is no HOST:PORT, FAILED where nobody knows it,
 * whose text does not name it.
 */
struct resolve {
	void (*done)(void *arg, enum status, const struct addresses *);
	void *arg;
	struct request *request;	/* NULL: none is under way */
};

/*
 * Look WHERE up, HOST:PORT.  DONE is called once, at once where HOST is an
 * address; DONE and ARG are the caller's to set.
 */
void resolve_start(struct resolve *, const char *where);

/* Give it up: DONE is not called. */
void resolve_stop(struct resolve *);

/*
 * The same, and wait for it in the loop; a signal ends that.  OK, USAGE or
 * FAILED.
 */
MUST_USE enum status resolve_wait(const char *where, struct addresses *);

#endif
