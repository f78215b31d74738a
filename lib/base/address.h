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

/* Check that WHERE is HOST:PORT with a port of 0 to 65535.  OK or USAGE. */
MUST_USE enum status address_valid(const char *where);

/*
 * Look up WHERE for SOCK_STREAM or SOCK_DGRAM; the caller calls
 * freeaddrinfo().  OK; USAGE if WHERE is not HOST:PORT; FAILED if the look-up
 * fails.
 */
MUST_USE enum status address_find(const char *where, int socket_type,
    struct addrinfo **);

/*
 * Convert WHERE without a look-up or allocation.  Returns false if WHERE is
 * not HOST:PORT or HOST is a name.
 */
bool address_numeric(const char *where, struct sockaddr_storage *,
    socklen_t *len);

/* The address of a Unix socket.  OK or USAGE. */
MUST_USE enum status address_unix(const char *path, struct sockaddr_un *);

/* The local address of the socket FD, as text.  OK or FAILED. */
MUST_USE enum status address_of(int fd, char host[static ADDRESS_MAX],
    unsigned *port);

#endif
