/* line_writer.c: the JSON lines of a server on their way. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "connection/line_writer.h"

#define ROOM_KEPT (1 << 16)	/* octets, when nothing waits */
#define PATIENCE_MS 10000

void
line_writer_init(struct line_writer *l, struct output *out)
{
	struct stat st;

	memset(l, 0, sizeof(*l));
	l->out = out;
	l->regular = fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode);
}

void
line_writer_free(struct line_writer *l)
{
	free(l->v);
	l->v = NULL;
	l->at = l->len = l->room = 0;
}

char *
line_writer_room(struct line_writer *l, size_t len)
{
	size_t room = 2 * l->len + len + 4096;
	char *v;

	if (l->at + l->len + len > l->room && l->at > 0) {
		memmove(l->v, l->v + l->at, l->len);
		l->at = 0;
	}
	if (l->len + len > l->room) {
		if ((v = realloc(l->v, room)) == NULL)
			return NULL;
		l->v = v;
		l->room = room;
	}
	return l->v + l->at + l->len;
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
		line_writer_free(l);
}

/*
 * The descriptor may be somebody else's as well, so it is not made
 * non-blocking: where poll says so, a pipe takes PIPE_BUF octets at once.
 */
enum status
line_writer_write(struct line_writer *l)
{
	struct pollfd p = { .fd = l->out->fd, .events = POLLOUT };
	size_t len;
	ssize_t n;

	while (l->len > 0) {
		if (!l->regular && poll(&p, 1, 0) < 1)
			return OK;
		len = l->regular || l->len < PIPE_BUF ? l->len : PIPE_BUF;
		n = write(p.fd, l->v + l->at, len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return OK;
		if (n < 0)
			return fail(FAILED, "%s: %s", l->out->name == NULL ?
			    "standard output" : l->out->name,
			    strerror(errno));
		l->out->written = true;
		drop(l, (size_t)n);
	}
	return OK;
}

enum status
line_writer_finish(struct line_writer *l, const struct signals *signals)
{
	struct pollfd p = { .fd = l->out->fd, .events = POLLOUT };
	uint64_t since = clock_monotonic_ms();
	enum status status;
	size_t before;

	while (l->len > 0) {
		before = l->len;
		if ((status = signals_poll(signals, &p, 1, signals_stopped() ?
		    since + PATIENCE_MS : UINT64_MAX)) != OK ||
		    (status = line_writer_write(l)) != OK)
			return status;
		if (l->len < before)
			since = clock_monotonic_ms();
		else if (signals_stopped() &&
		    clock_monotonic_ms() >= since + PATIENCE_MS)
			return fail(FAILED, "%s: nobody takes the last lines",
			    l->out->name == NULL ? "standard output" :
			    l->out->name);
	}
	return OK;
}
