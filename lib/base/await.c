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
	bool ready, over, signalled;
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

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
	alone.ready = true;
}

static void
on_time(uv_timer_t *timer)
{
	(void)timer;
	alone.over = true;
	uv_stop(&alone.uv);	/* or it would wait for the others */
}

static void
run(int fd, short events, uint64_t deadline)
{
	uint64_t now = clock_monotonic_ms();
	uv_timer_t timer;
	uv_poll_t poll;
	bool polled = fd >= 0 && loop_init_poll(&alone.uv, &poll, fd) == 0;

	/* what cannot be awaited, as a file, is looked at again soon */
	if (fd >= 0 && !polled && deadline > now + PAUSE_MS)
		deadline = now + PAUSE_MS;
	if (polled)
		uv_poll_start(&poll, (events & POLLIN ? UV_READABLE : 0) |
		    (events & POLLOUT ? UV_WRITABLE : 0), on_ready);
	uv_timer_init(&alone.uv, &timer);
	uv_update_time(&alone.uv);
	if (deadline != LOOP_NEVER)
		uv_timer_start(&timer, on_time, deadline > now ?
		    deadline - now : 0, 0);
	alone.ready = alone.over = alone.signalled = false;
	while (!alone.ready && !alone.over && !alone.signalled)
		uv_run(&alone.uv, UV_RUN_ONCE);
	alone.ready |= fd >= 0 && !polled;
	uv_close((uv_handle_t *)&timer, NULL);
	if (polled)
		uv_close((uv_handle_t *)&poll, NULL);
	uv_run(&alone.uv, UV_RUN_NOWAIT);	/* closes both */
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

enum loop_event
await(int fd, short events, uint64_t deadline)
{
	if (gettid() != getpid() || !open_loop())
		return sleep_until(fd, deadline);
	run(fd, events, deadline);
	return alone.signalled ? LOOP_SIGNAL : alone.ready ? LOOP_READABLE :
	    LOOP_TIME;
}
