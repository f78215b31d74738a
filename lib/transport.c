/* transport.c: how a GPI reaches a device. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "gpi.h"
#include "transport.h"

#define RECEIVE_ROOM (4 << 20)

/* ---- addresses ---- */

static enum status
local_address(const char *path, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (path[0] == '\0' || strlen(path) >= sizeof(sun->sun_path))
		return fail(REJECTED, "unix:%s: found %zu characters, "
		    "expected 1 to %zu", path, strlen(path),
		    sizeof(sun->sun_path) - 1);
	strcpy(sun->sun_path, path);
	return OK;
}

/* ---- sending ---- */

/* One socket of a family, made when it is first wanted. */
static enum status
send_datagram(int *fd, const char *uri, const struct sockaddr *to,
    socklen_t to_len, const uint8_t *gpi, size_t len)
{
	/* one that does not read shall not hold up the others for long */
	static const struct timeval patience = { .tv_usec = 250000 };

	if (*fd < 0) {
		*fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
	}
	if (*fd < 0)
		return fail(FAILED, "%s: %s", uri, strerror(errno));
	while (sendto(*fd, gpi, len, MSG_NOSIGNAL, to, to_len) < 0)
		if (errno != EINTR)
			return fail(REJECTED, "%s: %s", uri, strerror(errno));
	return OK;
}

static enum status
udp_send(struct sender *s, const char *uri, const char *where,
    const uint8_t *gpi, size_t len)
{
	struct addrinfo *to;
	enum status status;

	if (address_find(where, SOCK_DGRAM, &to) != OK)
		return REJECTED;
	status = send_datagram(to->ai_family == AF_INET6 ? &s->udp6 :
	    &s->udp4, uri, to->ai_addr, to->ai_addrlen, gpi, len);
	freeaddrinfo(to);
	return status;
}

static enum status
unix_send(struct sender *s, const char *uri, const char *where,
    const uint8_t *gpi, size_t len)
{
	struct sockaddr_un to;
	enum status status = local_address(where, &to);

	return status != OK ? status : send_datagram(&s->local, uri,
	    (const struct sockaddr *)&to, sizeof(to), gpi, len);
}

/*
 * A record may name a file, but not have its octets appended to just any: one
 * that is there begins as a GPI does.
 */
static enum status
open_file(struct sender *s, const char *uri, const char *where)
{
	uint8_t head[2];
	struct stat st;
	ssize_t n;

	s->file = open(where, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC, 0600);
	if (s->file < 0 || fstat(s->file, &st) != 0)
		return fail(FAILED, "%s: %s", uri, strerror(errno));
	n = S_ISREG(st.st_mode) ? pread(s->file, head, 2, 0) : 0;
	if (n != 0 && (n < 2 || head[0] != 0x88 || head[1] != GPI_VER))
		return fail(REJECTED, "%s: found another file, expected GPIs",
		    uri);
	snprintf(s->file_name, sizeof(s->file_name), "%s", where);
	return OK;
}

static enum status
file_send(struct sender *s, const char *uri, const char *where,
    const uint8_t *gpi, size_t len)
{
	enum status status = OK;

	if (s->file < 0 || strcmp(s->file_name, where) != 0) {
		if (s->file >= 0)
			close(s->file);
		s->file_name[0] = '\0';
		status = open_file(s, uri, where);
	}
	return status != OK ? status : file_write(s->file, where, gpi, len);
}

/* ---- listening ---- */

static enum status
udp_listen(const char *where, struct input *in)
{
	int room = RECEIVE_ROOM;
	char host[ADDRESS_MAX];
	struct addrinfo *at;
	enum status status;
	unsigned port;

	if ((status = address_find(where, SOCK_DGRAM, &at)) != OK)
		return fail_in(status, "--listen");
	in->fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(in->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (in->fd < 0 || bind(in->fd, at->ai_addr, at->ai_addrlen) != 0)
		status = fail(FAILED, "udp://%s: %s", where, strerror(errno));
	freeaddrinfo(at);
	/* port 0 is any that is free: then somebody has to hear which */
	if (status == OK && strcmp(strrchr(where, ':'), ":0") == 0 &&
	    (status = address_of(in->fd, host, &port)) == OK)
		warn("listening on udp://%s:%u", host, port);
	return status;
}

static enum status
unix_listen(const char *where, struct input *in)
{
	struct sockaddr_un at;
	struct stat st;
	enum status status;

	if ((status = local_address(where, &at)) != OK)
		return fail_in(USAGE, "--listen");
	in->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* a socket that nobody answers at, is left from a run before */
	if (lstat(where, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(in->fd, (struct sockaddr *)&at, sizeof(at)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(where);
	close(in->fd);
	in->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (in->fd < 0 ||
	    bind(in->fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return fail(FAILED, "unix:%s: %s", where, strerror(errno));
	in->socket = where;
	return OK;
}

/* ---- the table ---- */

static const struct transport {
	const char *scheme;
	enum status (*send)(struct sender *, const char *uri,
	    const char *where, const uint8_t *gpi, size_t len);
	enum status (*listen)(const char *where, struct input *);
} transports[] = {
	{ "udp://", udp_send, udp_listen },
	{ "unix:", unix_send, unix_listen },
	{ "file:", file_send, NULL },
};

/* The transport of URI; *WHERE is what follows its scheme. */
static const struct transport *
find(const char *uri, const char **where)
{
	const struct transport *t;
	size_t n;

	for (size_t i = 0; i < COUNT(transports); i++) {
		t = &transports[i];
		n = strlen(t->scheme);
		if (strncmp(uri, t->scheme, n) == 0) {
			*where = uri + n;
			return t;
		}
	}
	return NULL;
}

void
sender_init(struct sender *s)
{
	*s = (struct sender){ .udp4 = -1, .udp6 = -1,
	    .local = -1, .file = -1 };
}

void
sender_close(struct sender *s)
{
	int fds[] = { s->udp4, s->udp6, s->local, s->file };

	for (size_t i = 0; i < COUNT(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

enum status
transport_send(struct sender *s, const char *uri, const uint8_t *gpi,
    size_t len)
{
	const char *where;
	const struct transport *t = find(uri, &where);

	if (t == NULL)
		return fail(REJECTED, "ue_trp: found %s, expected udp://, "
		    "unix: or file:", uri);
	return t->send(s, uri, where, gpi, len);
}

enum status
transport_valid(const char *uri)
{
	const struct field *f = &fields[KEY_UE_TRP];
	const char *where;

	if (find(uri, &where) == NULL)
		return fail(USAGE, "--to: found %s, expected udp://, unix:, "
		    "file: or -", uri);
	/* it will stand in reports */
	return field_check_string(f, (const uint8_t *)uri, strlen(uri)) ==
	    OK ? OK : fail_in(USAGE, "--to");
}

enum status
transport_listen(const char *uri, struct input *in)
{
	const char *where;
	const struct transport *t = find(uri, &where);

	memset(in, 0, offsetof(struct input, v));
	in->framing = DATAGRAMS;
	if (t == NULL || t->listen == NULL)
		return fail(USAGE, "--listen: found %s, expected udp:// or "
		    "unix:", uri);
	return t->listen(where, in);
}
