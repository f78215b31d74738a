/*
 * address.h: HOST:PORT and [IPV6]:PORT.
 */
#ifndef GBA_ADDRESS_H
#define GBA_ADDRESS_H

#include <netdb.h>

#include "octets.h"
#include "status.h"

#define ADDRESS_MAX 80

/* Whether WHERE is one, its port 0..65535.  OK or USAGE. */
MUST_USE enum status address_valid(const char *where);

/*
 * Look WHERE up for SOCK_STREAM or SOCK_DGRAM; freeaddrinfo() by the caller.
 * OK; USAGE where it is no HOST:PORT; FAILED where nobody knows it.
 */
MUST_USE enum status address_find(const char *where, int socket_type,
    struct addrinfo **);

/* What the socket FD is bound to; *PORT may be of interest.  OK or FAILED. */
MUST_USE enum status address_of(int fd, char host[static ADDRESS_MAX],
    unsigned *port);

#endif
