/* relay.c: the stream of one TLS connection. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "connection/relay.h"

#define BUFFER_MAX 16384	/* one TLS record: RFC 8446 clause 5.1 */

/* ---- buffers: filled at the end, emptied at the start ---- */

static size_t
buffer_room(const struct buffer *b)
{
	return BUFFER_MAX - b->at - b->len;
}

/* Where to put more, or NULL and a failure. */
static uint8_t *
buffer_end(struct buffer *b, enum status *status)
{
	if (b->v == NULL && (b->v = malloc(BUFFER_MAX)) == NULL) {
		*status = fail(FAILED, "connection: no memory");
		return NULL;
	}
	return b->v + b->at + b->len;
}

/* Drop N octets; an idle connection holds no memory for them. */
static void
buffer_drop(struct buffer *b, size_t n)
{
	b->at += n;
	b->len -= n;
	if (b->len > 0)
		return;
	free(b->v);
	b->v = NULL;
	b->at = 0;
}

/* ---- relays ---- */

void
relay_init(struct relay *r, int socket)
{
	memset(r, 0, sizeof(*r));
	r->socket.fd = socket;
	r->to.fd = r->from.fd = r->exit.fd = -1;
}

/* Nobody else has it, so epoll forgets it, too. */
static void
close_end(struct end *end)
{
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
	end->watched = 0;
}

void
relay_free(struct relay *r)
{
	tls_free(r->tls);
	r->tls = NULL;
	close_end(&r->socket);
	close_end(&r->to);
	close_end(&r->from);
	close_end(&r->exit);
	subprocess_end(&r->child);
	buffer_drop(&r->in, r->in.len);
	buffer_drop(&r->out, r->out.len);
	free(r->kept);
	r->kept = NULL;
}

enum status
relay_run(struct relay *r, const char *cmd, const struct record *about,
    bool input)
{
	return subprocess_start(&r->child, cmd, about, input ? &r->to.fd :
	    NULL, &r->from.fd);
}

/* ---- with the peer ---- */

/*
 * Without room nothing is read, and in time the peer cannot send: TCP.  Most
 * looks find nothing, so there is room of its own only for what has come.
 */
static enum status
receive(struct relay *r)
{
	static uint8_t came[BUFFER_MAX];
	size_t n = 0, max = buffer_room(&r->in);
	enum status status = OK;
	uint8_t *end;

	if (tls_closed(r->tls) || max == 0)
		return OK;
	status = tls_read(r->tls, came, max, &n);
	r->moved |= n > 0 || tls_closed(r->tls);
	if (n == 0 || (end = buffer_end(&r->in, &status)) == NULL)
		return status;
	memcpy(end, came, n);
	r->in.len += n;
	r->octets += n;
	return status;
}

enum status
relay_send(struct relay *r)
{
	enum status status = OK;
	size_t n = 0;

	if (r->out.len > 0) {
		status = tls_write(r->tls, r->out.v + r->out.at, r->out.len,
		    &n);
		buffer_drop(&r->out, n);
		r->moved |= n > 0;
	}
	if (status == OK && r->closing && !r->closed && r->out.len == 0) {
		status = tls_close(r->tls, &r->closed);
		r->moved |= r->closed;
	}
	return status;
}

enum status
relay_exchange(struct relay *r)
{
	enum status status;

	r->moved = false;
	if ((status = receive(r)) != OK)
		return status;
	return relay_send(r);
}

enum status
relay_put_response(struct relay *r, struct record *response,
    const char *p_tid)
{
	enum status status = OK;
	uint8_t *end = buffer_end(&r->out, &status);

	if (end == NULL)
		return status;
	assert(buffer_room(&r->out) >= RECORD_MAX);
	record_put(response, KEY_P_TID, p_tid, strlen(p_tid));
	record_put_uint(response, KEY_TIME, clock_now());
	r->out.len += record_encode(response, end);
	return OK;
}

enum status
relay_take_response(struct relay *r, struct record *response, bool *done)
{
	enum status status = OK;
	size_t n = 0;

	*done = false;
	if (r->in.len > 0)
		status = cbor_measure(r->in.v + r->in.at, r->in.len, &n);
	if (status == OK && n == 0)
		return tls_closed(r->tls) ? fail(FAILED, "trigger response: "
		    "the peer closed without one") : OK;
	if (status == OK)
		status = record_decode_as(response, RECORD_TRIGGER_RESPONSE,
		    r->in.v + r->in.at, n);
	if (status != OK)
		return fail_in(status, "trigger response");
	buffer_drop(&r->in, n);
	r->octets = r->in.len;	/* what follows is the application's */
	*done = true;
	return OK;
}

/* ---- with this end ---- */

static enum status
keep(struct relay *r)
{
	size_t want = r->kept_len + r->in.len;
	uint8_t *more;

	if (want > RELAY_KEEP_MAX)
		return fail(FAILED, "data: more than %d octets; use --dir or "
		    "--exec", RELAY_KEEP_MAX);
	if (want > r->kept_max) {
		more = realloc(r->kept, 2 * want);
		if (more == NULL)
			return fail(FAILED, "data: no memory");
		r->kept = more;
		r->kept_max = 2 * want;
	}
	memcpy(r->kept + r->kept_len, r->in.v + r->in.at, r->in.len);
	r->kept_len = want;
	buffer_drop(&r->in, r->in.len);
	return OK;
}

