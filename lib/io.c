/* io.c: output, small files and messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "show.h"

#define PIPE_ROOM (1 << 20)	/* a narrow one puts its ends in lock-step */

const char *program_name = "gba-push";

/* ---- messages ---- */

static void
say(const char *fmt, va_list ap, const char *text)
{
	char line[2048];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s: ", program_name);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, "%s", text);
	/* whatever came from outside: one line, and no control characters */
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "%s\n", line);
}

void
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, fail_text());
	va_end(ap);
	fail_said();
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "");
	va_end(ap);
}

/* ---- output ---- */

static bool
is_stdio(const char *name)
{
	return name == NULL || strcmp(name, "-") == 0;
}

/* A file beside NAME, to be renamed to it. */
static int
open_beside(const char *name, char **temporary)
{
	if (asprintf(temporary, "%s.XXXXXX", name) < 0)
		*temporary = NULL;
	return *temporary == NULL ? -1 : mkostemp(*temporary, O_CLOEXEC);
}

enum status
output_open(struct output *o, const char *name)
{
	struct stat st;

	o->name = is_stdio(name) ? NULL : name;
	if (o->name == NULL)
		o->fd = STDOUT_FILENO;
	else if (stat(name, &st) == 0 && !S_ISREG(st.st_mode))
		o->fd = open(name, O_WRONLY | O_CLOEXEC);
	else
		o->fd = open_beside(name, &o->temporary);
	if (o->fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	fcntl(o->fd, F_SETPIPE_SZ, PIPE_ROOM);	/* where it is a pipe */
	return OK;
}

void
output_put(struct output *o, const void *v, size_t len)
{
	if (o->len + len > o->room) {
		o->room = 2 * o->room + len + 65536;
		o->v = realloc(o->v, o->room);
		if (o->v == NULL)
			abort();
	}
	memcpy(o->v + o->len, v, len);
	o->len += len;
}

void
output_print(struct output *o, const char *fmt, ...)
{
	char line[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	output_put(o, line, n < (int)sizeof(line) ? (size_t)n :
	    sizeof(line) - 1);
}

void
output_record(struct output *o, const struct record *r)
{
	char v[SHOW_MAX];
	struct text t = { v, 0, sizeof(v) };

	if (o->format == BINARY)
		t.len = record_encode(r, (uint8_t *)v);
	else if (o->format == JSON)
		show_json(&t, r, o->secrets);
	else
		show_text(&t, r, o->secrets);
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
	free(o->v);
	o->v = NULL;
	if (o->temporary == NULL)
		return status;
	if (keep && (fsync(o->fd) != 0 || rename(o->temporary, o->name) != 0))
		status = fail(FAILED, "%s: %s", o->name, strerror(errno));
	if (!keep || status == FAILED)
		unlink(o->temporary);
	close(o->fd);
	free(o->temporary);
	o->temporary = NULL;
	return status;
}

/* ---- small files ---- */

void
file_warn_readable(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		warn("%s: found mode %04o, expected 0600: others can read "
		    "its keys", name, (unsigned)st.st_mode & 07777);
}

enum status
file_read(const char *name, bool secret, char *out, size_t max, size_t *len)
{
	int fd = is_stdio(name) ? STDIN_FILENO : open(name, O_RDONLY |
	    O_CLOEXEC);
	enum status status = OK;
	ssize_t n = 0;

	if (fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	if (secret)
		file_warn_readable(fd, name);
	*len = 0;
	while (*len < max && (n = read(fd, out + *len, max - *len)) > 0)
		*len += (size_t)n;
	if (n < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else if (*len == max)
		status = fail(MALFORMED, "%s: found %zu octets or more, "
		    "expected fewer", name, max);
	else
		out[*len] = '\0';
	if (fd != STDIN_FILENO)
		close(fd);
	return status;
}

enum status
file_write(int fd, const char *name, const void *v, size_t len)
{
	const uint8_t *p = v;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(FAILED, "%s: %s", name, strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

/* Make the rename of NAME durable: its directory knows of it. */
static int
sync_directory(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *dir = slash == NULL ? strdup(".") :
	    strndup(name, (size_t)(slash - name) + 1);
	int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(dir);
	return result;
}

enum status
file_replace(const char *name, const void *v, size_t len)
{
	char *temporary = NULL;
	int fd = open_beside(name, &temporary);
	enum status status;

	if (fd < 0) {
		free(temporary);
		return fail(FAILED, "%s: %s", name, strerror(errno));
	}
	status = file_write(fd, name, v, len);
	if (status == OK && (fsync(fd) != 0 ||
	    rename(temporary, name) != 0 || sync_directory(name) != 0))
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	if (status != OK)
		unlink(temporary);
	close(fd);
	free(temporary);
	return status;
}
