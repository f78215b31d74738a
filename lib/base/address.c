/* address.c: HOST:PORT and [IPV6]:PORT, and paths of sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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
		return fail(USAGE, "'%s' is not HOST:PORT",
		    where);
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
	char host[ADDRESS_MAX], port[8];

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

enum status
address_of(int fd, char host[static ADDRESS_MAX], unsigned *port)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char name[ADDRESS_MAX - 2], number[8];

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&address, len, name, sizeof(name),
	    number, sizeof(number), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return fail(FAILED, "listen: no name for the socket");
	snprintf(host, ADDRESS_MAX, strchr(name, ':') == NULL ? "%s" : "[%s]",
	    name);
	*port = (unsigned)strtoul(number, NULL, 10);
	return OK;
}
