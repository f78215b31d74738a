/* relay.c: the stream of one TLS connection. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "connection/relay.h"

#define BUFFER_MAX 16384	/* one TLS record: RFC 8446 clause 5.1 */

/* ---- buffers: filled at the end, emptied at the start ---- */

static size_t
buffer_room(const struct buffer *b)
{
	return BUFFER_MAX - b->at - b->len;
}

/* Put N octets at its end, where there is room for them. */
static enum status
buffer_put(struct buffer *b, const void *v, size_t n)
{
	size_t end = b->at + b->len;

	if (!array_reserve(b->v, b->room, end + n))
		return fail(FAILED, "connection: no memory");
	memcpy(b->v + end, v, n);
	b->len += n;
	return OK;
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
	b->at = b->room = 0;
}

/* ---- relays ---- */

/*
 * An idle relay stays as it is with the kernel, because most that are idle go
 * on before anything comes.  Where something does, it is left there.
 */
static void
ready(void *arg, short revents)
{
	struct relay *r = arg;

	if (r->idle && revents != 0) {
		loop_events(&r->socket, 0);
		loop_events(&r->to, 0);
		loop_events(&r->from, 0);
		loop_events(&r->exit, 0);
	} else if (r->ready != NULL) {
		r->ready(r->arg);
	}
}

static void
to_ready(void *arg, short revents)
{
	struct relay *r = arg;

	r->to_ready = true;
	ready(r, revents);
}

void
relay_init(struct relay *r, int socket, void (*call)(void *arg), void *arg)
{
	const struct watch none = { .fd = -1, .wake = LOOP_NEVER,
	    .ready = ready, .arg = r };

	memset(r, 0, sizeof(*r));
	r->socket = r->to = r->from = r->exit = none;
	r->to.ready = to_ready;
	r->socket.fd = socket;
	r->ready = call;
	r->arg = arg;
}

/* The loop forgets it before its number may be another's. */
static void
close_end(struct watch *end)
{
	loop_remove(end);
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
	end->events = 0;
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
	int to = -1;
	enum status status = subprocess_start(&r->child, cmd, about,
	    input ? &to : NULL, &r->from.fd);

	if (to >= 0)
		relay_deliver_to(r, to);
	return status;
}

void
relay_deliver_to(struct relay *r, int fd)
{
	struct stat st;

	r->to.fd = fd;
	r->to_ready = false;
	r->to_waits = (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 &&
	    (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode));
}

int
relay_give_back(struct relay *r)
{
	int fd = r->to.fd;

	loop_remove(&r->to);
	r->to.fd = -1;
	r->to.events = 0;
	return fd;
}

/* ---- with the peer ---- */

/* Most that comes is short: there is room of its own only for what came. */
static uint8_t came[BUFFER_MAX];

/* Without room nothing is read, and in time the peer cannot send: TCP. */
static enum status
receive(struct relay *r)
{
	size_t n = 0, max = buffer_room(&r->in);
	enum status status;

	if (tls_closed(r->tls) || max == 0)
		return OK;
	status = tls_read(r->tls, came, max, &n);
	r->moved |= n > 0 || tls_closed(r->tls);
	if (n == 0)
		return status;
	r->octets += n;
	return buffer_put(&r->in, came, n);
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
	uint8_t v[RECORD_MAX];
	size_t n;

	assert(buffer_room(&r->out) >= RECORD_MAX);
	record_put(response, KEY_P_TID, p_tid, strlen(p_tid));
	record_put_uint(response, KEY_TIME, clock_now());
	n = record_encode(response, v);
	return buffer_put(&r->out, v, n);
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

	if (!array_reserve(r->kept, r->kept_max, want))
		return fail(FAILED, "data: no memory");
	memcpy(r->kept + r->kept_len, r->in.v + r->in.at, r->in.len);
	r->kept_len = want;
	buffer_drop(&r->in, r->in.len);
	return OK;
}

/*
 * A pipe that blocks, or that others share, takes PIPE_BUF octets without
 * blocking once the loop says that it can be written to.
 */
static enum status
write_to(struct relay *r)
{
	size_t len = r->in.len;
	ssize_t n;

	if (r->to_waits && !r->to_ready)
		return OK;
	if (r->to_waits && len > PIPE_BUF)
		len = PIPE_BUF;
	r->to_ready = false;
	n = write(r->to.fd, r->in.v + r->in.at, len);
	if (n > 0) {
		buffer_drop(&r->in, (size_t)n);
		r->moved = true;
		return OK;
	}
	if (n == 0 || errno == EAGAIN || errno == EINTR)
		return OK;
	if (errno != EPIPE || !r->child.runs)
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
	if (r->child.runs && relay_in_done(r))
		close_end(&r->to);
	return status;
}

/* Nothing comes from the child any more but its end. */
static enum status
see_child(struct relay *r)
{
	enum status status = subprocess_check(&r->child);

	if (status != OK || !r->child.runs || r->child.ended)
		close_end(&r->exit);
	else if (r->exit.fd < 0 &&
	    (r->exit.fd = subprocess_end_fd(&r->child)) < 0)
		status = fail(FAILED, "exec: %s", strerror(errno));
	return status;
}

static enum status
fetch(struct relay *r)
{
	enum status status = OK;
	ssize_t n;

	if (r->from.fd < 0)
		return see_child(r);
	if (buffer_room(&r->out) == 0)
		return OK;
	n = read(r->from.fd, came, buffer_room(&r->out));
	if (n > 0)
		status = buffer_put(&r->out, came, (size_t)n);
	else if (n == 0)
		close_end(&r->from);
	else if (errno != EAGAIN && errno != EINTR)
		status = fail(FAILED, "exec: %s", strerror(errno));
	r->moved |= n >= 0;
	return status;
}

static enum status
check_octets(const struct relay *r)
{
	if (r->max_octets == 0 || r->octets <= r->max_octets)
		return OK;
	return fail(FAILED, "data: more than %" PRIu64 " octet%s%s",
	    r->max_octets, plural(r->max_octets), r->keep ? "; use --dir or "
	    "--exec" : "");
}

enum status
relay_step(struct relay *r)
{
	enum status status;

	r->moved = false;
	if ((status = receive(r)) != OK ||
	    (status = check_octets(r)) != OK ||
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
	    (!r->child.runs || r->child.ended);
}

void
relay_close(struct relay *r)
{
	r->closing = true;
}

/*
 * An end that nothing is wanted from is not awaited: the kernel would say again
 * and again that its other end is gone.
 */
static enum status
await_end(struct watch *end, short events)
{
	if (end->fd < 0)
		return OK;
	if (end->handle != NULL)
		loop_events(end, events);
	else if ((end->events = events) != 0)
		return loop_add(end);
	return OK;
}

enum status
relay_await(struct relay *r, bool idle, uint64_t wake)
{
	bool reading = !tls_closed(r->tls) && buffer_room(&r->in) > 0;
	bool writing = r->out.len > 0 || (r->closing && !r->closed);
	enum status status;

	loop_wake(&r->socket, wake);
	if (r->socket.handle == NULL && (status = loop_add(&r->socket)) != OK)
		return status;
	r->idle = idle;
	if (idle)
		return OK;
	if ((status = await_end(&r->socket, tls_events(r->tls, reading,
	    writing))) != OK ||
	    (status = await_end(&r->to, r->in.len > 0 ? POLLOUT : 0)) != OK ||
	    (status = await_end(&r->from, buffer_room(&r->out) > 0 ? POLLIN :
	    0)) != OK)
		return status;
	return await_end(&r->exit, POLLIN);
}
