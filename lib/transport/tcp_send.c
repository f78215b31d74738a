/*
 * tcp_send.c: GPIs as a CBOR sequence over TCP, a connection for each
 * HOST:PORT.  The peer may answer with sync failures, in the same form.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "transport/answers.h"
#include "transport/tcp_listen.h"
#include "transport/transport.h"

#define ACK_MS 5		/* between looks whether the peer has it */
#define ANSWER_ROOM ITEM_MAX

struct tcp {
	struct connection base;
	struct dial dial;
	struct watch watch;
	struct delivery *first, **last;	/* not acknowledged yet, in order */
	struct delivery *writing;	/* the first not written whole */
	size_t at;			/* octets of it that are written */
	uint64_t written;		/* octets of the stream */
	uint64_t taken, heard;		/* of them by the peer, and when it
					   last took some */
	struct answers answers;
	uint8_t in[ANSWER_ROOM];
	size_t in_len;
};

/* ---- ends ---- */

static void
end_first(struct tcp *l, const struct outcome *outcome)
{
	struct delivery *d = l->first;

	if ((l->first = d->next) == NULL)
		l->last = &l->first;
	delivery_end(d, outcome == NULL ? STATE_SENT : STATE_FAILED, outcome);
}

/*
 * What the peer's TCP has acknowledged, has been sent: until then it is lost
 * with the connection.
 */
static void
take_acknowledged(struct tcp *l)
{
	uint64_t sent = l->written;
	int left = 0;

	ioctl(l->watch.fd, SIOCOUTQ, &left);
	sent -= (uint64_t)left;
	if (sent != l->taken || l->first == NULL)
		l->heard = clock_monotonic_ms();
	l->taken = sent;
	while (l->first != l->writing && l->first->id <= sent)
		end_first(l, NULL);
}

static enum status
check_patience(struct tcp *l)
{
	uint64_t now = clock_monotonic_ms();

	take_acknowledged(l);
	loop_wake(&l->watch, l->first == NULL ? LOOP_NEVER : now + ACK_MS);
	return now < l->heard + 1000 * l->base.options->timeout ? OK :
	    fail(FAILED, "no answer in time");
}

static void
hang_up(struct tcp *l, const struct outcome *why)
{
	struct outcome outcome = outcome_of(fail(FAILED, "tcp://%s: %s",
	    l->base.name, why->text));

	if (l->watch.fd >= 0)
		take_acknowledged(l);	/* what it took before */
	loop_remove(&l->watch);
	if (l->watch.fd >= 0)
		close(l->watch.fd);
	l->watch.fd = -1;
	answers_free(&l->answers);
	l->in_len = l->at = 0;
	l->writing = NULL;
	while (l->first != NULL)
		end_first(l, &outcome);
}

/* The connection is gone, for the last failure. */
static void
lose(struct tcp *l)
{
	struct outcome why = outcome_of(FAILED);

	hang_up(l, &why);
}

/* ---- octets ---- */

static enum status
write_some(struct tcp *l)
{
	struct delivery *d;
	ssize_t n;

	while ((d = l->writing) != NULL) {
		n = send(l->watch.fd, d->gpi + l->at, d->len - l->at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return fail(FAILED, "%s", strerror(errno));
		l->at += (size_t)n;
		l->written += (uint64_t)n;
		if (l->at < d->len)
			continue;
		if (l->base.options->answer != NULL)
			answers_expect(&l->answers, d->gpi, d->len);
		d->id = l->written;
		l->writing = d->next;
		l->at = 0;
	}
	loop_events(&l->watch, l->writing != NULL ? POLLIN | POLLOUT :
	    POLLIN);
	return OK;
}

/* Whole answers that are in; what is none, is not worth a connection. */
static enum status
take_answers(struct tcp *l)
{
	const struct transport_options *c = l->base.options;
	char name[sizeof(l->base.name) + 6];
	enum status status;
	size_t n;

	snprintf(name, sizeof(name), "tcp://%s", l->base.name);
	while ((status = cbor_measure(l->in, l->in_len, &n)) == OK && n > 0) {
		if (c->answer != NULL)
			status = answers_take(&l->answers, c, name, l->in, n);
		if (status != OK)
			break;
		l->in_len -= n;
		memmove(l->in, l->in + n, l->in_len);
	}
	return status == OK ? OK : fail_in(FAILED, "answer");
}

static enum status
read_some(struct tcp *l)
{
	ssize_t n;

	/* once: others have their turn, too */
	n = recv(l->watch.fd, l->in + l->in_len, ANSWER_ROOM - l->in_len,
	    MSG_DONTWAIT);
	if (n > 0) {
		l->in_len += (size_t)n;
		return take_answers(l);
	}
	if (n == 0)
		return fail(FAILED, "closed by the device");
	return errno == EAGAIN ? OK : fail(FAILED, "%s", strerror(errno));
}

static void
ready(void *arg, short revents)
{
	struct tcp *l = arg;

	if (((revents & ~POLLOUT) != 0 && read_some(l) != OK) ||
	    write_some(l) != OK || check_patience(l) != OK)
		lose(l);
}

/* ---- the connection ---- */

static void
dialled(void *arg, int fd)
{
	struct tcp *l = arg;

	l->watch.fd = fd;
	l->watch.events = POLLIN | POLLOUT;
	l->writing = l->first;
	l->written = l->taken = 0;
	l->heard = clock_monotonic_ms();
	if (fd < 0 || loop_add(&l->watch) != OK)
		lose(l);
	else
		ready(l, POLLOUT);
}

static enum status
tcp_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	struct tcp *l = calloc(1, sizeof(*l));

	(void)given;
	if (l == NULL)
		return fail(FAILED, "tcp://%s: no memory", name);
	l->last = &l->first;
	l->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = ready, .arg = l };
	l->dial.done = dialled;
	l->dial.arg = l;
	*c = &l->base;
	return OK;
}

static void
tcp_send(struct connection *c, struct delivery *d)
{
	struct tcp *l = (struct tcp *)c;
	bool idle = l->first == NULL;

	d->next = NULL;
	*l->last = d;
	l->last = &d->next;
	if (l->writing == NULL && l->watch.fd >= 0)
		l->writing = d;
	if (l->watch.fd >= 0)
		ready(l, POLLOUT);
	else if (idle)
		dial_start(&l->dial, l->base.name, clock_monotonic_ms() +
		    1000 * c->options->timeout);
}

/* Where somebody wants answers, wait until the peer has no more to say. */
static void
tcp_finish(struct connection *c, uint64_t deadline)
{
	struct tcp *l = (struct tcp *)c;

	if (l->watch.fd < 0 || c->options->answer == NULL)
		return;
	shutdown(l->watch.fd, SHUT_WR);
	while (l->watch.fd >= 0 && !loop_signalled() &&
	    clock_monotonic_ms() < deadline)
		(void)loop_wait(-1, deadline);
}

static void
tcp_close(struct connection *c, const struct outcome *why)
{
	struct tcp *l = (struct tcp *)c;

	dial_stop(&l->dial);
	hang_up(l, why);
	free(l);
}

const struct transport transport_tcp = {
	.scheme = "tcp://",
	.read = transport_read_address,
	.name = transport_name_all,
	.open = tcp_open,
	.send = tcp_send,
	.finish = tcp_finish,
	.close = tcp_close,
	.listen = listen_tcp,
	.adopt = adopt_tcp,
};
