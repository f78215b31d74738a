/* pdu_listen.c: GPIs that come as lines of SMS PDUs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/message.h"
#include "sms/tpdu.h"
#include "transport/pdu_listen.h"

struct ear {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	struct sms_params form;
	struct sms_joiner joiner;
	char *path;
	uint64_t line;		/* how many were read */
	bool overlong;		/* this one is: wait for its end */
	size_t len;
	char v[PDU_LINE_MAX];
};

enum status
pdu_split(const char *where, size_t *len, struct sms_params *f)
{
	enum status status;

	*len = strcspn(where, "?");
	if (*len == 0)
		return fail(USAGE, "sms-pdu: the path is missing");
	status = sms_params_parse(f, where[*len] == '?' ? where + *len + 1 :
	    NULL);
	return status == OK ? OK : fail_in(status, "sms-pdu");
}

/* ---- lines ---- */

static enum status
take_octets(struct ear *e, const uint8_t *v, size_t len)
{
	uint8_t gpi[GPI_ROOM];
	enum status status;
	struct tpdu t;
	size_t n = 0;

	if (e->form.modem && (status = tpdu_smsc(v, len, &n)) != OK)
		return status;
	if ((status = tpdu_decode(&t, v + n, len - n)) != OK)
		return status;
	status = sms_join(&e->joiner, &e->form, t.number,
	    clock_monotonic_ms(), t.ud, t.ud_len, t.udhi, gpi, &n);
	return status == OK && n > 0 ? inbox_put(e->in, gpi, n, NULL) :
	    status;
}

/* What a modem says between the PDUs, as +CMT: ,24 or OK. */
static bool
is_chatter(const char *line, size_t len)
{
	return len == 0 || line[0] == '+' ||
	    (len == 2 && memcmp(line, "OK", 2) == 0);
}

static enum status
take_line(struct ear *e, const char *line, size_t len)
{
	uint8_t v[PDU_LINE_MAX / 2];
	int n;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (e->overlong)
		return fail(MALFORMED, "found over %d characters, expected "
		    "fewer", PDU_LINE_MAX - 1);
	if (is_chatter(line, len))
		return OK;
	if ((n = hex_decode(v, sizeof(v), line, len)) < 0)
		return fail(MALFORMED, "found no hex, expected a TPDU");
	return take_octets(e, v, (size_t)n);
}

/* All whole lines in V; and of one that is too long only that it is. */
static void
take_lines(struct ear *e)
{
	char *end;
	size_t n;

	while ((end = memchr(e->v, '\n', e->len)) != NULL) {
		e->line++;
		n = (size_t)(end - e->v);
		if (take_line(e, e->v, n) != OK)
			complain("sms-pdu:%s: line %" PRIu64 ": ", e->path,
			    e->line);
		e->overlong = false;
		e->len -= n + 1;
		memmove(e->v, end + 1, e->len);
	}
	if (e->len < sizeof(e->v))
		return;
	e->overlong = true;
	e->len = 0;
}

/* ---- the listener ---- */

/* The last line may have no end. */
static void
finish(struct ear *e)
{
	if (e->len > 0 || e->overlong) {
		e->v[e->len++] = '\n';
		take_lines(e);
	}
	loop_remove(&e->watch);
	inbox_ended(e->in);
}

static void
ready(void *arg, short revents)
{
	struct ear *e = arg;
	ssize_t n = read(e->watch.fd, e->v + e->len, sizeof(e->v) - e->len);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		warn("sms-pdu:%s: %s", e->path, strerror(errno));
	if (n > 0) {
		e->len += (size_t)n;
		take_lines(e);
	} else {
		finish(e);
	}
}

static void
ear_close(struct listener *l)
{
	struct ear *e = (struct ear *)l;

	loop_remove(&e->watch);
	if (e->watch.fd > STDIN_FILENO)
		close(e->watch.fd);
	free(e->path);
	free(e);
}

/* A FIFO whose last writer goes, has not come to its end: we write, too. */
static enum status
open_path(const char *path, int *fd)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat st;

	if (file_is_standard(path)) {
		*fd = STDIN_FILENO;
		return OK;
	}
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		flags |= O_RDWR;
	*fd = open(path, flags);
	return *fd >= 0 ? OK : fail(FAILED, "sms-pdu:%s: %s", path,
	    strerror(errno));
}

static enum status
ear_open(const char *where, struct ear *e)
{
	enum status status;
	size_t len;

	if ((status = pdu_split(where, &len, &e->form)) != OK)
		return status;
	if ((e->path = strndup(where, len)) == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	if ((status = open_path(e->path, &e->watch.fd)) != OK)
		return status;
	return loop_add(&e->watch);
}

enum status
listen_pdu(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct ear *e = calloc(1, sizeof(*e));
	enum status status;

	(void)c;
	if (e == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	e->base.close = ear_close;
	e->in = in;
	e->watch = (struct watch){ .fd = -1, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ready, .arg = e };
	if ((status = ear_open(where, e)) != OK) {
		ear_close(&e->base);
		return status;
	}
	inbox_listener(in, &e->base);
	return OK;
}
