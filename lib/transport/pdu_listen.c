/* pdu_listen.c: GPIs that come as lines of SMS PDUs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/message.h"
#include "sms/tpdu.h"
#include "transport/pdu_listen.h"

struct pdu_listener {
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
	if ((status = transport_path_valid("sms-pdu:", where)) != OK)
		return status;
	status = sms_params_parse(f, where[*len] == '?' ? where + *len + 1 :
	    NULL);
	return status == OK ? OK : fail_in(status, "sms-pdu");
}

/* ---- lines ---- */

static enum status
take_octets(struct pdu_listener *l, const uint8_t *v, size_t len)
{
	uint8_t gpi[GPI_ROOM];
	enum status status;
	struct tpdu t;
	size_t n = 0;

	if (l->form.modem && (status = tpdu_smsc(v, len, &n)) != OK)
		return status;
	if ((status = tpdu_decode(&t, v + n, len - n)) != OK)
		return status;
	status = sms_join(&l->joiner, &l->form, t.number,
	    clock_monotonic_ms(), t.ud, t.ud_len, t.udhi, gpi, &n);
	return status == OK && n > 0 ? inbox_put(l->in, &l->base, t.number, 0,
	    gpi, n) : status;
}

/* What a modem says between the PDUs, as +CMT: ,24 or OK. */
static bool
is_chatter(const char *line, size_t len)
{
	return len == 0 || line[0] == '+' ||
	    (len == 2 && memcmp(line, "OK", 2) == 0);
}

static enum status
take_line(struct pdu_listener *l, const char *line, size_t len)
{
	uint8_t v[PDU_LINE_MAX / 2];
	int n;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (l->overlong)
		return fail(MALFORMED, "found over %d characters, expected "
		    "fewer", PDU_LINE_MAX - 1);
	if (is_chatter(line, len))
		return OK;
	if ((n = hex_decode(v, sizeof(v), line, len)) < 0)
		return fail(MALFORMED, "found no hex, expected a TPDU");
	return take_octets(l, v, (size_t)n);
}

/* All whole lines in V; and of one that is too long only that it is. */
static void
take_lines(struct pdu_listener *l)
{
	char *end;
	size_t n;

	while ((end = memchr(l->v, '\n', l->len)) != NULL) {
		l->line++;
		n = (size_t)(end - l->v);
		if (take_line(l, l->v, n) != OK)
			complain("sms-pdu:%s: line %" PRIu64 ": ", l->path,
			    l->line);
		l->overlong = false;
		l->len -= n + 1;
		memmove(l->v, end + 1, l->len);
	}
	if (l->len < sizeof(l->v))
		return;
	l->overlong = true;
	l->len = 0;
}

/* ---- the listener ---- */

/* The last line may have no end. */
static void
finish(struct pdu_listener *l)
{
	if (l->len > 0 || l->overlong) {
		l->v[l->len++] = '\n';
		take_lines(l);
	}
	loop_remove(&l->watch);
	inbox_ended(l->in);
}

static void
ready(void *arg, short revents)
{
	struct pdu_listener *l = arg;
	ssize_t n = read(l->watch.fd, l->v + l->len, sizeof(l->v) - l->len);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		warn("warning: sms-pdu:%s: %s", l->path, strerror(errno));
	if (n > 0) {
		l->len += (size_t)n;
		take_lines(l);
	} else {
		finish(l);
	}
}

static void
pdu_close(struct listener *base)
{
	struct pdu_listener *l = (struct pdu_listener *)base;

	loop_remove(&l->watch);
	if (l->watch.fd > STDIN_FILENO)
		close(l->watch.fd);
	free(l->path);
	free(l);
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
pdu_open(const char *where, struct pdu_listener *l)
{
	enum status status;
	size_t len;

	if ((status = pdu_split(where, &len, &l->form)) != OK)
		return status;
	if ((l->path = strndup(where, len)) == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	if ((status = open_path(l->path, &l->watch.fd)) != OK)
		return status;
	return loop_add(&l->watch);
}

enum status
listen_pdu(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct pdu_listener *l = calloc(1, sizeof(*l));
	enum status status;

	(void)c;
	if (l == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	l->base.close = pdu_close;
	l->in = in;
	l->watch = (struct watch){ .fd = -1, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ready, .arg = l };
	if ((status = pdu_open(where, l)) != OK) {
		pdu_close(&l->base);
		return status;
	}
	snprintf(l->base.name, sizeof(l->base.name), "sms-pdu:%s", l->path);
	inbox_listener(in, &l->base);
	return OK;
}
