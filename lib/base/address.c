/* address.c: HOST:PORT and [IPV6]:PORT, and paths of sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/number.h"

/* ---- HOST:PORT ---- */

static enum status PRINTF_LIKE(3, 4)
no_address(const char *where, size_t len, const char *why, ...)
{
	char reason[160];
	va_list ap;

	va_start(ap, why);
	vsnprintf(reason, sizeof(reason), why, ap);
	va_end(ap);
	/* what stands before an @ may be a password */
	if (memchr(where, '@', len) != NULL)
		return fail(USAGE, "not HOST:PORT: there is an @ in it");
	return fail(USAGE, "'%.*s' is not HOST:PORT: %s", (int)len, where,
	    reason);
}

/* Read LEN digits PORT, or nothing where there is a default PORT in P. */
static const char *
read_port(const char *port, size_t len, struct host_port *p)
{
	if (len == 0)
		return p->port[0] != '\0' ? NULL : "the port is missing";
	for (size_t i = 0; i < len; i++)
		if (port[i] < '0' || port[i] > '9')
			return "the port is not a decimal number";
	for (; len > 1 && *port == '0'; len--)
		port++;
	if (len > 5 || strtoul(port, NULL, 10) > 65535)
		return "the port is over 65535";
	snprintf(p->port, sizeof(p->port), "%.*s", (int)len, port);
	return NULL;
}

/* Two hex digits after a %, as the character that they are; or 0. */
static char
escaped(const char *hex, size_t len)
{
	uint8_t c;

	return len >= 2 && hex_decode(&c, 1, hex, 2) == 1 ? (char)c : '\0';
}

/*
 * The zone of RFC 4007: %lo as people write it (RFC 9844), %25lo as URIs do
 * (RFC 6874), where it may have escapes.
 */
static const char *
read_zone(const char *zone, size_t len, struct host_port *p)
{
	bool uri = len > 2 && memcmp(zone, "25", 2) == 0;
	size_t n = 0;
	char c;

	for (size_t i = uri ? 2 : 0; i < len; i++) {
		c = zone[i];
		if (uri && c == '%' && (c = escaped(zone + i + 1,
		    len - i - 1)) != '\0')
			i += 2;
		if (n == sizeof(p->zone) - 1 || c <= ' ' || c > '~' ||
		    strchr("/%[]", c) != NULL)
			return "the zone is not the name or the number of an "
			    "interface";
		p->zone[n++] = c;
	}
	p->zone[n] = '\0';
	return n > 0 ? NULL : "the zone after the % is missing";
}

/* What stands in brackets. */
static const char *
read_ipv6(const char *host, size_t len, struct host_port *p)
{
	const char *zone = memchr(host, '%', len), *why = NULL;
	size_t n = zone == NULL ? len : (size_t)(zone - host);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (n >= sizeof(text))
		return "what is in brackets is not an IPv6 address";
	memcpy(text, host, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, &in6) != 1)
		return "what is in brackets is not an IPv6 address";
	if (zone != NULL && (why = read_zone(zone + 1, len - n - 1, p)) !=
	    NULL)
		return why;
	if (zone == NULL && IN6_IS_ADDR_LINKLOCAL(&in6))
		return "a link-local address needs its zone, such as "
		    "[fe80::1%eth0]";
	if (IN6_IS_ADDR_V4MAPPED(&in6))
		inet_ntop(AF_INET, in6.s6_addr + 12, p->host, sizeof(text));
	else
		inet_ntop(AF_INET6, &in6, p->host, sizeof(text));
	return NULL;
}

/*
 * Whether HOST is meant as an IPv4 address: its last label is a number.  Names
 * of the DNS end in none, but inet_aton(3), which getaddrinfo(3) asks, takes
 * 010.0.0.1 for 8.0.0.1, and 127.1 or 0x7f000001 for 127.0.0.1.
 */
static bool
means_ipv4(const char *host)
{
	const char *label = strrchr(host, '.');

	label = label == NULL ? host : label + 1;
	if (label[0] == '0' && label[1] == 'x')
		return strspn(label + 2, "0123456789abcdef") ==
		    strlen(label + 2);
	return label[0] != '\0' && strspn(label, "0123456789") ==
	    strlen(label);
}

