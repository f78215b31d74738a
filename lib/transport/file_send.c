/* file_send.c: GPIs into a file, a CBOR sequence appended to others. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "gba/gpi.h"
#include "transport/transport.h"

struct file {
	struct connection base;
	int fd;
};

static enum status
valid(const char *where)
{
	return transport_path_valid("file:", where);
}

/*
 * A record may name a file, but not have its octets appended to just any: one
 * that is there begins as a GPI does.  One that is not there is MADE or not.
 */
static enum status
open_file(int *fd, const char *name, bool made)
{
	const int flags = O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	uint8_t head[2];
	struct stat st;
	ssize_t n;

	*fd = lstat(name, &st) == 0 && S_ISFIFO(st.st_mode) ?
	    open(name, O_WRONLY | flags) :	/* which somebody must read */
	    open(name, O_RDWR | (made ? O_CREAT : 0) | flags, 0600);
	if (*fd < 0 && errno == ENOENT && !made)
		return fail(REJECTED, "file:%s: is not there, and the address "
		    "in a record makes no file", name);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return fail(FAILED, "file:%s: %s", name, strerror(errno));
	if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !made))
		return fail(REJECTED, "file:%s: a device, not a file", name);
	n = S_ISREG(st.st_mode) ? pread(*fd, head, 2, 0) : 0;
	if (n < 0)
		return fail(FAILED, "file:%s: %s", name, strerror(errno));
	if (n != 0 && (n < 2 || head[0] != 0x88 || head[1] != GPI_VER))
		return fail(REJECTED, "file:%s: exists, but is not a file of "
		    "GPIs", name);
	return OK;
}

static enum status
file_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	struct file *f = calloc(1, sizeof(*f));
	enum status status;

	if (f == NULL)
		return fail(FAILED, "file:%s: no memory", name);
	if ((status = open_file(&f->fd, name, given->makes_files)) !=
	    OK) {
		if (f->fd >= 0)
			close(f->fd);
		free(f);
		return status;
	}
	*c = &f->base;
	return OK;
}

static void
file_send(struct connection *c, struct delivery *d)
{
	struct file *f = (struct file *)c;
	enum status status = file_write(f->fd, d->where, d->gpi, d->len);

	delivery_came_to(d, STATE_SENT, status);
}

static void
file_close(struct connection *c, const struct outcome *why)
{
	struct file *f = (struct file *)c;

	(void)why;
	close(f->fd);
	free(f);
}

const struct transport transport_file = {
	.scheme = "file:",
	.valid = valid,
	.name = transport_name_all,
	.open = file_open,
	.send = file_send,
	.close = file_close,
	.local = true,
};
