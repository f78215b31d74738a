/* udp_send.c: one GPI in one datagram: UDP, and Unix sockets. */
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/names.h"
#include "transport/udp_listen.h"

#define GATHERED_MAX 64
#define SEGMENTS_MAX 65000	/* octets of one message */

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103		/* of linux/udp.h */
#endif

/*
 * Datagrams are gathered, wherever they go, and leave with one system call:
 * at once when so many are there, else when the loop waits, which is before
 * the program does.  Those that follow each other to one place and are of one
 * length, are one message, which the kernel takes apart again.
 */
struct sockets {
	struct connection base;
	struct watch watch;
	int fd4, fd6, local;
	bool segments;		/* it does */
	struct names names;
	size_t count, messages;
	struct delivery *d[GATHERED_MAX];
	struct sockaddr_storage to[GATHERED_MAX];
	struct iovec part[GATHERED_MAX];
	int fd[GATHERED_MAX];		/* of each message */
	struct mmsghdr message[GATHERED_MAX];
	union segment {
		struct cmsghdr head;
		uint8_t v[CMSG_SPACE(sizeof(uint16_t))];
	} segment[GATHERED_MAX];
	struct refused {
		struct delivery *d;
		int error;
	} refused[GATHERED_MAX];
	size_t refused_count;
};

static enum status
local_valid(const char *where)
{
	struct sockaddr_un sun;
	enum status status = transport_path_valid("unix:", where);

	return status == OK ? address_unix(where, &sun) : status;
}

/* ---- what is gathered leaves ---- */

static void
sent(struct delivery *d)
{
	names_forget(d);
	delivery_end(d, STATE_SENT, NULL);
}

/* Only noted, until what was gathered has left: D may go elsewhere. */
static void
refuse(struct sockets *s, struct delivery *d)
{
	s->refused[s->refused_count++] = (struct refused){ d, errno };
}

/* Message M was refused: who is to blame, if it was more than one? */
static void
leave_alone(struct sockets *s, size_t m)
{
	struct msghdr *h = &s->message[m].msg_hdr;
	struct iovec *part = h->msg_iov;
	size_t count = h->msg_iovlen;
	struct delivery **d = &s->d[part - s->part];

	if (count == 1) {
		refuse(s, *d);
		return;
	}
	h->msg_iovlen = 1;
	h->msg_control = NULL;
	h->msg_controllen = 0;
	for (size_t i = 0; i < count; i++) {
		h->msg_iov = part + i;
		if (sendmsg(s->fd[m], h, MSG_NOSIGNAL) < 0) {
			refuse(s, d[i]);
		} else {
			s->segments = false;
			sent(d[i]);
		}
	}
}

/*
 * Send the messages from AT to END, all through one socket, or as many of
 * them as it takes; one that it refuses is alone in that.  Returns how many
 * have ended.
 */
static size_t
leave_by(struct sockets *s, size_t at, size_t end)
{
	int n = sendmmsg(s->fd[at], s->message + at, (unsigned)(end - at),
	    MSG_NOSIGNAL);
	const struct msghdr *h;

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0) {
		leave_alone(s, at);
		return 1;
	}
	for (size_t m = at; m < at + (size_t)n; m++) {
		h = &s->message[m].msg_hdr;
		for (size_t i = 0; i < h->msg_iovlen; i++)
			sent(s->d[(size_t)(h->msg_iov - s->part) + i]);
	}
	return (size_t)n;
}

static void try_next(struct sockets *, struct delivery *, int error);

static void
leave(struct sockets *s)
{
	struct refused refused[GATHERED_MAX];
	size_t end, count;

	for (size_t at = 0; at < s->messages; at += leave_by(s, at, end))
		for (end = at + 1; end < s->messages &&
		    s->fd[end] == s->fd[at];)
			end++;
	s->count = s->messages = 0;
	loop_wake(&s->watch, LOOP_NEVER);
	count = s->refused_count;
	memcpy(refused, s->refused, count * sizeof(refused[0]));
	s->refused_count = 0;
	for (size_t i = 0; i < count; i++)
		try_next(s, refused[i].d, refused[i].error);
}

static void
loop_waits(void *arg, short revents)
{
	(void)revents;
	leave(arg);
}

/* ---- what leaves is gathered ---- */

/* The socket of a family, made when it is wanted; or false, and errno. */
static bool
make_socket(struct sockets *s, int *fd, int family)
{
	/* one that does not read shall not hold up the others for long */
	static const struct timeval patience = { .tv_usec = 250000 };
	static const int none = 0;

	if (*fd >= 0)
		return true;
	*fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return false;
	setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	/* a kernel that does not know it, would send one long datagram */
	s->segments = setsockopt(*fd, SOL_UDP, UDP_SEGMENT, &none,
	    sizeof(none)) == 0;
	return true;
}

