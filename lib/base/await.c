/* await.c: a wait for one descriptor alone, in a loop of its own. */
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/uv.h"

#define PAUSE_MS 10		/* where there is nothing that says when */

static struct {
	uv_loop_t uv;
	bool open;
	uv_signal_t signal[LOOP_SIGNALS];
	bool taken[LOOP_SIGNALS];
	bool signalled;
} alone;

static bool
open_loop(void)
{
	alone.open = alone.open || uv_loop_init(&alone.uv) == 0;
	return alone.open;
}

/* ---- signals ---- */

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)handle;
	(void)number;
	alone.signalled = true;
	loop_note_signal();
}

void
await_signal(int i, int number)
{
	if (alone.taken[i] || !open_loop() ||
	    uv_signal_init(&alone.uv, &alone.signal[i]) != 0)
		return;
	alone.taken[i] = true;
	uv_signal_start(&alone.signal[i], on_signal, number);
}

void
await_note_signals(void)
{
	if (alone.open)
		uv_run(&alone.uv, UV_RUN_NOWAIT);
}

void
await_default_signals(void)
{
	for (int i = 0; i < LOOP_SIGNALS; i++) {
		if (alone.taken[i])
			uv_close((uv_handle_t *)&alone.signal[i], NULL);
		alone.taken[i] = false;
	}
	await_note_signals();	/* closes them */
}

/* ---- one wait ---- */

struct one_wait {
	uv_timer_t timer;
	uv_poll_t poll;
	bool ready, over;
};

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct one_wait *w = poll->data;

	(void)status;
	(void)events;
	w->ready = true;
}

static void
on_time(uv_timer_t *timer)
{
	struct one_wait *w = timer->data;

	w->over = true;
	uv_stop(timer->loop);	/* or it would wait for the others */
}

static enum loop_event
run(uv_loop_t *uv, int fd, short events, uint64_t deadline)
{
	uint64_t now = clock_monotonic_ms();
	struct one_wait w = { .ready = false };
	bool polled = fd >= 0 && loop_init_poll(uv, &w.poll, fd) == 0;

	/* what cannot be awaited, as a file, is looked at again soon */
	if (fd >= 0 && !polled && deadline > now + PAUSE_MS)
		deadline = now + PAUSE_MS;
	if (polled)
		uv_poll_start(&w.poll, (events & POLLIN ? UV_READABLE : 0) |
		    (events & POLLOUT ? UV_WRITABLE : 0), on_ready);
	uv_timer_init(uv, &w.timer);
	w.poll.data = w.timer.data = &w;
	uv_update_time(uv);
	if (deadline != LOOP_NEVER)
		uv_timer_start(&w.timer, on_time, deadline > now ?
		    deadline - now : 0, 0);
	while (!w.ready && !w.over && !(uv == &alone.uv && alone.signalled))
		uv_run(uv, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&w.timer, NULL);
	if (polled)
		uv_close((uv_handle_t *)&w.poll, NULL);
	uv_run(uv, UV_RUN_NOWAIT);	/* closes both */
	return w.ready || (fd >= 0 && !polled) ? LOOP_READABLE : LOOP_TIME;
}

static enum loop_event
sleep_until(int fd, uint64_t deadline)
{
	uint64_t now = clock_monotonic_ms();

	loop_sleep(deadline < now ? 0 : deadline - now < PAUSE_MS ?
	    deadline - now : PAUSE_MS);
	return fd >= 0 && clock_monotonic_ms() < deadline ? LOOP_READABLE :
	    LOOP_TIME;
}

/* Threads come and go: each of their waits has a loop of its own. */
static enum loop_event
run_elsewhere(int fd, short events, uint64_t deadline)
{
	enum loop_event event;
	uv_loop_t uv;

	if (fd < 0 || uv_loop_init(&uv) != 0)
		return sleep_until(fd, deadline);
	event = run(&uv, fd, events, deadline);
	uv_loop_close(&uv);
	return event;
}

enum loop_event
await(int fd, short events, uint64_t deadline)
{
	enum loop_event event;

	if (gettid() != getpid())
		return run_elsewhere(fd, events, deadline);
	if (!open_loop())
		return sleep_until(fd, deadline);
	alone.signalled = false;
	event = run(&alone.uv, fd, events, deadline);
	return alone.signalled ? LOOP_SIGNAL : event;
}
