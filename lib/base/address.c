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

static enum status
no_address(const char *where, size_t len, const char *why)
{
	/* what stands before an @ may be a password */
	if (memchr(where, '@', len) != NULL)
		return fail(USAGE, "not HOST:PORT: there is an @ in it");
	return fail(USAGE, "'%.*s' is not HOST:PORT: %s", (int)len, where,
	    why);
}

/* Read LEN digits PORT, or nothing where there is a default PORT in P. */
static const char *
read_port(const char *port, size_t len, struct host_port *p)
{
	unsigned n = 0;

	if (len == 0)
		return p->port[0] != '\0' ? NULL : "the port is missing";
	for (; len > 1 && *port == '0'; len--)
		port++;
	for (size_t i = 0; i < len; i++) {
		if (port[i] < '0' || port[i] > '9')
			return "the port is not a decimal number";
		if (n <= 65535)
			n = 10 * n + (unsigned)(port[i] - '0');
	}
	if (n > 65535)
		return "the port is over 65535";
	p->number = (uint16_t)n;
	memcpy(p->port, port, len);
	p->port[len] = '\0';
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
	bool mapped;

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
	mapped = IN6_IS_ADDR_V4MAPPED(&in6);
	p->family = mapped ? AF_INET : AF_INET6;
	memcpy(p->v, in6.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
	inet_ntop(p->family, p->v, p->host, sizeof(text));
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
		    c != '-' && c != '.' && c != '_')
			return "the host has other characters than letters, "
			    "digits, - and .";
		p->host[n++] = c;
	}
	p->host[n] = '\0';
	if (n == 0)
		return "the host is missing";
	if (!means_ipv4(p->host))
		return NULL;
	p->family = AF_INET;
	return inet_pton(AF_INET, p->host, p->v) == 1 ? NULL : "an IPv4 "
	    "address has four numbers up to 255, without zeros before them";
}

enum status
address_read(const char *where, size_t len, const char *port,
    struct host_port *p)
{
	const char *colon = memrchr(where, ':', len), *why;
	const char *bracket = len == 0 || where[0] != '[' ? NULL :
	    memrchr(where, ']', len);
	bool ipv6 = bracket != NULL;
	size_t n, rest;

	p->host[0] = p->zone[0] = '\0';
	p->family = 0;
	strcpy(p->port, port);
	p->number = (uint16_t)strtoul(port, NULL, 10);
	if (ipv6 && bracket + 1 != where + len && bracket[1] != ':')
		return no_address(where, len, "after ] comes the port");
	if (ipv6 && colon != NULL && colon < bracket)
		colon = NULL;
	n = colon == NULL ? len : (size_t)(colon - where);
	if (!ipv6 && memchr(where, ':', n) != NULL)
		return no_address(where, len, memmem(where, len, "://", 3) !=
		    NULL ? "no scheme stands before the host" :
		    "an IPv6 address stands in brackets");
	rest = colon == NULL ? 0 : len - n - 1;
	if ((why = read_port(where + len - rest, rest, p)) != NULL ||
	    (why = ipv6 ? read_ipv6(where + 1, n - 2, p) :
	    read_name(where, n, p)) != NULL)
		return no_address(where, len, why);
	return OK;
}

bool
address_loopback(const struct host_port *p)
{
	static const uint8_t one[16] = { [15] = 1 };

	return p->family == AF_INET ? p->v[0] == 127 :
	    p->family == AF_INET6 && memcmp(p->v, one, sizeof(one)) == 0;
}

void
address_put(const struct host_port *p, char out[static WHERE_MAX])
{
	/* without snprintf(), since it is done for each GPI */
	if (p->family == AF_INET6) {
		out = stpcpy(stpcpy(out, "["), p->host);
		out = p->zone[0] == '\0' ? out : stpcpy(stpcpy(out, "%25"),
		    p->zone);
		*out++ = ']';
	} else {
		out = stpcpy(out, p->host);
	}
	*out++ = ':';
	strcpy(out, p->port);
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
	char name[IF_NAMESIZE];
	uint64_t number;

	return n == 0 && number_read(zone, 1, UINT32_MAX, &number) &&
	    if_indextoname((unsigned)number, name) != NULL ?
	    (unsigned)number : n;
}

bool
address_of(const struct host_port *p, struct address *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	in.sin_port = in6.sin6_port = htons(p->number);
	if (p->family == AF_INET) {
		memcpy(&in.sin_addr, p->v, 4);
		memcpy(&to->storage, &in, to->len = sizeof(in));
		return true;
	}
	memcpy(&in6.sin6_addr, p->v, 16);
	if (p->family == 0 || (p->zone[0] != '\0' &&
	    (in6.sin6_scope_id = zone_number(p->zone)) == 0))
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

	return p->family != AF_INET6 || address_of(p, &a) ? OK :
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
