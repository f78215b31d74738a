/*
 * address.h: HOST:PORT and [IPV6]:PORT, and paths of sockets.
 */
#ifndef GBA_ADDRESS_H
#define GBA_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/octets.h"
#include "base/status.h"

/* Check that WHERE is HOST:PORT with a port of 0 to 65535.  OK or USAGE. */
MUST_USE enum status address_valid(const char *where);

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
 * The address WHERE, if its HOST is an address and no name, which nobody has
 * to be asked for.  Whether it is.
 */
bool address_numeric(const char *where, struct address *);

/* The two parts of WHERE; *PORT is its end.  OK or USAGE. */
#define HOST_MAX 255
MUST_USE enum status address_split(const char *where,
    char host[static HOST_MAX + 1], const char **port);

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
