/* udp_listen.c: GPIs that come as datagrams. */
#include <errno.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/resolve.h"
#include "transport/udp_listen.h"

#define RECEIVE_ROOM (4 << 20)
#define SAY_MS 1000		/* between two words on what was lost */

struct ear {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	char name[ADDRESS_MAX + sizeof("udp://:65535")];	/* or "" */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	uint32_t lost;		/* what was told of them */
	uint64_t say;		/* when more may be told */
	struct iovec part[INBOX_TURN];
	struct mmsghdr message[INBOX_TURN];
	uint8_t v[INBOX_TURN][ARRIVAL_MAX];
};

/* ---- what was lost ---- */

/*
 * How many the kernel has dropped since there is the socket.  SO_RXQ_OVFL
 * would tell the same, but only with a datagram that came after them.
 */
static uint32_t
dropped(const struct ear *e)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	/* a Unix socket that is full, holds its senders back */
	if (e->name[0] == '\0' || getsockopt(e->watch.fd, SOL_SOCKET,
	    SO_MEMINFO, info, &len) != 0)
		return e->lost;
	return info[SK_MEMINFO_DROPS];
}

static void
say_lost(struct ear *e)
{
	uint32_t lost = dropped(e);

	if (lost != e->lost)
		warn("warning: %s: %" PRIu32 " datagrams were lost: they came "
		    "faster than they could be taken", e->name, lost - e->lost);
	e->lost = lost;
}

/* Once in a while: what is not told now, is when the loop wakes. */
static void
see_lost(struct ear *e)
{
	uint64_t now;

	if (dropped(e) == e->lost) {
		loop_wake(&e->watch, LOOP_NEVER);
		return;
	}
	now = clock_monotonic_ms();
	if (now >= e->say) {
		say_lost(e);
		e->say = now + SAY_MS;
	}
	loop_wake(&e->watch, e->say);
}

/* ---- what came ---- */

static void
ear_ready(void *arg, short revents)
{
	struct ear *e = arg;
	int n;

	n = revents == 0 ? 0 : recvmmsg(e->watch.fd, e->message, INBOX_TURN,
	    MSG_DONTWAIT | MSG_TRUNC, NULL);
	/* what cannot be taken is lost, as a datagram may be */
	for (int i = 0; i < n; i++)
		if (inbox_put(e->in, e->v[i], e->message[i].msg_len, NULL) !=
		    OK)
			break;
	see_lost(e);
}

static void
ear_close(struct listener *l)
{
	struct ear *e = (struct ear *)l;

	say_lost(e);
	loop_remove(&e->watch);
	close(e->watch.fd);
	if (e->path[0] != '\0')
		unlink(e->path);
	free(e);
}

static void
name_it(struct ear *e)
{
	char host[ADDRESS_MAX];
	socklen_t len = sizeof(int);
	int domain = AF_UNIX;
	unsigned port;

	getsockopt(e->watch.fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	if (domain != AF_UNIX && address_of(e->watch.fd, host, &port) == OK)
		snprintf(e->name, sizeof(e->name), "udp://%s:%u", host, port);
}

static void
make_room(int fd)
{
	const int room = RECEIVE_ROOM;

	/* more than the system's limit, where that is allowed */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) !=
	    0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

/* Hear what comes through FD, a socket at PATH where it is a Unix one. */
static enum status
ear_open(int fd, const char *path, struct inbox *in)
{
	struct ear *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return fail(FAILED, "socket: no memory");
	make_room(fd);
	for (size_t i = 0; i < INBOX_TURN; i++) {
		e->part[i] = (struct iovec){ e->v[i], ARRIVAL_MAX };
		e->message[i].msg_hdr.msg_iov = &e->part[i];
		e->message[i].msg_hdr.msg_iovlen = 1;
	}
	e->base.close = ear_close;
	e->in = in;
	e->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ear_ready, .arg = e };
	strcpy(e->path, path);
	name_it(e);
	inbox_listener(in, &e->base);
	return loop_add(&e->watch);
}

/* ---- where ---- */

/* Port 0 is any that is free: then somebody has to hear which. */
static enum status
say_where(int fd, const char *where)
{
	char host[ADDRESS_MAX];
	enum status status;
	unsigned port;

	if (strcmp(strrchr(where, ':'), ":0") != 0)
		return OK;
	if ((status = address_of(fd, host, &port)) == OK)
		warn("listening on udp://%s:%u", host, port);
	return status;
}

enum status
listen_udp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct addresses found;
	const struct address *at = found.v;
	enum status status;
	int fd;

	(void)c;
	if ((status = resolve_wait(where, &found)) != OK)
		return status;
	fd = socket(at->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &at->sa, at->len) != 0)
		status = fail(FAILED, "udp://%s: %s", where, strerror(errno));
	if (status == OK)
		status = say_where(fd, where);
	if (status == OK)
		return ear_open(fd, "", in);
	if (fd >= 0)
		close(fd);
	return status;
}

enum status
listen_unix(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	const int type = SOCK_DGRAM | SOCK_CLOEXEC;
	struct sockaddr_un at;
	struct stat st;
	enum status status = address_unix(where, &at);
	int fd;

	(void)c;
	if (status != OK)
		return status;
	fd = socket(AF_UNIX, type, 0);
	/* a socket that nobody answers at, is left from a run before */
	if (lstat(where, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(where);
	close(fd);
	fd = socket(AF_UNIX, type, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return ear_open(fd, where, in);
	status = fail(FAILED, "unix:%s: %s", where, strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

/* The name of an adopted socket is whoever's who made it. */
enum status
adopt_datagram(int fd, struct inbox *in)
{
	int type = 0, domain = 0;
	socklen_t len = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	if (type != SOCK_DGRAM || (domain != AF_INET && domain != AF_INET6 &&
	    domain != AF_UNIX))
		return USAGE;
	return ear_open(fd, "", in);
}