/* A name or an IPv4 address, in which a URI may have escapes. */
static const char *
read_name(const char *host, size_t len, struct host_port *p)
{
	struct in_addr in;
	size_t n = 0;
	char c;

	for (size_t i = 0; i < len; i++) {
		c = host[i];
		if (c == '%' && (c = escaped(host + i + 1, len - i - 1)) !=
		    '\0')
			i += 2;
		if (n == HOST_MAX)
			return "the host has over 255 characters";
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 'a' - 'A');
		if ((c & 0x80) != 0)
			return "the host is not ASCII; write its xn-- form";
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr("-._", c) == NULL))
			return "the host has other characters than letters, "
			    "digits, - and .";
		p->host[n++] = c;
	}
	p->host[n] = '\0';
	if (n == 0)
		return "the host is missing";
	return !means_ipv4(p->host) || inet_pton(AF_INET, p->host, &in) == 1 ?
	    NULL : "an IPv4 address has four numbers up to 255, without zeros "
	    "before them";
}

enum status
address_read(const char *where, size_t len, const char *port,
    struct host_port *p)
{
	const char *host = where, *colon = memrchr(where, ':', len), *why;
	const char *bracket = memrchr(where, ']', len);
	bool ipv6 = len > 0 && where[0] == '[' && bracket != NULL;
	size_t n, rest;

	memset(p, 0, sizeof(*p));
	snprintf(p->port, sizeof(p->port), "%s", port);
	if (ipv6 && bracket + 1 != where + len && bracket[1] != ':')
		return no_address(where, len, "after ] comes the port");
	if (ipv6 && colon < bracket)
		colon = NULL;
	n = colon == NULL ? len : (size_t)(colon - where);
	if (!ipv6 && memchr(where, ':', n) != NULL)
		return no_address(where, len,
		    "an IPv6 address stands in brackets");
	rest = colon == NULL ? 0 : len - n - 1;
	if ((why = read_port(where + len - rest, rest, p)) != NULL ||
	    (why = ipv6 ? read_ipv6(host + 1, n - 2, p) :
	    read_name(host, n, p)) != NULL)
		return no_address(where, len, "%s", why);
	return OK;
}

void
address_put(const struct host_port *p, char out[static WHERE_MAX])
{
	bool zone = p->zone[0] != '\0';

	snprintf(out, WHERE_MAX, strchr(p->host, ':') == NULL ? "%s%s%s:%s" :
	    "[%s%s%s]:%s", p->host, zone ? "%25" : "", p->zone, p->port);
}

enum status
address_valid(const char *where)
{
	struct host_port p;

	return address_read(where, strlen(where), "", &p);
}

/* The number of a zone of this machine, or 0. */
static unsigned
zone_number(const char *zone)
{
	unsigned n = if_nametoindex(zone);
	uint64_t number;

	return n == 0 && number_read(zone, 1, UINT32_MAX, &number) ?
	    (unsigned)number : n;
}

bool
address_of(const struct host_port *p, struct address *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	in.sin_port = in6.sin6_port = htons((uint16_t)strtoul(p->port, NULL,
	    10));
	if (inet_pton(AF_INET, p->host, &in.sin_addr) == 1) {
		memcpy(&to->storage, &in, to->len = sizeof(in));
		return true;
	}
	if (inet_pton(AF_INET6, p->host, &in6.sin6_addr) != 1 ||
	    (p->zone[0] != '\0' && (in6.sin6_scope_id = zone_number(p->zone))
	    == 0))
		return false;
	memcpy(&to->storage, &in6, to->len = sizeof(in6));
	return true;
}

bool
address_numeric(const char *where, struct address *to)
{
	struct host_port p;

	return address_read(where, strlen(where), "", &p) == OK &&
	    address_of(&p, to);
}

enum status
address_known(const struct host_port *p)
{
	struct address a;

	return strchr(p->host, ':') == NULL || address_of(p, &a) ? OK :
	    fail(FAILED, "this machine has no interface %s", p->zone);
}

/* ---- paths of sockets ---- */

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
