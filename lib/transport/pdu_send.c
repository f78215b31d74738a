/*
 * pdu_send.c: GPIs as lines of SMS PDUs in hex, for a modem or whatever else
 * sends short messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "sms/tpdu.h"
#include "transport/pdu_listen.h"
#include "transport/transport.h"

#define LINE_ROOM HEX_LEN(1 + TPDU_MAX)	/* with its end, for NUL */

struct pdus {
	struct connection base;
	struct watch watch;
	int fd;				/* the watch's, too, with FIRST */
	struct delivery *first, **last;	/* not written whole */
	bool torn;			/* what is there, ends in mid-line */
	uint16_t ref;
	uint8_t mr;
};

/* The lines of a delivery. */
struct lines {
	size_t len, at;		/* AT octets are written */
	char v[];
};

/* ---- lines ---- */

/* Whose number is in the TPDU: who it goes to, or comes from. */
static enum status
find_number(const struct delivery *d, const struct sms_params *f,
    const char **number)
{
	const char *own = f->deliver ? f->from : f->to;

	*number = own[0] != '\0' ? own : f->deliver ? NULL : d->number;
	if (*number == NULL)
		return fail(REJECTED, "sms-pdu: no number; give %s",
		    f->deliver ? "from=NUMBER" : "to=NUMBER or sms:NUMBER");
	return sms_number_valid(*number) == OK ? OK : fail_in(REJECTED,
	    "sms-pdu");
}

static void
put_line(struct lines *lines, const struct sms_params *f,
    const struct tpdu *t)
{
	uint8_t v[1 + TPDU_MAX] = { 0 };	/* no SMSC address */
	size_t n = f->modem;

	n += tpdu_encode(t, v + n);
	hex_encode(lines->v + lines->len, v, n);
	lines->len += 2 * n;
	lines->v[lines->len++] = '\n';
}

static enum status
make_lines(struct pdus *p, struct delivery *d)
{
	uint64_t now = clock_now();
	struct tpdu t = { .udhi = true, .pid = PID_TRIGGER, .dcs = DCS_DATA,
	    .time = now, .validity = d->key_lt > now ? d->key_lt - now : 1 };
	struct sms_part parts[SMS_PARTS_MAX];
	struct lines *lines;
	struct sms_params f;
	const char *number;
	enum status status;
	size_t count;

	if (pdu_split(d->where, &count, &f) != OK)
		return REJECTED;
	if ((status = find_number(d, &f, &number)) != OK ||
	    (status = sms_split(&f, p->ref++, d->gpi, d->len, parts,
	    &count)) != OK)
		return status;
	if ((lines = malloc(sizeof(*lines) + count * LINE_ROOM)) == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	lines->len = lines->at = 0;
	strcpy(t.number, number);
	d->to_number = number == d->number;
	t.deliver = f.deliver;
	t.report = f.receipt > 0;
	for (size_t i = 0; i < count; i++) {
		t.mr = p->mr++;
		t.ud_len = parts[i].len;
		memcpy(t.ud, parts[i].v, parts[i].len);
		put_line(lines, &f, &t);
	}
	d->own = lines;
	return OK;
}

/* ---- writing ---- */

static void
end_first(struct pdus *p, const struct outcome *outcome)
{
	struct delivery *d = p->first;

	if ((p->first = d->next) == NULL)
		p->last = &p->first;
	free(d->own);
	d->own = NULL;
	delivery_end(d, outcome == NULL ? STATE_SENT : STATE_FAILED, outcome);
}

static void
end_all(struct pdus *p, const struct outcome *why)
{
	struct outcome outcome = outcome_of(fail(why->status, "sms-pdu:%s: %s",
	    p->base.name, why->text));

	while (p->first != NULL)
		end_first(p, &outcome);
}

/* Write what the other side takes now. */
static void
ready(void *arg, short revents)
{
	struct pdus *p = arg;
	struct outcome failed;
	struct lines *lines;
	ssize_t n;

	(void)revents;
	while (p->first != NULL) {
		lines = p->first->own;
		if (p->torn && write(p->fd, "\n", 1) == 1)
			p->torn = false;
		n = write(p->fd, lines->v + lines->at, lines->len -
		    lines->at);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			p->torn |= lines->at > 0;
			failed = outcome_of(fail(FAILED, "sms-pdu:%s: %s",
			    p->base.name, strerror(errno)));
			end_first(p, &failed);
			continue;
		}
		lines->at += (size_t)n;
		if (lines->at == lines->len)
			end_first(p, NULL);
	}
	/* a FIFO without a reader would be ready all the time */
	if (p->first == NULL) {
		loop_unwatch(&p->watch);
	} else if (loop_watch(&p->watch, p->fd, POLLOUT) != OK) {
		failed = outcome_of(FAILED);
		end_all(p, &failed);
	}
}

