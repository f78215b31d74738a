/* signals.c: signals while a connection is open. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/signals.h"

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
	(void)number;
	stopped = 1;
}

static void
wake(int number)
{
	(void)number;
}

static const struct {
	int number;
	void (*handler)(int);
	bool unless_ignored;	/* nohup and background jobs stay so */
	bool blocked;		/* but inside signals_poll() */
} table[SIGNALS] = {
	{ SIGTERM, stop, true, true },
	{ SIGINT, stop, true, true },
	{ SIGHUP, stop, true, true },
	{ SIGCHLD, wake, false, true },
	{ SIGPIPE, SIG_IGN, false, false },
};

void
signals_take(struct signals *s)
{
	struct sigaction action;
	sigset_t block;

	stopped = 0;
	memset(&action, 0, sizeof(action));
	sigemptyset(&block);
	for (int i = 0; i < SIGNALS; i++)
		if (table[i].blocked)
			sigaddset(&block, table[i].number);
	sigprocmask(SIG_BLOCK, &block, &s->mask);
	s->waiting = s->mask;
	for (int i = 0; i < SIGNALS; i++)
		sigdelset(&s->waiting, table[i].number);
	for (int i = 0; i < SIGNALS; i++) {
		sigaction(table[i].number, NULL, &s->saved[i]);
		action.sa_handler = table[i].handler;
		if (!table[i].unless_ignored ||
		    s->saved[i].sa_handler != SIG_IGN)
			sigaction(table[i].number, &action, NULL);
	}
}

void
signals_restore(const struct signals *s)
{
	for (int i = 0; i < SIGNALS; i++)
		sigaction(table[i].number, &s->saved[i], NULL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* Where descriptors were ready at once, no signal came through yet. */
static void
let_through(const sigset_t *mask)
{
	sigset_t blocked;
	int e = errno;

	sigprocmask(SIG_SETMASK, mask, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	errno = e;
}

int
signals_ppoll(struct pollfd *fds, size_t count, uint64_t deadline,
    const sigset_t *mask)
{
	uint64_t now = clock_monotonic_ms();
	uint64_t left = deadline > now ? deadline - now : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / 1000),
	    .tv_nsec = (long)(left % 1000) * 1000000 };
	int n = ppoll(fds, count, deadline == UINT64_MAX ? NULL : &ts, mask);

	let_through(mask);
	return n;
}

enum status
signals_poll(const struct signals *s, struct pollfd *fds, size_t count,
    uint64_t deadline)
{
	int n = signals_ppoll(fds, count, deadline, &s->waiting), e = errno;

	if (n >= 0)
		return OK;
	for (size_t i = 0; i < count; i++)
		fds[i].revents = 0;
	return e == EINTR ? OK : fail(FAILED, "poll: %s", strerror(e));
}

enum status
signals_epoll(const struct signals *s, int epoll, struct epoll_event *events,
    int max, uint64_t deadline, int *n)
{
	uint64_t now = clock_monotonic_ms(), left;
	int ms = -1;

	if (deadline != UINT64_MAX) {
		left = deadline > now ? deadline - now : 0;
		ms = left < INT_MAX ? (int)left : INT_MAX;
	}
	*n = epoll_pwait(epoll, events, max, ms, &s->waiting);
	let_through(&s->waiting);
	if (*n >= 0)
		return OK;
	*n = 0;
	return errno == EINTR ? OK : fail(FAILED, "epoll: %s",
	    strerror(errno));
}

bool
signals_stopped(void)
{
	return stopped != 0;
}
