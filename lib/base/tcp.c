/* tcp.c: TCP sockets at HOST:PORT. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/resolve.h"
#include "base/tcp.h"

/* Records are small, and a peer that vanished should show within hours. */
static void
set_options(int fd)
{
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* ---- server ---- */

enum status
tcp_listen(const char *where, int *fd)
{
	struct addresses found;
	enum status status;

	*fd = -1;
	if ((status = resolve_wait(where, &found)) != OK)
		return status == USAGE ? USAGE : fail_in(status, "%s", where);
	for (size_t i = 0; i < found.count && *fd < 0; i++)
		*fd = address_bind(&found.v[i], SOCK_STREAM | SOCK_NONBLOCK);
	return *fd >= 0 ? OK : fail(FAILED, "%s: %s", where, strerror(errno));
}

enum status
tcp_accept(int listener, int *fd, struct address *from)
{
	from->len = sizeof(from->storage);
	*fd = accept4(listener, &from->sa, &from->len, SOCK_NONBLOCK |
	    SOCK_CLOEXEC);
	if (*fd >= 0)
		set_options(*fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		return fail(FAILED, "accept: %s", strerror(errno));
	return OK;
}

/* ---- client ---- */

enum status
tcp_begin(const struct address *a, int *fd)
{
	enum status status;

	*fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail(FAILED, "%s", strerror(errno));
	if (connect(*fd, &a->sa, a->len) == 0 || errno == EINPROGRESS)
		return OK;
	status = fail(FAILED, "%s", strerror(errno));
	close(*fd);
	*fd = -1;
	return status;
}

enum status
tcp_connected(int fd)
{
	socklen_t len = sizeof(int);
	int e = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len);
	if (e != 0)
		return fail(FAILED, "%s", strerror(e));
	set_options(fd);
	return OK;
}

/* ---- both ---- */

enum status
tcp_read(int fd, const char *peer, void *v, size_t max, size_t *n)
{
	ssize_t got = recv(fd, v, max, MSG_DONTWAIT);

	*n = got > 0 ? (size_t)got : 0;
	if (got == 0)
		return fail(FAILED, "closed by %s", peer);
	return got > 0 || errno == EAGAIN || errno == EINTR ? OK :
	    fail(FAILED, "%s", strerror(errno));
}

enum status
tcp_write(int fd, const void *v, size_t len, size_t *n)
{
	ssize_t sent = send(fd, v, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	*n = sent > 0 ? (size_t)sent : 0;
	return sent >= 0 || errno == EAGAIN || errno == EINTR ? OK :
	    fail(FAILED, "%s", strerror(errno));
}
