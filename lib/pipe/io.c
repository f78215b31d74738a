/* io.c: output and messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/await.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/place.h"
#include "pipe/io.h"
#include "record/table.h"

#define STANDARD_OUTPUT "standard output"
#define FIFO_MS 50		/* between looks for its reader */
#define PIPE_ROOM (1 << 20)	/* a narrow one puts its ends in lock-step */

/* ---- opening ---- */

static enum status
check_writable(int fd, const char *name)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_PATH) == 0 &&
	    (flags & O_ACCMODE) != O_RDONLY ? OK :
	    fail(FAILED, "%s: closed, or not open for writing", name);
}

enum status
output_standard(void)
{
	return check_writable(STDOUT_FILENO, STANDARD_OUTPUT);
}

/*
 * Open what is no regular file.  A FIFO has to have a reader: until then an
 * open(2) would wait, and hear no signal.
 */
static int
open_special(const struct place *p)
{
	enum loop_event event = LOOP_TIME;
	int fd;

	if (p->fd >= 0)
		return fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
	do {
		fd = open(p->path, O_WRONLY | O_NONBLOCK | O_NOCTTY |
		    O_CLOEXEC);
		if (fd >= 0 || errno != ENXIO || !S_ISFIFO(p->mode))
			break;
		event = await(-1, 0, clock_monotonic_ms() + FIFO_MS);
		errno = ENXIO;
	} while (event == LOOP_TIME && !loop_signalled());
	return fd;
}

/* What is open goes on to be what others have it for: a FIFO, a device. */
static enum status
use_special(struct output *o, const struct place *p)
{
	int fd = open_special(p);

	if (fd < 0)
		return fail(FAILED, "%s: %s", o->name, strerror(errno));
	output_to(o, fd, o->name);
	o->own = true;
	return check_writable(fd, o->name);
}

void
output_to(struct output *o, int fd, const char *name)
{
	o->name = name;
	o->fd = fd;
	fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);	/* where it is a pipe */
	drain_open(&o->drain, fd);
}

enum status
output_open(struct output *o, const char *name)
{
	struct place p;
	enum status status;

	o->name = file_is_standard(name) ? NULL : name;
	o->fd = -1;
	if (o->name == NULL) {
		output_to(o, STDOUT_FILENO, NULL);
		return output_standard();
	}
	if ((status = place_find(&p, name)) != OK)
		return status;
	if (p.fd >= 0 || (p.mode != 0 && !S_ISREG(p.mode)))
		return use_special(o, &p);
	if ((status = place_replaceable(&p, name)) != OK)
		return status;
	if ((o->path = strdup(p.path)) == NULL)
		return fail(FAILED, "%s: no memory", name);
	if (file_begin(o->path, ".XXXXXX", &o->temporary, &o->fd) != OK)
		return FAILED;
	output_to(o, o->fd, name);
	o->own = true;
	return OK;
}

/* A file holds records of TYPE, or nothing: a map, whose first key is it. */
static enum status
check_type(int fd, const char *name, enum record_type type)
{
	uint8_t head[3] = { 0 };
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	if (type == RECORD_GPI || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    (pread(fd, head, 3, 0) == 3 && CBOR_IS_MAP(head[0]) &&
	    head[1] == KEY_TYPE && head[2] == type))
		return OK;
	return fail(FAILED, "%s: exists, but is not a file of %s records",
	    name, field_word(KEY_TYPE, type));
}

