/* pdu_listen.c: GPIs that come as lines of SMS PDUs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
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
	bool modem;		/* not a file or a pipe */
	bool overlong;		/* this one is: wait for its end */
	bool returned;		/* the last one ended with CR */
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

/*
 * The system's defaults for a terminal are for people: with ECHO a modem has
 * what it says for its next command.  Speed and flow control are left alone.
 */
bool
pdu_is_modem(int fd)
{
	struct termios t;
	struct stat st, own;

	if (tcgetattr(fd, &t) != 0 || fstat(fd, &st) != 0)
		return false;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (fstat(i, &own) == 0 && own.st_rdev == st.st_rdev)
			return false;
	t.c_iflag &= ~(tcflag_t)(BRKINT | PARMRK | ISTRIP);
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	(void)tcsetattr(fd, TCSANOW, &t);
	return true;
}

/* ---- octets ---- */

/* The TPDU in V, behind an SMSC address if there is one; it must be for us. */
static enum status
read_tpdu(struct tpdu *t, const struct sms_params *f, const uint8_t *v,
    size_t len, bool smsc, struct sms_message *m)
{
	enum status status;
	size_t n = 0;

	if (smsc && (status = tpdu_smsc(v, len, &n)) != OK)
		return status;
	if ((status = tpdu_decode(t, v + n, len - n)) != OK)
		return status;
	*m = (struct sms_message){ .from = t->number, .ud = t->ud,
	    .len = t->ud_len, .udhi = t->udhi, .data = sms_is_data(t->dcs),
	    .port = -1 };
	status = sms_check(f, m);
	return status == OK || m->data ? status : fail(MALFORMED, "tp-dcs: "
	    "found %02x, expected 8-bit data, as 04", t->dcs);
}

/*
 * A modem puts an SMSC address before the TPDU, and says in a line before how
 * long the TPDU is.  Other tools drop either; so what makes a message for us is
 * how it is to be read.
 */
static enum status
take_octets(struct pdu_listener *l, const uint8_t *v, size_t len)
{
	const struct sms_params *f = &l->form;
	struct sms_joiner *j = &l->joiner;
	enum status status;
	struct sms_message m;
	struct tpdu t;

	if (read_tpdu(&t, f, v, len, f->modem, &m) != OK &&
	    read_tpdu(&t, f, v, len, !f->modem, &m) != OK &&
	    (status = read_tpdu(&t, f, v, len, f->modem, &m)) != OK)
		return status;
	fail_said();
	status = sms_join(j, f, clock_monotonic_ms(), &m);
	for (size_t i = 0; i < j->gpi_count && status == OK; i++) {
		status = inbox_put(l->in, &l->base, t.number,
		    j->gpi[i].number, j->gpi[i].v, j->gpi[i].len);
		if (status == OK && j->joined)
			inbox_of_parts(l->in, j->number);
	}
	return status;
}

static void
answered(struct listener *base, uint64_t id, const struct answer *a)
{
	struct pdu_listener *l = (struct pdu_listener *)base;

	sms_join_answered(&l->joiner, id, a->status);
}

/* ---- lines ---- */

/* What a modem says or echoes between the PDUs: V.250, TS 27.005. */
static bool
is_chatter(const char *line, size_t len)
{
	static const char *const words[] = { "AT", "OK", "ERROR", "RING",
	    "CONNECT", "NOCARRIER", "NODIALTONE", "NOANSWER", "BUSY" };

	if (len < 2 || strchr("+^*#>$%&!", line[0]) != NULL)
		return true;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strncasecmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* Leave out what people and tools put around hex; returns the length. */
static size_t
strip(char *line, size_t len)
{
	static const char blanks[] = " \t\r\"\032\033";	/* Ctrl-Z, ESC */
	static const char bom[] = "\357\273\277";
	size_t n = 0, at = len >= 3 && memcmp(line, bom, 3) == 0 ? 3 : 0;

	for (; at < len; at++)
		if (memchr(blanks, line[at], sizeof(blanks)) == NULL)
			line[n++] = line[at];
	line[n] = '\0';
	return n;
}

static enum status
take_line(struct pdu_listener *l, char *line, size_t len)
{
	uint8_t v[PDU_LINE_MAX / 2];
	int n;

	if (l->overlong)
		return fail(MALFORMED, "found over %d characters, expected "
		    "fewer", PDU_LINE_MAX - 1);
	len = strip(line, len);
	if (is_chatter(line, len))
		return OK;
	/* half an octet may be the rest of an older line */
	if ((n = hex_decode(v, sizeof(v), line, len & ~(size_t)1)) < 0)
		return fail(MALFORMED, "found no hex, expected a TPDU");
	return take_octets(l, v, (size_t)n);
}

/*
 * All whole lines in V; and of one that is too long only that it is.  A line
 * ends with CR, LF or both.
 */
static void
take_lines(struct pdu_listener *l)
{
	size_t at = 0;

	for (size_t n = 0; n < l->len; n++) {
		if (l->v[n] != '\r' && l->v[n] != '\n')
			continue;
		if (l->v[n] == '\r' || n > at || !l->returned) {
			l->line++;
			if (take_line(l, l->v + at, n - at) != OK)
				complain("sms-pdu:%s: line %" PRIu64 ": ",
				    l->path, l->line);
		}
		l->overlong = false;
		l->returned = l->v[n] == '\r';
		at = n + 1;
	}
	l->len -= at;
	memmove(l->v, l->v + at, l->len);
	if (l->len < sizeof(l->v))
		return;
	l->overlong = true;
	l->len = 0;
}

/* ---- the listener ---- */

/* The last line may have no end; a modem has none but that it is gone. */
static void
finish(struct pdu_listener *l)
{
	if (l->len > 0 || l->overlong) {
		l->v[l->len++] = '\n';
		take_lines(l);
	}
	loop_remove(&l->watch);
	if (l->modem)
		inbox_failed(l->in);
	else
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
	if (n > 0) {
		l->len += (size_t)n;
		take_lines(l);
		return;
	}
	if (n < 0)
		warn("warning: sms-pdu:%s: %s", l->path, strerror(errno));
	else if (l->modem)
		warn("sms-pdu:%s: the modem is gone", l->path);
	finish(l);
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
	l->modem = l->watch.fd > STDERR_FILENO && pdu_is_modem(l->watch.fd);
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
	l->base.answer = answered;
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
