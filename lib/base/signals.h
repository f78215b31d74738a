/*
 * signals.h: signals while a connection is open: SIGTERM, SIGINT and SIGHUP
 * ask to stop, the end of a child wakes, a peer that is gone is no signal.
 * They come only inside signals_poll().
 */
#ifndef GBA_SIGNALS_H
#define GBA_SIGNALS_H

#include <poll.h>
#include <signal.h>

#include "base/octets.h"
#include "base/status.h"

#define SIGNALS 5

struct signals {
	struct sigaction saved[SIGNALS];
	sigset_t mask;			/* as it was */
	sigset_t waiting;		/* inside signals_poll() */
};

void signals_take(struct signals *);
void signals_restore(const struct signals *);

/*
 * ppoll(2) until the monotonic time DEADLINE in milliseconds, UINT64_MAX for
 * ever, during which the signals of MASK are blocked; the others come through
 * even where descriptors are ready at once.
 */
int signals_ppoll(struct pollfd *, size_t count, uint64_t deadline,
    const sigset_t *mask);

/*
 * Wait for one of COUNT descriptors, for a signal, or for the monotonic time
 * DEADLINE in milliseconds.  OK or FAILED.
 */
MUST_USE enum status signals_poll(const struct signals *, struct pollfd *,
    size_t count, uint64_t deadline);

/* The same for epoll_wait(2); *N gets how many of MAX events there are. */
struct epoll_event;
MUST_USE enum status signals_epoll(const struct signals *, int epoll,
    struct epoll_event *, int max, uint64_t deadline, int *n);

/* Somebody asked to stop since signals_take(). */
bool signals_stopped(void);

#endif
