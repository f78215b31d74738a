/* carry_datagram.c: one GPI in one datagram: UDP, and Unix sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "carrier.h"
#include "io.h"

#define RECEIVE_ROOM (4 << 20)

/* ---- addresses ---- */

static enum status
local_address(const char *path, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (path[0] == '\0' || strlen(path) >= sizeof(sun->sun_path))
		return fail(USAGE, "unix:%s: found %zu characters, "
		    "expected 1 to %zu", path, strlen(path),
		    sizeof(sun->sun_path) - 1);
	strcpy(sun->sun_path, path);
	return OK;
}

static enum status
local_valid(const char *where)
{
	struct sockaddr_un sun;

	return local_address(where, &sun);
}

/* One carrier for all. */
static size_t
any_name(const char *where)
{
	(void)where;
	return 0;
}

/* ---- sending ---- */

struct sockets {
	struct carrier base;
	int fd4, fd6, local;
};

static enum status
sockets_open(struct carrier **c, const char *name,
    const struct carriage *given)
{
	struct sockets *s = calloc(1, sizeof(*s));

	(void)name;
	(void)given;
	if (s == NULL)
		return fail(FAILED, "socket: no memory");
	s->fd4 = s->fd6 = s->local = -1;
	*c = &s->base;
	return OK;
}

static void
sockets_close(struct carrier *c)
{
	struct sockets *s = (struct sockets *)c;
	const int fd[] = { s->fd4, s->fd6, s->local };

	for (size_t i = 0; i < COUNT(fd); i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(s);
}

/* Through the socket of a family, made when it is first wanted. */
static enum status
send_datagram(int *fd, const struct sockaddr *to, socklen_t to_len,
    const struct delivery *d)
{
	/* one that does not read shall not hold up the others for long */
	static const struct timeval patience = { .tv_usec = 250000 };

	if (*fd < 0) {
		*fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
	}
	if (*fd < 0)
		return fail(FAILED, "%s: %s", d->uri, strerror(errno));
	while (sendto(*fd, d->gpi, d->len, MSG_NOSIGNAL, to, to_len) < 0)
		if (errno != EINTR)
			return fail(FAILED, "%s: %s", d->uri, strerror(errno));
	return OK;
}

static void
udp_send(struct carrier *c, struct delivery *d)
{
	struct sockets *s = (struct sockets *)c;
	struct addrinfo *to;
	enum status status = address_find(d->where, SOCK_DGRAM, &to);

	if (status == OK) {
		status = send_datagram(to->ai_family == AF_INET6 ? &s->fd6 :
		    &s->fd4, to->ai_addr, to->ai_addrlen, d);
		freeaddrinfo(to);
	}
	delivery_end(d, status == OK ? STATE_SENT : STATE_FAILED, status);
}

static void
local_send(struct carrier *c, struct delivery *d)
{
	struct sockets *s = (struct sockets *)c;
	struct sockaddr_un to;
	enum status status = local_address(d->where, &to);

	if (status == OK)
		status = send_datagram(&s->local,
		    (const struct sockaddr *)&to, sizeof(to), d);
	delivery_end(d, status == OK ? STATE_SENT : STATE_FAILED, status);
}

/* ---- listening ---- */

struct ear {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void
ear_ready(void *arg, short revents)
{
	struct ear *e = arg;
	struct arrival a;
	ssize_t n;

	(void)revents;
	for (int i = 0; i < INBOX_TURN; i++) {
		n = recv(e->watch.fd, a.v, sizeof(a.v), MSG_DONTWAIT |
		    MSG_TRUNC);
		/* what cannot be taken is lost, as a datagram may be */
		if (n < 0 || inbox_put(e->in, a.v, (size_t)n, NULL) != OK)
			return;
	}
}

static void
ear_close(struct listener *l)
{
	struct ear *e = (struct ear *)l;

	loop_remove(&e->watch);
	close(e->watch.fd);
	if (e->path[0] != '\0')
		unlink(e->path);
	free(e);
}

/* Hear what comes through FD, a socket at PATH where it is a Unix one. */
static enum status
ear_open(int fd, const char *path, struct inbox *in)
{
	const int room = RECEIVE_ROOM;
	struct ear *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return fail(FAILED, "socket: no memory");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	e->base.close = ear_close;
	e->in = in;
	e->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = ear_ready, .arg = e };
	strcpy(e->path, path);
	inbox_listener(in, &e->base);
	return loop_add(&e->watch);
}

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

static enum status
udp_listen(const char *where, struct inbox *in, const struct carriage *c)
{
	struct addrinfo *at;
	enum status status;
	int fd;

	(void)c;
	if ((status = address_find(where, SOCK_DGRAM, &at)) != OK)
		return fail_in(status, "--listen");
	fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, at->ai_addr, at->ai_addrlen) != 0)
		status = fail(FAILED, "udp://%s: %s", where, strerror(errno));
	freeaddrinfo(at);
	if (status == OK)
		status = say_where(fd, where);
	if (status == OK)
		return ear_open(fd, "", in);
	if (fd >= 0)
		close(fd);
	return status;
}

static enum status
local_listen(const char *where, struct inbox *in, const struct carriage *c)
{
	const int type = SOCK_DGRAM | SOCK_CLOEXEC;
	struct sockaddr_un at;
	struct stat st;
	enum status status = local_address(where, &at);
	int fd;

	(void)c;
	if (status != OK)
		return fail_in(status, "--listen");
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
static enum status
adopt(int fd, struct inbox *in)
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

const struct transport carry_udp = {
	.scheme = "udp://",
	.valid = address_valid,
	.name = any_name,
	.open = sockets_open,
	.send = udp_send,
	.close = sockets_close,
	.listen = udp_listen,
	.adopt = adopt,
};

const struct transport carry_unix = {
	.scheme = "unix:",
	.valid = local_valid,
	.name = any_name,
	.open = sockets_open,
	.send = local_send,
	.close = sockets_close,
	.listen = local_listen,
};
