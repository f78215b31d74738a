/* dial.c: a TCP connection that is made inside the loop. */
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "base/tcp.h"

static void
finish(struct dial *d, int fd)
{
	loop_remove(&d->watch);
	freeaddrinfo(d->list);
	d->list = NULL;
	d->done(d->arg, fd);
}

/* Begin with the next address that allows it; with none left, that is all. */
static void
next(struct dial *d)
{
	enum status status = FAILED;

	d->watch.fd = -1;
	while (d->at != NULL && status != OK) {
		status = tcp_begin(d->at, &d->watch.fd);
		d->at = d->at->ai_next;
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
		close(fd);
		fail_because("no answer in time");
		finish(d, -1);
	} else if (tcp_connected(fd) == OK) {
		finish(d, fd);
	} else {
		close(fd);
		next(d);
	}
}

void
dial_start(struct dial *d, const char *where, uint64_t deadline)
{
	d->list = NULL;
	d->watch = (struct watch){ .fd = -1, .events = POLLOUT,
	    .wake = deadline, .ready = ready, .arg = d };
	if (address_find(where, SOCK_STREAM, &d->list) != OK) {
		d->done(d->arg, -1);
		return;
	}
	d->at = d->list;
	if (loop_add(&d->watch) == OK)
		next(d);
	else
		finish(d, -1);
}

void
dial_stop(struct dial *d)
{
	if (d->list == NULL)
		return;
	loop_remove(&d->watch);
	if (d->watch.fd >= 0)
		close(d->watch.fd);
	freeaddrinfo(d->list);
	d->list = NULL;
}