/* Open the file of O, at P, to append to it. */
static enum status
open_end(const struct output *o, const struct place *p, int *fd)
{
	enum status status;

	*fd = open(p->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (*fd < 0)
		return fail(FAILED, "%s: %s", o->name, strerror(errno));
	if ((status = check_type(*fd, o->name, o->type)) != OK)
		close(*fd);
	return status;
}

static bool
is_file(const struct place *p)
{
	return p->fd < 0 && (p->mode == 0 || S_ISREG(p->mode));
}

enum status
output_log(struct output *o, const char *name, enum record_type type)
{
	struct place p;
	enum status status;
	int fd;

	if (file_is_standard(name))
		return output_open(o, name);
	o->name = name;
	o->fd = -1;
	o->type = type;
	if ((status = place_find(&p, name)) != OK)
		return status;
	if (!is_file(&p))
		return use_special(o, &p);
	if ((status = open_end(o, &p, &fd)) != OK)
		return status;
	output_to(o, fd, name);
	o->own = o->appends = true;
	return OK;
}

enum status
output_append(struct output *o, const char *name, enum record_type type)
{
	memset(o, 0, sizeof(*o));
	o->fd = -1;
	return name == NULL ? OK : output_log(o, name, type);
}

/* The descriptor stays the same one: others may wait for it. */
enum status
output_reopen(struct output *o)
{
	struct place p;
	enum status status;
	int fd;

	if (!o->appends)
		return OK;
	if ((status = place_find(&p, o->name)) != OK)
		return status;
	if (!is_file(&p))
		return fail(FAILED, "%s: not a file any more", o->name);
	if ((status = open_end(o, &p, &fd)) != OK)
		return status;
	if (dup3(fd, o->fd, O_CLOEXEC) < 0)
		status = fail(FAILED, "%s: %s", o->name, strerror(errno));
	close(fd);
	return status;
}

bool
output_appears(const struct output *o)
{
	return o->temporary != NULL;
}

/* ---- output ---- */

static void
want_room(struct output *o, size_t len)
{
	if (!array_reserve_secret(o->v, o->room, o->len + len))
		memory_out();
}

void
output_put(struct output *o, const void *v, size_t len)
{
	if (len == 0)
		return;
	want_room(o, len);
	memcpy(o->v + o->len, v, len);
	o->len += len;
}

void
output_record(struct output *o, const struct record *r)
{
	char v[SHOW_MAX];
	struct text t = { v, 0, sizeof(v) };

	switch (o->format) {
	case FORMAT_BINARY:
		want_room(o, RECORD_MAX);
		o->len += record_encode(r, o->v + o->len);
		return;
	case FORMAT_JSON:
		show_json(&t, r, o->secrets);
		break;
	case FORMAT_LINES:
		show_text(&t, r, o->secrets);
		break;
	case FORMAT_TABLE:
		if (!o->headed)
			table_head(&t, r->type);
		o->headed = true;
		table_row(&t, r);
		break;
	case FORMAT_NONE:
		return;
	}
	output_put(o, v, t.len);
	wipe(v, t.len);
}

enum status
output_each(void *output, const struct record *r)
{
	struct output *o = output;

	output_record(o, r);
	return o->len < 65536 ? OK : output_flush(o);
}

void
output_drop(struct output *o)
{
	wipe(o->v, o->len);
	o->len = 0;
}

void
output_free(struct output *o)
{
	output_drop(o);
	free(o->v);
	o->v = NULL;
	o->room = 0;
}

enum status
output_flush(struct output *o)
{
	enum status status;

	if (o->len == 0)
		return OK;
	status = drain_write(&o->drain, o->name == NULL ? STANDARD_OUTPUT :
	    o->name, o->v, o->len);
	o->written = true;
	output_drop(o);
	return status;
}

enum status
output_close(struct output *o, enum status status)
{
	bool keep;

	if ((status != FAILED || o->stays) && output_flush(o) != OK) {
		status = FAILED;
		o->stays = false;
	}
	keep = status == OK || o->stays || (status != FAILED && o->written);
	output_free(o);
	if (o->temporary != NULL && keep)
		status = status_worst(status, file_appear(o->path,
		    &o->temporary, o->fd));
	file_forget(&o->temporary);
	free(o->path);
	o->path = NULL;
	drain_close(&o->drain);
	if (o->own)
		close(o->fd);
	o->own = false;
	return status;
}
