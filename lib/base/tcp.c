/* tcp.c: TCP sockets at HOST:PORT. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/resolve.h"
#include "base/tcp.h"

static int
open_socket(const struct address *a)
{
	return socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
}

/* Records are small, and a peer that vanished should show within hours. */
static void
set_options(int fd)
{
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* ---- server ---- */

static int
listen_at(const struct address *a)
{
	const int on = 1;
	int fd = open_socket(a), e;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a->sa, a->len) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

enum status
tcp_listen(const char *where, int *fd, char host[static ADDRESS_MAX],
    unsigned *port)
{
	struct addresses found;
	enum status status;

	*fd = -1;
	if ((status = resolve_wait(where, &found)) != OK)
		return status;
	for (size_t i = 0; i < found.count && *fd < 0; i++)
		*fd = listen_at(&found.v[i]);
	if (*fd < 0)
		return fail(FAILED, "%s: %s", where, strerror(errno));
	return address_of(*fd, host, port);
}

enum status
tcp_accept(int listener, int *fd)
{
	*fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
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

	if ((*fd = open_socket(a)) < 0)
		return fail(FAILED, "%s", strerror(errno));
	if (connect(*fd, &a->sa, a->len) == 0 ||
	    errno == EINPROGRESS)
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
