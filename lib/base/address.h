/*
 * address.h: HOST:PORT and [IPV6]:PORT, and paths of sockets.
 */
#ifndef GBA_ADDRESS_H
#define GBA_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/octets.h"
#include "base/status.h"

#define HOST_MAX 255
#define ZONE_MAX 15		/* characters of the name of an interface */
#define WHERE_MAX (HOST_MAX + ZONE_MAX + 12)	/* HOST:PORT and NUL */

/*
 * HOST:PORT in the one form that all ways to write it have: HOST is an IPv4
 * address, an IPv6 address without its brackets, or a name in lower case
 * without escapes; ZONE is "" where there is none; PORT has no zeros before it.
 */
struct host_port {
	char host[HOST_MAX + 1];
	char zone[ZONE_MAX + 1];
	char port[6];
	uint16_t number;	/* of the port */
	int family;		/* AF_INET or AF_INET6; 0: HOST is a name */
	uint8_t v[16];		/* its address */
};

/*
 * Read the LEN characters WHERE, HOST:PORT; PORT is the port where they have
 * none, "" where they need one.  OK; USAGE, which says what is wrong.
 */
MUST_USE enum status address_read(const char *where, size_t len,
    const char *port, struct host_port *);

/* Write HOST_PORT as HOST:PORT, [IPV6]:PORT or [IPV6%25ZONE]:PORT. */
void address_put(const struct host_port *, char out[static WHERE_MAX]);

/* Check that WHERE is HOST:PORT with a port of 0 to 65535.  OK or USAGE. */
MUST_USE enum status address_valid(const char *where);

/* Check that this machine has the interface of a zone.  OK or FAILED. */
MUST_USE enum status address_known(const struct host_port *);

/* Whether it is an address at which this machine reaches itself alone. */
bool address_loopback(const struct host_port *);

/* An address of a socket. */
struct address {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_storage storage;
	};
};

/* Those that a name has, the ones to try first first. */
#define ADDRESSES_MAX 16
struct addresses {
	size_t count;
	struct address v[ADDRESSES_MAX];
};

/* Take those of LIST, at most as many as there is room for. */
struct addrinfo;
void addresses_copy(struct addresses *, const struct addrinfo *list);

/*
 * The address of HOST_PORT, or of WHERE, if its HOST is an address and no name,
 * which nobody has to be asked for.  Whether it is; a zone that this machine
 * does not have has none.
 */
bool address_of(const struct host_port *, struct address *);
bool address_numeric(const char *where, struct address *);

/* The address of a Unix socket.  OK or USAGE. */
MUST_USE enum status address_unix(const char *path, struct sockaddr_un *);

/*
 * ADDRESS:PORT, [ADDRESS]:PORT or the path of a Unix socket, as text; empty
 * where there is none.  A path is as its owner made it.
 */
#define ADDRESS_TEXT_MAX 128
void address_text(const struct sockaddr *, socklen_t,
    char text[static ADDRESS_TEXT_MAX]);

/* Where the socket FD is: its own address, and the same as text. */
void address_own(int fd, struct address *);
void address_own_text(int fd, char text[static ADDRESS_TEXT_MAX]);

/*
 * A socket of TYPE, perhaps with SOCK_NONBLOCK, that is bound to an address;
 * one of a stream listens.  Returns it, or -1 and errno.
 */
int address_bind(const struct address *, int type);

#endif