/* Whether the datagram I, through FD, can go with those of the last message. */
static bool
goes_along(const struct sockets *s, size_t i, int fd, socklen_t to_len)
{
	const struct msghdr *h;
	size_t len = s->part[i].iov_len;

	if (s->messages == 0 || !s->segments || s->fd[s->messages - 1] != fd)
		return false;
	h = &s->message[s->messages - 1].msg_hdr;
	return h->msg_namelen == to_len &&
	    memcmp(h->msg_name, &s->to[i], to_len) == 0 &&
	    h->msg_iov->iov_len == len &&
	    (h->msg_iovlen + 1) * len <= SEGMENTS_MAX;
}

/* Message M has one more, and is to be cut into so many octets each. */
static void
go_along(struct sockets *s, size_t m, uint16_t len)
{
	struct msghdr *h = &s->message[m].msg_hdr;
	union segment *cut = &s->segment[m];

	h->msg_iovlen++;
	h->msg_control = cut;
	h->msg_controllen = sizeof(cut->v);
	cut->head.cmsg_level = SOL_UDP;
	cut->head.cmsg_type = UDP_SEGMENT;
	cut->head.cmsg_len = CMSG_LEN(sizeof(len));
	memcpy(CMSG_DATA(&cut->head), &len, sizeof(len));
}

/* Take one, whose address is at its place already; or false, and errno. */
static bool
gather(struct sockets *s, int *fd, socklen_t to_len, struct delivery *d)
{
	size_t i = s->count;
	struct msghdr *h;

	if (!make_socket(s, fd, s->to[i].ss_family))
		return false;
	s->d[i] = d;
	s->part[i] = (struct iovec){ (void *)(uintptr_t)d->gpi, d->len };
	if (goes_along(s, i, *fd, to_len)) {
		go_along(s, s->messages - 1, (uint16_t)d->len);
	} else {
		h = &s->message[s->messages].msg_hdr;
		*h = (struct msghdr){ .msg_name = &s->to[i],
		    .msg_namelen = to_len, .msg_iov = &s->part[i],
		    .msg_iovlen = 1 };
		s->fd[s->messages++] = *fd;
	}
	loop_wake(&s->watch, 0);
	if (++s->count == GATHERED_MAX)
		leave(s);
	return true;
}

/* D was refused with ERROR, or none was tried: on to its next address. */
static void
try_next(struct sockets *s, struct delivery *d, int error)
{
	const struct address *a;

	while ((a = names_next(d)) != NULL) {
		memcpy(&s->to[s->count], &a->storage, a->len);
		if (gather(s, a->sa.sa_family == AF_INET6 ? &s->fd6 : &s->fd4,
		    a->len, d))
			return;
		error = errno;
	}
	names_forget(d);
	delivery_came_to(d, STATE_SENT, fail(FAILED, "%s: %s", d->uri,
	    strerror(error)));
}

static void
found(void *arg, struct delivery *d, const struct outcome *outcome)
{
	if (outcome == NULL)
		try_next(arg, d, 0);
	else
		delivery_came_to(d, STATE_FAILED, fail(outcome->status,
		    "%s: %s", d->uri, outcome->text));
}

/* ---- the connection ---- */

static enum status
sockets_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	struct sockets *s = calloc(1, sizeof(*s));

	(void)name;
	(void)given;
	if (s == NULL)
		return fail(FAILED, "socket: no memory");
	s->fd4 = s->fd6 = s->local = -1;
	s->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = loop_waits, .arg = s };
	s->names = (struct names){ .found = found, .arg = s };
	*c = &s->base;
	if (loop_add(&s->watch) == OK)
		return OK;
	free(s);
	return FAILED;
}

/* What is gathered need not wait for anything, so it is not given up. */
static void
sockets_close(struct connection *c, const struct outcome *why)
{
	struct sockets *s = (struct sockets *)c;
	const int fd[] = { s->fd4, s->fd6, s->local };

	while (s->count > 0)
		leave(s);
	names_close(&s->names, why);
	loop_remove(&s->watch);
	for (size_t i = 0; i < COUNT(fd); i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(s);
}

static void
udp_send(struct connection *c, struct delivery *d)
{
	struct sockets *s = (struct sockets *)c;

	names_find(&s->names, d->where, d);
}

static void
local_send(struct connection *c, struct delivery *d)
{
	struct sockets *s = (struct sockets *)c;
	struct sockaddr_un to;
	enum status status = address_unix(d->where, &to);

	d->own = NULL;
	if (status == OK) {
		memcpy(&s->to[s->count], &to, sizeof(to));
		if (!gather(s, &s->local, sizeof(to), d))
			try_next(s, d, errno);
	} else {
		delivery_came_to(d, STATE_SENT, status);
	}
}

const struct transport transport_udp = {
	.scheme = "udp://",
	.read = transport_read_address,
	.open = sockets_open,
	.send = udp_send,
	.close = sockets_close,
	.listen = listen_udp,
	.adopt = adopt_datagram,
};

const struct transport transport_unix = {
	.scheme = "unix:",
	.valid = local_valid,
	.open = sockets_open,
	.send = local_send,
	.close = sockets_close,
	.listen = listen_unix,
};
