/*
 * loop.h: the one loop, on libuv: descriptors, moments, signals, and work that
 * is done on other threads.  A program has one loop; everything that waits,
 * waits there.  Only the thread that runs main() may call it.
 */
#ifndef GBA_LOOP_H
#define GBA_LOOP_H

#include <poll.h>

#include "base/octets.h"
#include "base/status.h"

#define LOOP_NEVER UINT64_MAX

/* Make the loop, before anything else here is called.  OK or FAILED. */
MUST_USE enum status loop_open(void);

/* In the child of a fork: from now on the loop is its own.  OK or FAILED. */
MUST_USE enum status loop_fork(void);

/*
 * Something to wait for.  READY is called with what FD is ready for, as in
 * poll(2), or with 0 once at WAKE, after which WAKE is LOOP_NEVER.  It may
 * change its own watch, add any and remove any, but must not wait.
 */
struct watch {
	int fd;			/* or -1: none */
	short events;		/* POLLIN, POLLOUT; 0: none now */
	uint64_t wake;		/* monotonic milliseconds, or LOOP_NEVER */
	void (*ready)(void *arg, short revents);
	void *arg;
	struct loop_handle *handle;	/* the loop's; NULL: not in it */
};

/*
 * Wait for W, too, as its members say.  OK, or FAILED where memory or the
 * kernel's room for descriptors runs out; then W is not in the loop.
 */
MUST_USE enum status loop_add(struct watch *w);

/*
 * Wait for EVENTS of FD from now on, instead of W's earlier descriptor.  W
 * need not be in the loop.  OK or FAILED, as above; then FD is not awaited.
 */
MUST_USE enum status loop_watch(struct watch *w, int fd, short events);

/* Wait for EVENTS of W's descriptor from now on; 0: for none. */
void loop_events(struct watch *w, short events);

/* W has no descriptor any more. */
void loop_unwatch(struct watch *w);

/* Call READY at WAKE, monotonic milliseconds; once that is over: at once. */
void loop_wake(struct watch *w, uint64_t wake);

/* Wait for W no more; one that is not in the loop is left alone. */
void loop_remove(struct watch *w);

enum loop_event {
	LOOP_READABLE,	/* FD */
	LOOP_HAPPENED,	/* a watch, or work, was called */
	LOOP_TIME,	/* DEADLINE is over */
	LOOP_SIGNAL	/* after loop_end_on_signals() */
};

/*
 * Wait until FD (or -1) can be read, something was called, or the monotonic
 * time is DEADLINE; 0: do not wait.
 */
enum loop_event loop_wait(int fd, uint64_t deadline);

/*
 * Wait until something was called or the monotonic time is DEADLINE, though a
 * signal ended all other waits: for the last words of peers, of which none may
 * take long.
 */
void loop_linger(uint64_t deadline);

/* Call FN before each of these waits that may take long. */
void loop_before_waits(void (*fn)(void));

/* FD, which loop_wait() awaited, is about to be closed. */
void loop_forget(int fd);

/*
 * SIGTERM and SIGINT, and with HANGUP SIGHUP, end every wait from now on, but
 * those that are ignored, as under nohup.  Calling it again forgets a signal
 * that came, so that the loop can wait until the next.
 */
void loop_end_on_signals(bool hangup);

/*
 * Call FN, or NULL: nothing, in the loop when SIGHUP comes, which ends no wait
 * and no program any more; unless it is ignored.
 */
void loop_on_hangup(void (*fn)(void *arg), void *arg);

/* Signals end the program again; loop_signalled() says whether one came. */
void loop_default_signals(void);
bool loop_signalled(void);

/*
 * The monotonic time by which all has to be done that is still to be done
 * after a signal: a few seconds after it came.  LOOP_NEVER: none came, or this
 * is another thread, which may ask, too.
 */
uint64_t loop_stop_by(void);

/*
 * Work that may take long: RUN is called on another thread, with ARG; then
 * DONE in the loop, in the order in which works end.  The struct stays where
 * it is until then.  FAILED: no memory, neither is called.
 */
struct work {
	void (*run)(void *arg);
	void (*done)(void *arg);
	void *arg;
};
MUST_USE enum status loop_work(struct work *);

/* Some work, or look-up, has not ended yet: exit() would wait for it. */
bool loop_works(void);

/* Let this thread, which need not be the loop's, sleep for MS milliseconds. */
void loop_sleep(uint64_t ms);

#endif
