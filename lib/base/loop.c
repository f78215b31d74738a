/* loop.c: the one loop, on libuv. */
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/uv.h"

/*
 * What libuv has of a watch.  It stays until libuv has closed its handles,
 * which is after the watch is gone.
 */
struct loop_handle {
	struct watch *watch;	/* until it is removed */
	unsigned open;		/* handles that are not closed yet */
	uv_timer_t timer;
	uv_idle_t idle;		/* for a descriptor that is a file */
	uv_poll_t *poll;	/* for any other, or NULL */
	bool file;
};

#define STOP_MS 5000		/* for what has to be done after a signal */

static struct {
	uv_loop_t uv;
	bool calling;
	bool readable, happened;
	struct watch input;	/* loop_wait()'s descriptor */
	uv_timer_t deadline;
	bool over;
	uv_signal_t signal[LOOP_SIGNALS];
	bool taken[LOOP_SIGNALS];
	bool signalled;
	uint64_t stop_by;
	unsigned works;		/* that have not ended */
	void (*before_waits)(void);
	bool waits;		/* it did once */
} loop = { .input = { .fd = -1 } };

static void
deadline_over(uv_timer_t *timer)
{
	(void)timer;
	loop.over = true;
	uv_stop(&loop.uv);
}

enum status
loop_open(void)
{
	int e = uv_loop_init(&loop.uv);

	if (e != 0)
		return fail(FAILED, "loop: %s", uv_strerror(e));
	uv_timer_init(&loop.uv, &loop.deadline);
	return OK;
}

enum status
loop_fork(void)
{
	int e = uv_loop_fork(&loop.uv);

	return e == 0 ? OK : fail(FAILED, "loop: %s", uv_strerror(e));
}

uv_loop_t *
loop_uv(void)
{
	return &loop.uv;
}

/* ---- watches ---- */

/* Something happened: the wait ends, and libuv does not sleep before. */
void
loop_enter(void)
{
	loop.happened = true;
	loop.calling = true;
	uv_stop(&loop.uv);
}

void
loop_leave(void)
{
	loop.calling = false;
}

static void
call(const struct watch *w, short revents)
{
	loop_enter();
	w->ready(w->arg, revents);
	loop_leave();
}

static void arm(struct loop_handle *);
static void apply_events(struct loop_handle *);

static short
events_of(int uv_events)
{
	return (short)((uv_events & UV_READABLE ? POLLIN : 0) |
	    (uv_events & UV_WRITABLE ? POLLOUT : 0));
}

/* A descriptor with an error is ready for whatever is awaited. */
static void
poll_ready(uv_poll_t *poll, int status, int uv_events)
{
	struct loop_handle *h = poll->data;

	call(h->watch, status != 0 ? h->watch->events : events_of(uv_events));
	/* libuv stops after an error */
	if (status != 0 && !uv_is_closing((uv_handle_t *)poll))
		apply_events(h);
}

/* A file can always be read and written. */
static void
file_ready(uv_idle_t *idle)
{
	struct watch *w = ((struct loop_handle *)idle->data)->watch;

	call(w, w->events);
}

/* libuv's clock is coarser than ours: it may be a few milliseconds early. */
static void
timer_ready(uv_timer_t *timer)
{
	struct loop_handle *h = timer->data;
	struct watch *w = h->watch;

	if (w->wake > clock_monotonic_ms()) {
		arm(h);
		return;
	}
	w->wake = LOOP_NEVER;
	call(w, 0);
}

static void
arm(struct loop_handle *h)
{
	uint64_t wake = h->watch->wake, now;

	if (wake == LOOP_NEVER) {
		uv_timer_stop(&h->timer);
		return;
	}
	now = clock_monotonic_ms();
	uv_update_time(&loop.uv);
	uv_timer_start(&h->timer, timer_ready, wake > now ? wake - now : 0, 0);
}

static void
free_poll(uv_handle_t *handle)
{
	free(handle);
}

static void
close_poll(struct loop_handle *h)
{
	if (h->poll != NULL)
		uv_close((uv_handle_t *)h->poll, free_poll);
	uv_idle_stop(&h->idle);
	h->poll = NULL;
	h->file = false;
}

/* libuv makes a descriptor non-blocking; who shares it expects it as it was. */
int
loop_init_poll(uv_loop_t *uv, uv_poll_t *poll, int fd)
{
	int flags = fcntl(fd, F_GETFL), e = uv_poll_init(uv, poll, fd);

	if (e == 0 && (flags & O_NONBLOCK) == 0)
		fcntl(fd, F_SETFL, flags);
	return e;
}

