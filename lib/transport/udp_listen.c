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

struct udp_listener {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	bool drops;		/* what it has no room for */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	uint32_t lost;		/* what was told of them */
	uint64_t say;		/* when more may be told */
	struct iovec part[INBOX_TURN];
	struct sockaddr_storage from[INBOX_TURN];
	struct mmsghdr message[INBOX_TURN];
	uint8_t v[INBOX_TURN][ARRIVAL_MAX];
};

/* ---- what was lost ---- */

/*
 * How many the kernel has dropped since there is the socket.  SO_RXQ_OVFL
 * would tell the same, but only with a datagram that came after them.
 */
static uint32_t
dropped(const struct udp_listener *l)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	/* a Unix socket that is full, holds its senders back */
	if (!l->drops || getsockopt(l->watch.fd, SOL_SOCKET,
	    SO_MEMINFO, info, &len) != 0)
		return l->lost;
	return info[SK_MEMINFO_DROPS];
}

static void
say_lost(struct udp_listener *l)
{
	uint32_t lost = dropped(l);

	if (lost != l->lost)
		warn("warning: %s: lost %" PRIu32 " datagram%s, which came "
		    "faster than the program takes them", l->base.name,
		    lost - l->lost, plural(lost - l->lost));
	l->lost = lost;
}

/* Once in a while: what is not told now, is when the loop wakes. */
static void
see_lost(struct udp_listener *l)
{
	uint64_t now;

	if (dropped(l) == l->lost) {
		loop_wake(&l->watch, LOOP_NEVER);
		return;
	}
	now = clock_monotonic_ms();
	if (now >= l->say) {
		say_lost(l);
		l->say = now + SAY_MS;
	}
	loop_wake(&l->watch, l->say);
}

/* ---- what came ---- */

static void
ready(void *arg, short revents)
{
	struct udp_listener *l = arg;
	char peer[ADDRESS_TEXT_MAX];
	struct msghdr *h;
	int n;

	for (size_t i = 0; i < INBOX_TURN; i++)
		l->message[i].msg_hdr.msg_namelen = sizeof(l->from[i]);
	n = revents == 0 ? 0 : recvmmsg(l->watch.fd, l->message, INBOX_TURN,
	    MSG_DONTWAIT | MSG_TRUNC, NULL);
	/* what cannot be taken is lost, as a datagram may be */
	for (int i = 0; i < n; i++) {
		h = &l->message[i].msg_hdr;
		address_text(h->msg_name, h->msg_namelen, peer);
		if (inbox_put(l->in, &l->base, peer, 0, l->v[i],
		    l->message[i].msg_len) != OK)
			break;
	}
	see_lost(l);
}

static void
udp_close(struct listener *base)
{
	struct udp_listener *l = (struct udp_listener *)base;

	say_lost(l);
	loop_remove(&l->watch);
	close(l->watch.fd);
	if (l->path[0] != '\0')
		unlink(l->path);
	free(l);
}

/* The name of its own address, wherever it was asked to listen. */
static void
name_it(struct udp_listener *l)
{
	struct address own;
	char text[ADDRESS_TEXT_MAX];

	address_own(l->watch.fd, &own);
	address_text(&own.sa, own.len, text);
	l->drops = own.sa.sa_family != AF_UNIX;
	snprintf(l->base.name, sizeof(l->base.name), l->drops ? "udp://%s" :
	    "unix:%s", text);
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
udp_open(int fd, const char *path, struct inbox *in)
{
	struct udp_listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return fail(FAILED, "socket: no memory");
	make_room(fd);
	for (size_t i = 0; i < INBOX_TURN; i++) {
		l->part[i] = (struct iovec){ l->v[i], ARRIVAL_MAX };
		l->message[i].msg_hdr.msg_iov = &l->part[i];
		l->message[i].msg_hdr.msg_iovlen = 1;
		l->message[i].msg_hdr.msg_name = &l->from[i];
	}
	l->base.close = udp_close;
	l->in = in;
	l->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ready, .arg = l };
	strcpy(l->path, path);
	name_it(l);
	inbox_listener(in, &l->base);
	return loop_add(&l->watch);
}

/* ---- where ---- */

enum status
listen_udp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct addresses found;
	enum status status;
	int fd = -1;

	(void)c;
	if ((status = resolve_wait(where, &found)) != OK)
		return status == USAGE ? USAGE : fail_in(status, "udp://%s",
		    where);
	for (size_t i = 0; i < found.count && fd < 0; i++)
		fd = address_bind(&found.v[i], SOCK_DGRAM);
	if (fd < 0)
		return fail(FAILED, "udp://%s: %s", where, strerror(errno));
	if ((status = udp_open(fd, "", in)) == OK)
		inbox_say_port(in->listeners, where);
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
		return udp_open(fd, where, in);
	status = fail(FAILED, "unix:%s: %s", where, strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

/* The path of an adopted socket belongs to its creator: it is not removed. */
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
	return udp_open(fd, "", in);
}
