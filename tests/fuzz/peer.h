/*
 * peer.h: what the fuzzers of sessions share: a peer at the other end of a
 * socket of this machine, which says what the fuzzer wants, piece by piece.
 */
#ifndef GBA_FUZZ_PEER_H
#define GBA_FUZZ_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "delivery/pool.h"
#include "delivery/transports.h"
#include "fuzz.h"

/* Before all else, with each input. */
static inline void
peer_begin(void)
{
	static bool begun;

	if (begun)
		return;
	expect(loop_open() == OK);
	begun = true;
}

/* A socket at 127.0.0.1; one of a stream listens.  *PORT gets its number. */
static inline int
peer_socket(int type, unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	expect(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0);
	expect(type != SOCK_STREAM || listen(fd, 16) == 0);
	expect(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* A socket that is connected to 127.0.0.1:PORT. */
static inline int
peer_connect(int type, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	expect(fd >= 0);
	expect(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	return fd;
}

/* Close a connection so that its port is free at once. */
static inline void
peer_close(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* Let the loop deal with all that is there; what comes back goes nowhere. */
static inline void
peer_settle(int fd)
{
	uint8_t v[4096];
	int turns = 100;

	while (loop_wait(-1, 0) == LOOP_HAPPENED && turns-- > 0)
		;
	while (fd >= 0 && recv(fd, v, sizeof(v), MSG_DONTWAIT) > 0)
		;
}

/* Say it, and have it heard. */
static inline void
peer_say(int fd, const void *v, size_t len)
{
	if (fd >= 0)
		(void)!send(fd, v, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	peer_settle(fd);
}

/* ---- this end ---- */

static struct transport_options peer_options = { .timeout = 5 };

/* Deal with what arrived, as gpi-recv does: good, bad, stale, or not now. */
static inline void
peer_receive(struct inbox *in)
{
	static const struct answer answers[] = {
		{ .status = OK }, { .status = REJECTED },
		{ .status = MALFORMED }, { .status = FAILED },
		{ .status = REJECTED, .len = 3, .v = "\xa1\x00\x06" },
	};
	const struct arrival *a;

	while ((a = inbox_take(in)) != NULL) {
		expect(memchr(a->peer, '\0', sizeof(a->peer)) != NULL);
		inbox_hold(in, a, &answers[a->len % COUNT(answers)]);
	}
	inbox_answer(in);
	peer_settle(-1);
}

/* Listen, unless it does so already at PORT.  Returns the port. */
static inline unsigned
peer_listen(struct inbox *in, const char *scheme, int type, unsigned port)
{
	char uri[64];

	if (port != 0)
		return port;
	/* as 0 it would be told on stderr alone */
	close(peer_socket(type, &port));
	snprintf(uri, sizeof(uri), "%s://127.0.0.1:%u", scheme, port);
	expect(transport_listen(uri, in, &peer_options) == OK);
	return port;
}

/* Now and then, listen no more.  Returns the port of the next time. */
static inline unsigned
peer_leave(struct inbox *in, unsigned port)
{
	static unsigned count;

	if (++count % 16 != 0)
		return port;
	inbox_close(in);
	memset(in, 0, sizeof(*in));
	return 0;
}

/* One delivery, which ends once. */
struct peer_delivery {
	struct delivery d;
	char where[TRANSPORT_WHERE_MAX];
	unsigned ends;
};

static struct pool peer_pool;

static inline void
peer_ended(struct delivery *d, enum state state, const struct outcome *why)
{
	expect(state == STATE_SENT || state == STATE_DELIVERED ||
	    state == STATE_FAILED);
	expect((why->status == OK) == (state != STATE_FAILED));
	((struct peer_delivery *)d)->ends++;
}

/* Send a GPI to URI, by the connection that it wants. */
static inline void
peer_deliver(struct peer_delivery *p, const char *uri, const uint8_t *gpi,
    size_t len)
{
	const struct transport *t;
	struct connection *c;

	p->d = (struct delivery){ .uri = uri, .where = p->where,
	    .key_lt = UINT32_MAX, .gpi = gpi, .len = len, .end = peer_ended };
	p->ends = 0;
	expect(transport_find(uri, USE_SEND, &t, p->where) == OK);
	expect(pool_find(&peer_pool, t, &peer_options, p->d.where, &c) ==
	    OK && c != NULL);
	t->send(c, &p->d);
}

/* Close all connections, perhaps after LEAVE was taken of the peers. */
static inline void
peer_end(bool leave)
{
	if (leave)
		pool_finish(&peer_pool, 100);
	pool_close(&peer_pool);
	memset(&peer_pool, 0, sizeof(peer_pool));
	peer_settle(-1);
}

#endif
