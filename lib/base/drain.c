/* drain.c: writes without ever being stuck in write(2). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/drain.h"

/* Whether FD opened anew is the same thing: of a ptmx, it is another one. */
static bool
can_open_again(int fd, const struct stat *st)
{
	unsigned n;

	return S_ISFIFO(st->st_mode) || (S_ISCHR(st->st_mode) && isatty(fd) &&
	    ioctl(fd, TIOCGPTN, &n) != 0);
}

/*
 * A descriptor may be shared with others, who would not expect O_NONBLOCK;
 * the same pipe or terminal opened anew is ours.  Where that cannot be, as
 * after a change of the user, a pipe takes PIPE_BUF octets at once where it
 * says that it takes any.
 */
void
drain_open(struct drain *d, int fd)
{
	char self[32];
	struct stat st;
	int again;

	*d = (struct drain){ .fd = fd };
	if (fstat(fd, &st) != 0)
		return;
	if (S_ISSOCK(st.st_mode))
		d->way = DRAIN_SOCKET;
	if (!can_open_again(fd, &st))
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	again = open(self, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again >= 0) {
		d->fd = again;
		d->own = true;
	} else {
		d->way = DRAIN_ASKS_FIRST;
	}
}

void
drain_close(struct drain *d)
{
	if (d->own)
		close(d->fd);
	d->own = false;
}

/* Wait until there is room; false: the time for that is over. */
static bool
await_room(const struct drain *d)
{
	enum loop_event event;

	do
		event = await(d->fd, POLLOUT, loop_stop_by());
	while (event == LOOP_SIGNAL);
	return event == LOOP_READABLE;
}

static ssize_t
write_some(const struct drain *d, const void *v, size_t len)
{
	if (d->way == DRAIN_SOCKET)
		return send(d->fd, v, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(d->fd, v, d->way == DRAIN_ASKS_FIRST && len > PIPE_BUF ?
	    PIPE_BUF : len);
}

enum status
drain_write(struct drain *d, const char *name, const void *v, size_t len)
{
	bool room = d->way != DRAIN_ASKS_FIRST;
	const uint8_t *p = v;
	ssize_t n;

	while (len > 0) {
		if (!room && !await_room(d))
			return fail(FAILED, "%s: nobody takes what is written; "
			    "stopped by a signal", name);
		n = write_some(d, p, len);
		room = d->way != DRAIN_ASKS_FIRST &&
		    (n >= 0 || errno == EINTR);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail(FAILED, "%s: %s", name, strerror(errno));
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return OK;
}