/* ---- the connection ---- */

static enum status
valid(const char *where)
{
	struct sms_params f;
	size_t len;

	return pdu_split(where, &len, &f);
}

static void
name(const char *where, char path[static TRANSPORT_WHERE_MAX])
{
	snprintf(path, TRANSPORT_WHERE_MAX, "%.*s", (int)strcspn(where, "?"),
	    where);
}

/*
 * A record may name a file, but not have lines appended to just any: one that
 * is there begins with hex.  One that is not there is MADE or not.
 */
static enum status
open_path(int *fd, const char *path, bool made)
{
	int flags = O_RDWR | (made ? O_CREAT : 0) | O_APPEND | O_NOFOLLOW |
	    O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	struct stat st;
	uint8_t octet;
	char head[2];
	ssize_t n;

	if (file_is_standard(path)) {
		*fd = STDOUT_FILENO;
		return OK;
	}
	/* what is written to a FIFO that nobody reads, would be lost */
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		flags ^= O_RDWR ^ O_WRONLY;
	*fd = open(path, flags, 0600);
	if (*fd < 0 && errno == ENOENT && !made)
		return fail(REJECTED, "sms-pdu:%s: is not there, and the "
		    "address in a record makes no file", path);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return fail(FAILED, "sms-pdu:%s: %s", path, strerror(errno));
	if (S_ISBLK(st.st_mode))
		return fail(REJECTED, "sms-pdu:%s: a block device, not a file "
		    "or a modem", path);
	n = S_ISREG(st.st_mode) ? pread(*fd, head, 2, 0) : 0;
	if (n < 0)
		return fail(FAILED, "sms-pdu:%s: %s", path, strerror(errno));
	if (n != 0 && (n != 2 || hex_decode(&octet, 1, head, 2) < 0))
		return fail(REJECTED, "sms-pdu:%s: exists, but is not a file "
		    "of lines of hex", path);
	return OK;
}

static void
pdu_close(struct connection *c, const struct outcome *why)
{
	struct pdus *p = (struct pdus *)c;

	end_all(p, why);
	loop_remove(&p->watch);
	if (p->fd > STDOUT_FILENO)
		close(p->fd);
	free(p);
}

static enum status
pdu_open(struct connection **c, const char *path,
    const struct transport_options *given)
{
	struct pdus *p = calloc(1, sizeof(*p));
	enum status status;

	if (p == NULL)
		return fail(FAILED, "sms-pdu: no memory");
	p->last = &p->first;
	p->ref = (uint16_t)clock_now_ms();
	p->watch = (struct watch){ .fd = -1, .events = POLLOUT,
	    .wake = LOOP_NEVER, .ready = ready, .arg = p };
	if ((status = open_path(&p->fd, path, given->makes_files)) == OK)
		status = loop_add(&p->watch);
	*c = &p->base;
	if (status == OK)
		return OK;
	if (p->fd > STDOUT_FILENO)
		close(p->fd);
	free(p);
	return status;
}

static void
pdu_send(struct connection *c, struct delivery *d)
{
	struct pdus *p = (struct pdus *)c;
	enum status status = make_lines(p, d);

	if (status != OK) {
		delivery_came_to(d, STATE_FAILED, status);
		return;
	}
	d->next = NULL;
	*p->last = d;
	p->last = &d->next;
	ready(p, POLLOUT);
}

const struct transport transport_sms_pdu = {
	.scheme = "sms-pdu:",
	.valid = valid,
	.name = name,
	.open = pdu_open,
	.send = pdu_send,
	.close = pdu_close,
	.listen = listen_pdu,
};
