/* loop.c: one wait for descriptors, moments and signals. */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/signals.h"

/* The watches, with gaps where one was removed; and what is polled of them. */
static struct pollfd first;
static struct {
	struct watch **watch;
	struct pollfd *polled;	/* one more: first the caller's */
	size_t count, room;
	bool calling;
} loop = { .polled = &first };

static volatile sig_atomic_t signalled;

static void
on_signal(int number)
{
	signalled = number;
}

void
loop_end_on_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t set;

	/* they come only while one waits, so that none is missed */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
}

bool
loop_signalled(void)
{
	return signalled != 0;
}

static enum status
make_room(void)
{
	size_t room = 2 * loop.room + 16;
	struct watch **w;
	struct pollfd *p;

	if (loop.count < loop.room)
		return OK;
	w = realloc(loop.watch, room * sizeof(w[0]));
	if (w != NULL)
		loop.watch = w;
	p = realloc(loop.room == 0 ? NULL : loop.polled,
	    (1 + room) * sizeof(p[0]));
	if (p != NULL)
		loop.polled = p;
	if (w == NULL || p == NULL)
		return fail(FAILED, "poll: no memory");
	loop.room = room;
	return OK;
}

enum status
loop_add(struct watch *w)
{
	enum status status = make_room();

	if (status != OK)
		return status;
	loop.watch[loop.count++] = w;
	w->place = loop.count;
	return OK;
}

void
loop_remove(struct watch *w)
{
	if (w->place != 0)
		loop.watch[w->place - 1] = NULL;
	w->place = 0;
}

/* Close the gaps and say what is to be polled; returns when to wake. */
static uint64_t
prepare(uint64_t deadline)
{
	struct watch *w;
	size_t n = 0;

	for (size_t i = 0; i < loop.count; i++) {
		if ((w = loop.watch[i]) == NULL)
			continue;
		loop.watch[n++] = w;
		w->place = n;
		loop.polled[n] = (struct pollfd){ w->fd, w->events, 0 };
		if (w->wake < deadline)
			deadline = w->wake;
	}
	loop.count = n;
	return deadline;
}

/* Call what is ready; those that are added meanwhile wait for the next time. */
static bool
call_ready(void)
{
	uint64_t now = clock_monotonic_ms();
	size_t polled = loop.count;
	bool called = false;
	struct watch *w;
	short revents;

	loop.calling = true;
	for (size_t i = 0; i < polled; i++) {
		w = loop.watch[i];
		revents = loop.polled[1 + i].revents;
		if (w == NULL || (revents == 0 && w->wake > now))
			continue;
		w->ready(w->arg, revents);
		called = true;
	}
	loop.calling = false;
	return called;
}

enum loop_event
loop_wait(int fd, uint64_t deadline)
{
	bool readable, happened;
	uint64_t wake;
	sigset_t none;
	int n;

	assert(!loop.calling);
	sigemptyset(&none);
	while (!signalled) {
		loop.polled[0] = (struct pollfd){ fd, POLLIN, 0 };
		wake = prepare(deadline);
		n = signals_ppoll(loop.polled, 1 + loop.count, wake, &none);
		readable = n > 0 && loop.polled[0].revents != 0;
		happened = n >= 0 && call_ready();
		if (readable)
			return LOOP_READABLE;
		if (happened)
			return LOOP_HAPPENED;
		if (deadline == 0 || (deadline != LOOP_NEVER &&
		    clock_monotonic_ms() >= deadline))
			return LOOP_TIME;
	}
	return LOOP_SIGNAL;
}
