/* line_writer.c: the JSON lines of a server on their way. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "connection/line_writer.h"

#define ROOM_KEPT (1 << 16)	/* octets, when nothing waits */
#define PATIENCE_MS 4000

static void write_some(void *arg, short revents);

void
line_writer_init(struct line_writer *l, struct output *out)
{
	struct stat st;

	memset(l, 0, sizeof(*l));
	l->out = out;
	l->regular = fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode);
	l->watch = (struct watch){ .fd = out->drain.fd, .wake = LOOP_NEVER,
	    .ready = write_some, .arg = l };
}

static void
free_room(struct line_writer *l)
{
	free(l->v);
	l->v = NULL;
	l->at = l->len = l->room = 0;
}

void
line_writer_free(struct line_writer *l)
{
	loop_remove(&l->watch);
	free_room(l);
}

char *
line_writer_room(struct line_writer *l, size_t len)
{
	if (l->at + l->len + len > l->room && l->at > 0) {
		memmove(l->v, l->v + l->at, l->len);
		l->at = 0;
	}
	return array_reserve(l->v, l->room, l->at + l->len + len) ?
	    l->v + l->at + l->len : NULL;
}

void
line_writer_add(struct line_writer *l, size_t len)
{
	l->len += len;
}

static void
drop(struct line_writer *l, size_t n)
{
	l->at += n;
	l->len -= n;
	if (l->len > 0)
		return;
	l->at = 0;
	if (l->room > ROOM_KEPT)
		free_room(l);
}

static const char *
name_of(const struct line_writer *l)
{
	return l->out->name == NULL ? "standard output" : l->out->name;
}

static enum status
write_octets(struct line_writer *l, size_t len)
{
	ssize_t n = write(l->out->drain.fd, l->v + l->at, len);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? OK : fail(FAILED,
		    "%s: %s", name_of(l), strerror(errno));
	l->out->written = true;
	drop(l, (size_t)n);
	return OK;
}

/*
 * The descriptor may be somebody else's as well, so it is not made
 * non-blocking: where the loop says so, a pipe takes PIPE_BUF octets at once.
 */
static void
write_some(void *arg, short revents)
{
	struct line_writer *l = arg;

	(void)revents;
	if (l->len > 0 && l->outcome.status == OK)
		l->outcome = outcome_of(write_octets(l,
		    l->len < PIPE_BUF ? l->len : PIPE_BUF));
	if (l->len == 0 || l->outcome.status != OK)
		loop_events(&l->watch, 0);
}

enum status
line_writer_write(struct line_writer *l)
{
	while (l->regular && l->len > 0 && l->outcome.status == OK)
		l->outcome = outcome_of(write_octets(l, l->len));
	if (l->len == 0 || l->outcome.status != OK)
		return fail_as(&l->outcome);
	loop_events(&l->watch, POLLOUT);
	return l->watch.handle != NULL ? OK : loop_add(&l->watch);
}

enum status
line_writer_finish(struct line_writer *l, bool stopped)
{
	uint64_t since = clock_monotonic_ms();
	enum status status;
	size_t before;

	while ((status = line_writer_write(l)) == OK && l->len > 0) {
		before = l->len;
		if (loop_wait(-1, stopped ? since + PATIENCE_MS :
		    LOOP_NEVER) == LOOP_SIGNAL) {
			loop_end_on_signals(false);
			stopped = true;
		}
		if (l->len < before)
			since = clock_monotonic_ms();
		else if (stopped &&
		    clock_monotonic_ms() >= since + PATIENCE_MS)
			return fail(FAILED, "%s: nobody takes the last lines",
			    name_of(l));
	}
	return status;
}
