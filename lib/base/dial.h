/*
 * dial.h: a TCP connection that is made inside the loop: the name is looked
 * up, and its addresses are tried one after the other.
 */
#ifndef GBA_DIAL_H
#define GBA_DIAL_H

#include "base/loop.h"
#include "base/resolve.h"

struct dial {
	/* FD is connected, non-blocking and the callee's; or -1: fail_text() */
	void (*done)(void *arg, int fd);
	void *arg;
	struct resolve resolve;
	struct addresses addresses;
	size_t next;		/* of them, to be tried */
	uint64_t deadline;
	struct watch watch;
};

/*
 * Connect to WHERE, HOST:PORT, until the monotonic time DEADLINE in
 * milliseconds, of which each address has an equal share.  done() is called
 * once, perhaps before this returns.
 */
void dial_start(struct dial *, const char *where, uint64_t deadline);

/* Give it up: done() is not called. */
void dial_stop(struct dial *);

/*
 * The same, and wait for it in the loop; a signal ends that.  *FD gets the
 * connection.  OK, USAGE where WHERE is no HOST:PORT, or FAILED.
 */
MUST_USE enum status dial_wait(const char *where, uint64_t deadline, int *fd);

#endif
