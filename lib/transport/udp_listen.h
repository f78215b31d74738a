/*
 * udp_listen.h: GPIs that come as datagrams, by UDP or a Unix socket.  Nobody
 * can be answered; what the kernel had to drop is counted and told.
 */
#ifndef GBA_UDP_LISTEN_H
#define GBA_UDP_LISTEN_H

#include "transport/transport.h"

/* transport.listen of udp:// and of unix:, transport.adopt of both */
MUST_USE enum status listen_udp(const char *where, struct inbox *,
    const struct transport_options *);
MUST_USE enum status listen_unix(const char *where, struct inbox *,
    const struct transport_options *);
MUST_USE enum status adopt_datagram(int fd, struct inbox *);

#endif
