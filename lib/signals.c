/* signals.c: signals while a connection is open. */
#include <errno.h>
#include <string.h>

#include "signals.h"
#include "source.h"

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
} table[SIGNALS] = {
	{ SIGTERM, stop, true },
	{ SIGINT, stop, true },
	{ SIGHUP, stop, true },
	{ SIGCHLD, wake, false },
	{ SIGPIPE, SIG_IGN, false },
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
		sigaddset(&block, table[i].number);
	sigprocmask(SIG_BLOCK, &block, &s->mask);
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

enum status
signals_poll(const struct signals *s, struct pollfd *fds, size_t n,
    uint64_t deadline)
{
	uint64_t now = source_monotonic_ms();
	uint64_t left = deadline > now ? deadline - now : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / 1000),
	    .tv_nsec = (long)(left % 1000) * 1000000 };

	if (ppoll(fds, n, deadline == UINT64_MAX ? NULL : &ts, &s->mask) >= 0)
		return OK;
	for (size_t i = 0; i < n; i++)
		fds[i].revents = 0;
	return errno == EINTR ? OK : fail(FAILED, "poll: %s", strerror(errno));
}

bool
signals_stopped(void)
{
	return stopped != 0;
}
