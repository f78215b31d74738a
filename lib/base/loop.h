/*
 * loop.h: one wait for all that a program waits for: descriptors, moments and
 * signals.  A program has one loop.
 */
#ifndef GBA_LOOP_H
#define GBA_LOOP_H

#include <poll.h>

#include "base/octets.h"
#include "base/status.h"

#define LOOP_NEVER UINT64_MAX

/*
 * Something to wait for: READY is called with what FD is ready for, or with 0
 * once it is WAKE.  It may change its own watch, add any and remove any.
 */
struct watch {
	int fd;			/* or -1: none */
	short events;		/* POLLIN, POLLOUT; may be 0 */
	uint64_t wake;		/* monotonic milliseconds, or LOOP_NEVER */
	void (*ready)(void *arg, short revents);
	void *arg;
	size_t place;		/* the loop's; 0: not in it */
};

/* Wait for W, too, from now on.  OK, or FAILED where memory runs out. */
MUST_USE enum status loop_add(struct watch *w);

/* No more; one that is not in the loop is left alone. */
void loop_remove(struct watch *w);

enum loop_event {
	LOOP_READABLE,	/* FD */
	LOOP_HAPPENED,	/* some watch was ready, and was called */
	LOOP_TIME,	/* DEADLINE is over */
	LOOP_SIGNAL	/* after loop_end_on_signals() */
};

/*
 * Wait until FD (or -1) can be read, a watch is ready, or the monotonic time
 * is DEADLINE, 0: do not wait.  All that is ready is called; none of it may
 * wait itself.
 */
enum loop_event loop_wait(int fd, uint64_t deadline);

/* SIGTERM and SIGINT from now on end every wait, in order. */
void loop_end_on_signals(void);
bool loop_signalled(void);

#endif
