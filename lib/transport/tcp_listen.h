/*
 * tcp_listen.h: GPIs that come over TCP connections, as CBOR sequences; a sync
 * failure goes back over the one that its GPI came by.
 */
#ifndef GBA_TCP_LISTEN_H
#define GBA_TCP_LISTEN_H

#include "transport/transport.h"

/* transport.listen and transport.adopt of tcp:// */
MUST_USE enum status listen_tcp(const char *where, struct inbox *,
    const struct transport_options *);
MUST_USE enum status adopt_tcp(int fd, struct inbox *);

#endif
