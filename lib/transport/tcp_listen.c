/* tcp_listen.c: GPIs that come over TCP connections. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crowd.h"
#include "base/fd_limit.h"
#include "base/tcp.h"
#include "transport/tcp_listen.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define CONNECTIONS_MAX 1024
#define SPARE_FDS 64		/* of what is not a connection's */

struct tcp_connection {
	struct watch watch;
	struct tcp_listener *listener;
	int fd;			/* the watch's, too, until it has ended */
	uint64_t id;		/* its place is ID % CONNECTIONS_MAX */
	uint64_t heard;		/* when it last spoke, monotonic ms */
	struct crowd_member unproved;	/* until a GPI was accepted */
	uint64_t pending;	/* GPIs that have no answer yet */
	bool ended;		/* by the peer */
	char peer[ADDRESS_TEXT_MAX];
	size_t len;
	uint8_t v[ITEM_MAX];
};

struct tcp_listener {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	uint64_t count;		/* connections so far */
	size_t most;		/* at a time */
	struct crowd unproved;
	struct tcp_connection *connection[CONNECTIONS_MAX];
};

static void
hang_up(struct tcp_connection *c)
{
	struct tcp_listener *l = c->listener;

	crowd_leave(&l->unproved, &c->unproved);
	loop_remove(&c->watch);
	close(c->fd);
	l->connection[c->id % CONNECTIONS_MAX] = NULL;
	free(c);
}

/* The answer to a GPI of the connection ID, if that is still there. */
static void
answer(struct listener *base, uint64_t id, const struct answer *a)
{
	struct tcp_listener *l = (struct tcp_listener *)base;
	struct tcp_connection *c = l->connection[id % CONNECTIONS_MAX];

	if (c == NULL || c->id != id)
		return;
	if (a->status == OK)
		crowd_leave(&l->unproved, &c->unproved);
	if (a->len > 0)
		(void)!send(c->fd, a->v, a->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (--c->pending > 0)
		return;
	if (c->ended)
		hang_up(c);
	else
		loop_wake(&c->watch, 0);	/* more of it */
}

static enum status
put(struct tcp_connection *c, size_t len)
{
	c->pending++;
	if (c->unproved.source != NULL)
		crowd_renew(&c->unproved);
	return inbox_put(c->listener->in, &c->listener->base, c->peer, c->id,
	    c->v, len);
}

/*
 * Put whole items, so many that others have their turn, too; what is no CBOR,
 * is put as it is and ends the connection.
 */
static bool
put_items(struct tcp_connection *c)
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
read_some(struct tcp_connection *c)
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
connection_ready(void *arg, short revents)
{
	struct tcp_connection *c = arg;

	if (revents == 0 ? put_items(c) : read_some(c))
		return;
	c->ended = true;
	loop_unwatch(&c->watch);
	if (c->pending == 0)
		hang_up(c);
}

/*
 * One more is to come, and there is no room: a connection goes that has brought
 * no genuine GPI, from the address that has most of them; else the one that has
 * been silent for longest.
 */
static void
make_room(struct tcp_listener *l)
{
	struct crowd_member *weakest = crowd_weakest(&l->unproved);
	struct tcp_connection *silent = NULL, *c;

	for (size_t i = 0; weakest == NULL && i < l->most; i++) {
		c = l->connection[i];
		if (silent == NULL || (c != NULL && c->heard < silent->heard))
			silent = c;
	}
	if (weakest != NULL)
		silent = weakest->arg;
	if (silent != NULL)
		hang_up(silent);
}

/* A place for one more connection. */
static size_t
place(struct tcp_listener *l)
{
	for (;;) {
		for (size_t i = 0; i < l->most; i++)
			if (l->connection[i] == NULL)
				return i;
		make_room(l);
	}
}

static void
take_connection(struct tcp_listener *l, int fd, const struct address *from)
{
	struct tcp_connection *c = calloc(1, sizeof(*c));
	size_t at = place(l);

	if (c == NULL) {
		close(fd);
		return;
	}
	c->listener = l;
	c->fd = fd;
	c->id = ++l->count * CONNECTIONS_MAX + at;
	c->heard = clock_monotonic_ms();
	address_text(&from->sa, from->len, c->peer);
	c->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = connection_ready, .arg = c };
	c->unproved.arg = c;
	l->connection[at] = c;
	if (crowd_join(&l->unproved, &c->unproved, from) != OK ||
	    loop_add(&c->watch) != OK)
		hang_up(c);
}

static void
ready(void *arg, short revents)
{
	struct tcp_listener *l = arg;
	struct address from;
	int fd;

	if (revents == 0) {
		loop_events(&l->watch, POLLIN);
	} else if (tcp_accept(l->watch.fd, &fd, &from) != OK) {
		/* out of something: it may be there later */
		fail_said();
		make_room(l);
		loop_events(&l->watch, 0);
		loop_wake(&l->watch, clock_monotonic_ms() + PAUSE_MS);
	} else if (fd >= 0) {
		take_connection(l, fd, &from);
	}
}

static void
tcp_close(struct listener *base)
{
	struct tcp_listener *l = (struct tcp_listener *)base;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (l->connection[i] != NULL)
			hang_up(l->connection[i]);
	crowd_close(&l->unproved);
	loop_remove(&l->watch);
	close(l->watch.fd);
	free(l);
}

static enum status
tcp_open(int fd, struct inbox *in)
{
	struct tcp_listener *l = calloc(1, sizeof(*l));
	size_t fds = fd_limit_raise();
	char own[ADDRESS_TEXT_MAX];

	if (l == NULL || crowd_open(&l->unproved, CONNECTIONS_MAX) != OK) {
		free(l);
		close(fd);
		return fail(FAILED, "tcp: no memory");
	}
	l->most = fds < 2 * SPARE_FDS ? SPARE_FDS / 2 : fds - SPARE_FDS;
	if (l->most > CONNECTIONS_MAX)
		l->most = CONNECTIONS_MAX;
	address_own_text(fd, own);
	snprintf(l->base.name, sizeof(l->base.name), "tcp://%s", own);
	l->base.answer = answer;
	l->base.close = tcp_close;
	l->in = in;
	l->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ready, .arg = l };
	inbox_listener(in, &l->base);
	return loop_add(&l->watch);
}

enum status
listen_tcp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	enum status status;
	int fd;

	(void)c;
	if ((status = tcp_listen(where, &fd)) != OK)
		return status == USAGE ? USAGE : fail_in(status, "tcp");
	if ((status = tcp_open(fd, in)) == OK)
		inbox_say_port(in->listeners, where);
	return status;
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
	return tcp_open(fd, in);
}