static enum status
open_poll(struct loop_handle *h, int fd)
{
	uv_poll_t *poll = malloc(sizeof(*poll));
	int e = poll == NULL ? UV_ENOMEM : loop_init_poll(&loop.uv, poll, fd);

	if (e == 0) {
		poll->data = h;
		h->poll = poll;
		return OK;
	}
	free(poll);
	h->file = e == UV_EPERM;
	return h->file ? OK : fail(FAILED, "descriptor %d: %s", fd,
	    uv_strerror(e));
}

/* Await the events that the watch says. */
static void
apply_events(struct loop_handle *h)
{
	const struct watch *w = h->watch;

	if (h->poll != NULL && w->events != 0)
		uv_poll_start(h->poll, (w->events & POLLIN ? UV_READABLE : 0) |
		    (w->events & POLLOUT ? UV_WRITABLE : 0), poll_ready);
	else if (h->poll != NULL)
		uv_poll_stop(h->poll);
	if (h->file && w->events != 0)
		uv_idle_start(&h->idle, file_ready);
	else
		uv_idle_stop(&h->idle);
}

/* The watch has another descriptor. */
static enum status
change_fd(struct loop_handle *h)
{
	int fd = h->watch->fd;
	enum status status = OK;

	close_poll(h);
	if (fd >= 0)
		status = open_poll(h, fd);
	apply_events(h);
	return status;
}

enum status
loop_add(struct watch *w)
{
	struct loop_handle *h = calloc(1, sizeof(*h));

	assert(w->handle == NULL);
	if (h == NULL)
		return fail(FAILED, "loop: no memory");
	uv_timer_init(&loop.uv, &h->timer);
	uv_idle_init(&loop.uv, &h->idle);
	h->timer.data = h->idle.data = h;
	h->open = 2;
	h->watch = w;
	w->handle = h;
	arm(h);
	if (change_fd(h) == OK)
		return OK;
	loop_remove(w);
	return FAILED;
}

void
loop_events(struct watch *w, short events)
{
	if (events == w->events)
		return;
	w->events = events;
	if (w->handle != NULL)
		apply_events(w->handle);
}

void
loop_unwatch(struct watch *w)
{
	w->fd = -1;
	if (w->handle != NULL)
		close_poll(w->handle);
}

enum status
loop_watch(struct watch *w, int fd, short events)
{
	if (fd == w->fd) {
		loop_events(w, events);
		return OK;
	}
	w->fd = fd;
	w->events = events;
	if (w->handle == NULL || change_fd(w->handle) == OK)
		return OK;
	w->fd = -1;	/* or it would pass for awaited the next time */
	return FAILED;
}

void
loop_wake(struct watch *w, uint64_t wake)
{
	if (w->wake == wake)
		return;
	w->wake = wake;
	if (w->handle != NULL)
		arm(w->handle);
}

static void
closed(uv_handle_t *handle)
{
	struct loop_handle *h = handle->data;

	if (--h->open == 0)
		free(h);
}

void
loop_remove(struct watch *w)
{
	struct loop_handle *h = w->handle;

	if (h == NULL)
		return;
	w->handle = NULL;
	close_poll(h);
	uv_close((uv_handle_t *)&h->timer, closed);
	uv_close((uv_handle_t *)&h->idle, closed);
}

/* ---- signals ---- */

void
loop_note_signal(void)
{
	if (!loop.signalled)
		loop.stop_by = clock_monotonic_ms() + STOP_MS;
	loop.signalled = true;
}

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)handle;
	(void)number;
	loop_note_signal();
	uv_stop(&loop.uv);
}

void
loop_end_on_signals(bool hangup)
{
	static const int number[LOOP_SIGNALS] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction now;

	await_note_signals();	/* or they would come later */
	loop.signalled = false;
	for (int i = 0; i < (hangup ? LOOP_SIGNALS : LOOP_SIGNALS - 1); i++) {
		if (loop.taken[i] || sigaction(number[i], NULL, &now) != 0 ||
		    now.sa_handler == SIG_IGN)
			continue;
		uv_signal_init(&loop.uv, &loop.signal[i]);
		loop.taken[i] = true;
		uv_signal_start(&loop.signal[i], on_signal, number[i]);
		await_signal(i, number[i]);
	}
}

void
loop_default_signals(void)
{
	for (int i = 0; i < LOOP_SIGNALS; i++) {
		if (loop.taken[i])
			uv_close((uv_handle_t *)&loop.signal[i], NULL);
		loop.taken[i] = false;
	}
	uv_run(&loop.uv, UV_RUN_NOWAIT);	/* closes them */
	await_default_signals();
}

static struct {
	uv_signal_t signal;
	bool taken;
	void (*fn)(void *arg);
	void *arg;
} hangup;

static void
on_hangup(uv_signal_t *handle, int number)
{
	(void)handle;
	(void)number;
	if (hangup.fn == NULL)
		return;
	loop_enter();
	hangup.fn(hangup.arg);
	loop_leave();
}

