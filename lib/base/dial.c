/* dial.c: a TCP connection that is made inside the loop. */
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "base/tcp.h"

static void
finish(struct dial *d, int fd)
{
	resolve_stop(&d->resolve);
	loop_remove(&d->watch);
	d->watch.fd = -1;
	d->done(d->arg, fd);
}

/* Forget the socket of the address that was tried. */
static void
drop(struct dial *d)
{
	int fd = d->watch.fd;

	loop_unwatch(&d->watch);
	if (fd >= 0)
		close(fd);
}

/* Until when the next address may take, so that those after it have as long. */
static uint64_t
share(const struct dial *d)
{
	uint64_t now = clock_monotonic_ms();

	return d->deadline <= now ? d->deadline :
	    now + (d->deadline - now) / (d->addresses.count - d->next);
}

/* Begin with the next address that allows it; with none left, that is all. */
static void
try_next(struct dial *d)
{
	enum status status = FAILED;
	int fd;

	while (d->next < d->addresses.count && status != OK) {
		loop_wake(&d->watch, share(d));
		status = tcp_begin(&d->addresses.v[d->next++], &fd);
		if (status == OK &&
		    (status = loop_watch(&d->watch, fd, POLLOUT)) != OK)
			drop(d);
	}
	if (status != OK)
		finish(d, -1);
}

static void
ready(void *arg, short revents)
{
	struct dial *d = arg;
	int fd = d->watch.fd;

	if (revents == 0) {
		drop(d);
		fail_because("no answer in time");
		try_next(d);
	} else if (tcp_connected(fd) == OK) {
		loop_unwatch(&d->watch);
		fail_said();	/* of the addresses before */
		finish(d, fd);
	} else {
		drop(d);
		try_next(d);
	}
}

static void
resolved(void *arg, enum status status, const struct addresses *found)
{
	struct dial *d = arg;

	if (status == OK) {
		d->addresses = *found;
		try_next(d);
	} else {
		finish(d, -1);
	}
}

void
dial_start(struct dial *d, const char *where, uint64_t deadline)
{
	d->next = d->addresses.count = 0;
	d->deadline = deadline;
	d->resolve = (struct resolve){ .done = resolved, .arg = d };
	d->watch = (struct watch){ .fd = -1, .wake = deadline,
	    .ready = ready, .arg = d };
	if (loop_add(&d->watch) == OK)
		resolve_start(&d->resolve, where);
	else
		d->done(d->arg, -1);
}

void
dial_stop(struct dial *d)
{
	if (d->watch.handle == NULL)
		return;
	resolve_stop(&d->resolve);
	drop(d);
	loop_remove(&d->watch);
}

/* ---- for who can wait ---- */

struct wait {
	bool over;
	int fd;
	struct outcome outcome;		/* where there is no FD */
};

static void
waited(void *arg, int fd)
{
	struct wait *wait = arg;

	wait->over = true;
	wait->fd = fd;
	wait->outcome = outcome_of(fd >= 0 ? OK : FAILED);
}

enum status
dial_wait(const char *where, uint64_t deadline, int *fd)
{
	struct wait wait = { .over = false };
	struct dial d = { .done = waited, .arg = &wait };
	enum status status;

	*fd = -1;
	if ((status = address_valid(where)) != OK)
		return status;
	dial_start(&d, where, deadline);
	while (!wait.over && loop_wait(-1, LOOP_NEVER) != LOOP_SIGNAL)
		;
	if (!wait.over) {
		dial_stop(&d);
		return fail(FAILED, "stopped by a signal");
	}
	*fd = wait.fd;
	status = fail_as(&wait.outcome);
	return status == OK ? OK : fail_in(status, "%s", where);
}
