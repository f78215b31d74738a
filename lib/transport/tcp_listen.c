/* tcp_listen.c: GPIs that come over TCP connections. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/tcp.h"
#include "transport/tcp_listen.h"

#define CALLS_MAX 64		/* connections; then the stillest one goes */

struct call {
	struct watch watch;
	struct ear *ear;
	int fd;			/* the watch's, too, until it has ended */
	uint64_t id, heard;	/* when it last spoke, monotonic ms */
	uint64_t pending;	/* GPIs that have no answer yet */
	bool ended;		/* by the peer */
	size_t len;
	uint8_t v[ITEM_MAX];
};

struct ear {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	uint64_t calls;		/* so far */
	struct call *call[CALLS_MAX];
};

static void
hang_up(struct ear *e, size_t i)
{
	struct call *c = e->call[i];

	loop_remove(&c->watch);
	close(c->fd);
	free(c);
	e->call[i] = NULL;
}

static void
hang_up_call(struct call *c)
{
	for (size_t i = 0; i < CALLS_MAX; i++)
		if (c->ear->call[i] == c) {
			hang_up(c->ear, i);
			return;
		}
}

/* The answer to a GPI of the call ID, if that is still there. */
static void
answer(void *arg, uint64_t id, const struct answer *a)
{
	struct ear *e = arg;
	struct call *c;

	for (size_t i = 0; i < CALLS_MAX; i++) {
		c = e->call[i];
		if (c == NULL || c->id != id)
			continue;
		if (a->len > 0)
			(void)!send(c->fd, a->v, a->len, MSG_NOSIGNAL |
			    MSG_DONTWAIT);
		if (--c->pending > 0)
			return;
		if (c->ended)
			hang_up(e, i);
		else
			loop_wake(&c->watch, 0);	/* more of it */
		return;
	}
}

static enum status
put(struct call *c, size_t len)
{
	c->pending++;
	return inbox_put(c->ear->in, c->v, len, &(struct sender){ answer,
	    c->ear, c->id });
}

/*
 * Put whole items, so many that others have their turn, too; what is no CBOR,
 * is put as it is and ends the call.
 */
static bool
put_items(struct call *c)
{
	enum status status = OK;
	size_t n;

	while (c->pending < INBOX_TURN &&
	    (status = cbor_measure(c->v, c->len, &n)) == OK && n > 0) {
		if (put(c, n) != OK)
			return false;
		memmove(c->v, c->v + n, c->len -= n);
	}
	loop_events(&c->watch, c->pending < INBOX_TURN ? POLLIN : 0);
	if (status == OK)
		return true;
	(void)!put(c, c->len);
	return false;
}

static bool
read_some(struct call *c)
{
	ssize_t n = recv(c->fd, c->v + c->len, sizeof(c->v) - c->len,
	    MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN;
	c->heard = clock_monotonic_ms();
	c->len += (size_t)n;
	if (n > 0)
		return put_items(c);
	if (c->len > 0)
		(void)!put(c, c->len);	/* cut short */
	return false;
}

static void
call_ready(void *arg, short revents)
{
	struct call *c = arg;

	if (revents == 0 ? put_items(c) : read_some(c))
		return;
	c->ended = true;
	loop_unwatch(&c->watch);
	if (c->pending == 0)
		hang_up_call(c);
}

/* A place for one more call. */
static size_t
place(struct ear *e)
{
	size_t stillest = 0;

	for (size_t i = 0; i < CALLS_MAX; i++) {
		if (e->call[i] == NULL)
			return i;
		if (e->call[i]->heard < e->call[stillest]->heard)
			stillest = i;
	}
	hang_up(e, stillest);
	return stillest;
}

static void
take_call(struct ear *e, int fd)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->ear = e;
	c->fd = fd;
	c->id = ++e->calls;
	c->heard = clock_monotonic_ms();
	c->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = call_ready, .arg = c };
	e->call[place(e)] = c;
	if (loop_add(&c->watch) != OK)
		hang_up_call(c);
}

static void
ear_ready(void *arg, short revents)
{
	struct ear *e = arg;
	int fd;

	(void)revents;
	if (tcp_accept(e->watch.fd, &fd) == OK && fd >= 0)
		take_call(e, fd);
}

static void
ear_close(struct listener *l)
{
	struct ear *e = (struct ear *)l;

	for (size_t i = 0; i < CALLS_MAX; i++)
		if (e->call[i] != NULL)
			hang_up(e, i);
	loop_remove(&e->watch);
	close(e->watch.fd);
	free(e);
}

static enum status
ear_open(int fd, struct inbox *in)
{
	struct ear *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return fail(FAILED, "tcp: no memory");
	e->base.close = ear_close;
	e->in = in;
	e->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ear_ready, .arg = e };
	inbox_listener(in, &e->base);
	return loop_add(&e->watch);
}

enum status
listen_tcp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	char host[ADDRESS_MAX];
	enum status status;
	unsigned port;
	int fd;

	(void)c;
	if ((status = tcp_listen(where, &fd, host, &port)) != OK)
		return status == USAGE ? USAGE : fail_in(status, "tcp");
	if (strcmp(strrchr(where, ':'), ":0") == 0)
		warn("listening on tcp://%s:%u", host, port);
	return ear_open(fd, in);
}

enum status
adopt_tcp(int fd, struct inbox *in)
{
	int listening = 0, type = 0, domain = 0;
	socklen_t len = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	if (!listening || type != SOCK_STREAM ||
	    (domain != AF_INET && domain != AF_INET6))
		return USAGE;
	return ear_open(fd, in);
}