void
loop_on_hangup(void (*fn)(void *arg), void *arg)
{
	struct sigaction now;

	hangup.fn = fn;
	hangup.arg = arg;
	if (hangup.taken || sigaction(SIGHUP, NULL, &now) != 0 ||
	    now.sa_handler == SIG_IGN)
		return;
	uv_signal_init(&loop.uv, &hangup.signal);
	uv_signal_start(&hangup.signal, on_hangup, SIGHUP);
	hangup.taken = true;
}

bool
loop_signalled(void)
{
	return loop.signalled;
}

uint64_t
loop_stop_by(void)
{
	return gettid() == getpid() && loop.signalled ? loop.stop_by :
	    LOOP_NEVER;
}

/* ---- one wait ---- */

static void
input_ready(void *arg, short revents)
{
	(void)arg;
	loop.readable |= revents != 0;
}

/* Await FD; -1: stop awaiting the last one. */
static enum status
await_input(int fd)
{
	struct watch *w = &loop.input;

	if (fd < 0) {
		loop_events(w, 0);
		return OK;
	}
	if (w->handle != NULL)
		return loop_watch(w, fd, POLLIN);
	*w = (struct watch){ .fd = fd, .events = POLLIN, .wake = LOOP_NEVER,
	    .ready = input_ready };
	return loop_add(w);
}

void
loop_forget(int fd)
{
	if (loop.input.handle != NULL && loop.input.fd == fd)
		loop_remove(&loop.input);
}

static void
start_deadline(uint64_t deadline)
{
	uint64_t ms = clock_monotonic_ms();

	uv_update_time(&loop.uv);
	uv_timer_start(&loop.deadline, deadline_over,
	    deadline > ms ? deadline - ms : 0, 0);
}

void
loop_before_waits(void (*fn)(void))
{
	loop.before_waits = fn;
}

/*
 * Wait until something happens.  What has happened already is no wait, and
 * whoever is busy need not get ready for one.
 */
static void
wait_once(void)
{
	uv_run(&loop.uv, UV_RUN_NOWAIT);
	if (loop.readable || loop.happened || loop.over || loop.signalled)
		return;
	if (loop.before_waits != NULL)
		loop.before_waits();
	uv_run(&loop.uv, UV_RUN_ONCE);
}

enum loop_event
loop_wait(int fd, uint64_t deadline)
{
	bool now = deadline == 0;

	assert(!loop.calling);
	/* an FD that cannot be awaited counts as readable: read() says why */
	if (await_input(fd) != OK)
		return LOOP_READABLE;
	loop.readable = loop.happened = loop.over = false;
	if (!now && deadline != LOOP_NEVER)
		start_deadline(deadline);
	while (!loop.signalled) {
		/* many programs never wait, as their input is a file */
		if (now || !loop.waits)
			uv_run(&loop.uv, UV_RUN_NOWAIT);
		else
			wait_once();
		if (loop.readable || loop.happened || loop.over || now)
			break;
		loop.waits = true;
	}
	uv_timer_stop(&loop.deadline);
	return loop.signalled ? LOOP_SIGNAL : loop.readable ? LOOP_READABLE :
	    loop.happened ? LOOP_HAPPENED : LOOP_TIME;
}

void
loop_linger(uint64_t deadline)
{
	assert(!loop.calling);
	loop_events(&loop.input, 0);
	loop.happened = loop.over = false;
	start_deadline(deadline);
	while (!loop.happened && !loop.over)
		wait_once();
	uv_timer_stop(&loop.deadline);
}

/* ---- work ---- */

void
loop_begun(void)
{
	loop.works++;
}

void
loop_ended(void)
{
	loop.works--;
}

struct task {
	uv_work_t uv;
	struct work *work;
};

static void
task_run(uv_work_t *uv)
{
	struct work *work = ((struct task *)uv)->work;

	work->run(work->arg);
	memory_wipe_stack();
}

static void
task_done(uv_work_t *uv, int status)
{
	struct work *work = ((struct task *)uv)->work;

	(void)status;
	free(uv);
	loop_ended();
	loop_enter();
	work->done(work->arg);
	loop_leave();
}

enum status
loop_work(struct work *work)
{
	struct task *task = malloc(sizeof(*task));

	if (task == NULL)
		return fail(FAILED, "work: no memory");
	task->work = work;
	if (uv_queue_work(&loop.uv, &task->uv, task_run, task_done) == 0) {
		loop_begun();
		return OK;
	}
	free(task);
	return fail(FAILED, "work: no memory");
}

bool
loop_works(void)
{
	return loop.works > 0;
}

void
loop_sleep(uint64_t ms)
{
	uv_sleep((unsigned)ms);
}
