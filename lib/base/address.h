/*
 * address.h: HOST:PORT and [IPV6]:PORT, and paths of sockets.
 */
#ifndef GBA_ADDRESS_H
#define GBA_ADDRESS_H

#include <netdb.h>
#include <sys/un.h>

#include "base/octets.h"
#include "base/status.h"

#define ADDRESS_MAX 80

/* Whether WHERE is one, its port 0..65535.  OK or USAGE. */
MUST_USE enum status address_valid(const char *where);

/*
 * Look WHERE up for SOCK_STREAM or SOCK_DGRAM; freeaddrinfo() by the caller.
 * OK; USAGE where it is no HOST:PORT; FAILED where nobody knows it.
 */
MUST_USE enum status address_find(const char *where, int socket_type,
    struct addrinfo **);

/*
 * The same where HOST is an address and no name: nobody is asked, nothing
 * allocated.  Whether it is.
 */
bool address_numeric(const char *where, struct sockaddr_storage *,
    socklen_t *len);

/* The address of a Unix socket.  OK or USAGE. */
MUST_USE enum status address_unix(const char *path, struct sockaddr_un *);

/* What the socket FD is bound to; *PORT may be of interest.  OK or FAILED. */
MUST_USE enum status address_of(int fd, char host[static ADDRESS_MAX],
    unsigned *port);

#endif
