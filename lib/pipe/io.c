/* io.c: output and messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "pipe/io.h"
#include "record/table.h"

#define PIPE_ROOM (1 << 20)	/* a narrow one puts its ends in lock-step */

/* ---- output ---- */

enum status
output_open(struct output *o, const char *name)
{
	struct stat st;

	o->name = file_is_standard(name) ? NULL : name;
	if (o->name == NULL)
		o->fd = STDOUT_FILENO;
	else if (stat(name, &st) == 0 && !S_ISREG(st.st_mode))
		o->fd = open(name, O_WRONLY | O_CLOEXEC);
	else if (file_begin(name, ".XXXXXX", &o->temporary, &o->fd) != OK)
		return FAILED;
	if (o->fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	fcntl(o->fd, F_SETPIPE_SZ, PIPE_ROOM);	/* where it is a pipe */
	return OK;
}

static void
want_room(struct output *o, size_t len)
{
	if (!array_reserve_secret(o->v, o->room, o->len + len))
		abort();
}

enum status
output_append(struct output *o, const char *name, enum record_type type)
{
	uint8_t head[3] = { 0 };
	struct stat st;

	memset(o, 0, sizeof(*o));
	o->name = name;
	o->fd = name == NULL ? -1 : open(name, O_RDWR | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0600);
	if (name != NULL && (o->fd < 0 || fstat(o->fd, &st) != 0))
		return fail(FAILED, "%s: %s", name, strerror(errno));
	/* a map, whose first key is the type */
	if (name == NULL || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    (pread(o->fd, head, 3, 0) == 3 && CBOR_IS_MAP(head[0]) &&
	    head[1] == KEY_TYPE && head[2] == type))
		return OK;
	return fail(FAILED, "%s: exists, but is not a file of %s records",
	    name, field_word(KEY_TYPE, type));
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
	status = file_write(o->fd, o->name == NULL ? "standard output" :
	    o->name, o->v, o->len);
	o->written = true;
	output_drop(o);
	return status;
}

enum status
output_close(struct output *o, enum status status)
{
	bool keep;

	if (status != FAILED && output_flush(o) != OK)
		status = FAILED;
	keep = status == OK || (status != FAILED && o->written);
	output_free(o);
	if (o->temporary == NULL)
		return status;
	if (keep)
		status = status_worst(status, file_appear(o->name,
		    &o->temporary, o->fd));
	file_forget(&o->temporary);
	close(o->fd);
	return status;
}
