/* address.c: HOST:PORT and [IPV6]:PORT, and paths of sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"

/* glibc takes any number for a port and drops what is too much of it. */
static bool
port_valid(const char *port)
{
	return port[0] != '\0' && strlen(port) <= 5 &&
	    strspn(port, "0123456789") == strlen(port) &&
	    strtoul(port, NULL, 10) <= 65535;
}

enum status
address_split(const char *where, char host[static HOST_MAX + 1],
    const char **port)
{
	const char *colon = strrchr(where, ':'), *name = where;
	size_t len = colon == NULL ? 0 : (size_t)(colon - where);
	bool brackets = len > 2 && name[0] == '[' && name[len - 1] == ']';

	if (brackets) {
		name++;
		len -= 2;
	}
	if (len == 0 || len > HOST_MAX || !port_valid(colon + 1) ||
	    (!brackets && memchr(name, ':', len) != NULL))
		return fail(USAGE, "'%s' is not HOST:PORT", where);
	memcpy(host, name, len);
	host[len] = '\0';
	*port = colon + 1;
	return OK;
}

enum status
address_valid(const char *where)
{
	char host[HOST_MAX + 1];
	const char *port;

	return address_split(where, host, &port);
}

bool
address_numeric(const char *where, struct address *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	char host[HOST_MAX + 1];
	const char *port;

	if (address_split(where, host, &port) != OK)
		return false;
	in.sin_port = in6.sin6_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		memcpy(&to->storage, &in, to->len = sizeof(in));
	else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
		memcpy(&to->storage, &in6, to->len = sizeof(in6));
	else
		return false;
	return true;
}

enum status
address_unix(const char *path, struct sockaddr_un *sun)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(sun->sun_path))
		return fail(USAGE, "unix:%s: the path has %zu characters; 1 to "
		    "%zu are possible", path, len, sizeof(sun->sun_path) - 1);
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	memcpy(sun->sun_path, path, len);
	return OK;
}

static void
unix_text(const struct sockaddr_un *sun, socklen_t len, char *text)
{
	size_t at = offsetof(struct sockaddr_un, sun_path), n;

	n = len > at ? strnlen(sun->sun_path, len - at) : 0;
	memcpy(text, sun->sun_path, n);
	text[n] = '\0';
}

void
address_text(const struct sockaddr *sa, socklen_t len,
    char text[static ADDRESS_TEXT_MAX])
{
	char host[ADDRESS_TEXT_MAX - 16], port[8];

	text[0] = '\0';
	if (len < sizeof(sa->sa_family))
		return;
	if (sa->sa_family == AF_UNIX)
		unix_text((const struct sockaddr_un *)sa, len, text);
	else if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(text, ADDRESS_TEXT_MAX, strchr(host, ':') == NULL ?
		    "%s:%s" : "[%s]:%s", host, port);
}

void
address_own(int fd, struct address *own)
{
	memset(own, 0, sizeof(*own));
	own->len = sizeof(own->storage);
	if (getsockname(fd, &own->sa, &own->len) != 0)
		own->len = 0;
}

void
address_own_text(int fd, char text[static ADDRESS_TEXT_MAX])
{
	struct address own;

	address_own(fd, &own);
	address_text(&own.sa, own.len, text);
}

int
address_bind(const struct address *a, int type)
{
	const bool stream = (type & ~SOCK_NONBLOCK) == SOCK_STREAM;
	const int on = 1;
	int fd = socket(a->sa.sa_family, type | SOCK_CLOEXEC, 0), e;

	if (fd < 0)
		return -1;
	if (stream)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a->sa, a->len) == 0 &&
	    (!stream || listen(fd, SOMAXCONN) == 0))
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

void
addresses_copy(struct addresses *to, const struct addrinfo *list)
{
	for (; list != NULL && to->count < ADDRESSES_MAX;
	    list = list->ai_next) {
		struct address *a = &to->v[to->count];

		if (list->ai_addrlen > sizeof(a->storage))
			continue;
		a->len = list->ai_addrlen;
		memcpy(&a->storage, list->ai_addr, a->len);
		to->count++;
	}
}