/*
 * Nothing is known of TO: where poll says so, a pipe takes PIPE_BUF octets
 * without blocking, even one that others share and that blocks.
 */
static enum status
write_to(struct relay *r)
{
	struct pollfd p = { .fd = r->to.fd, .events = POLLOUT };
	size_t len = r->in.len < PIPE_BUF ? r->in.len : PIPE_BUF;
	ssize_t n;

	if (poll(&p, 1, 0) < 1)
		return OK;
	n = write(r->to.fd, r->in.v + r->in.at, len);
	if (n > 0) {
		buffer_drop(&r->in, (size_t)n);
		r->moved = true;
		return OK;
	}
	if (n == 0 || errno == EAGAIN || errno == EINTR)
		return OK;
	if (errno != EPIPE || r->child.pid == 0)
		return fail(FAILED, "data: %s", strerror(errno));
	/* a command need not read all, as in any pipe */
	close_end(&r->to);
	return OK;
}

static enum status
deliver(struct relay *r)
{
	enum status status = OK;

	if (r->in.len > 0 && r->to.fd >= 0)
		status = write_to(r);
	if (status == OK && r->in.len > 0 && r->to.fd < 0) {
		if (r->keep)
			status = keep(r);
		else
			buffer_drop(&r->in, r->in.len);
	}
	if (r->child.pid != 0 && relay_in_done(r))
		close_end(&r->to);
	return status;
}

/* Nothing comes from the child any more but its end. */
static enum status
see_child(struct relay *r)
{
	enum status status = subprocess_check(&r->child);

	if (status != OK || r->child.pid == 0 || r->child.ended)
		close_end(&r->exit);
	else if (r->exit.fd < 0 &&
	    (r->exit.fd = pidfd_open(r->child.pid, 0)) < 0)
		status = fail(FAILED, "exec: %s", strerror(errno));
	return status;
}

static enum status
fetch(struct relay *r)
{
	enum status status = OK;
	uint8_t *end;
	ssize_t n;

	if (r->from.fd < 0)
		return see_child(r);
	if (buffer_room(&r->out) == 0)
		return OK;
	if ((end = buffer_end(&r->out, &status)) == NULL)
		return status;
	n = read(r->from.fd, end, buffer_room(&r->out));
	if (n > 0)
		r->out.len += (size_t)n;
	else if (n == 0)
		close_end(&r->from);
	else if (errno != EAGAIN && errno != EINTR)
		status = fail(FAILED, "exec: %s", strerror(errno));
	r->moved |= n >= 0;
	buffer_drop(&r->out, 0);
	return status;
}

enum status
relay_step(struct relay *r)
{
	enum status status;

	r->moved = false;
	if ((status = receive(r)) != OK ||
	    (status = deliver(r)) != OK ||
	    (status = fetch(r)) != OK)
		return status;
	return relay_send(r);
}

bool
relay_in_done(const struct relay *r)
{
	return tls_closed(r->tls) && r->in.len == 0;
}

bool
relay_out_done(const struct relay *r)
{
	return r->from.fd < 0 && r->out.len == 0 &&
	    (r->child.pid == 0 || r->child.ended);
}

void
relay_close(struct relay *r)
{
	r->closing = true;
}

/* What each of the ends is wanted for, socket, to, from, exit. */
static void
wanted(const struct relay *r, short events[static RELAY_FDS])
{
	bool reading = !tls_closed(r->tls) && buffer_room(&r->in) > 0;
	bool writing = r->out.len > 0 || (r->closing && !r->closed);

	events[0] = tls_events(r->tls, reading, writing);
	events[1] = r->in.len > 0 ? POLLOUT : 0;
	events[2] = buffer_room(&r->out) > 0 ? POLLIN : 0;
	events[3] = POLLIN;
}

/*
 * A descriptor that nothing is wanted from is left out: poll would say again
 * and again that its other end is gone.
 */
size_t
relay_poll(const struct relay *r, struct pollfd *p)
{
	const int fd[RELAY_FDS] = { r->socket.fd, r->to.fd, r->from.fd,
	    r->exit.fd };
	short events[RELAY_FDS];
	size_t n = 0;

	wanted(r, events);
	for (size_t i = 0; i < RELAY_FDS; i++)
		if (fd[i] >= 0 && events[i] != 0)
			p[n++] = (struct pollfd){ fd[i], events[i], 0 };
	return n;
}

enum status
relay_watch(struct relay *r, int epoll, void *arg)
{
	struct end *end[RELAY_FDS] = { &r->socket, &r->to, &r->from,
	    &r->exit };
	short events[RELAY_FDS];
	struct epoll_event event = { .data.ptr = arg };

	wanted(r, events);
	for (size_t i = 0; i < RELAY_FDS; i++) {
		if (end[i]->fd < 0 || end[i]->watched == events[i])
			continue;
		event.events = (uint32_t)events[i];
		if (epoll_ctl(epoll, end[i]->watched == 0 ? EPOLL_CTL_ADD :
		    events[i] == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD,
		    end[i]->fd, &event) == 0)
			end[i]->watched = events[i];
		else if (errno == EPERM)	/* a file */
			r->moved = true;
		else
			return fail(FAILED, "epoll: %s", strerror(errno));
	}
	return OK;
}
