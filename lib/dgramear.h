/*
 * dgramear.h: GPIs that come as datagrams, by UDP or a Unix socket.  Nobody
 * can be answered; what the kernel had to drop is counted and told.
 */
#ifndef GBA_DGRAMEAR_H
#define GBA_DGRAMEAR_H

#include "carrier.h"

/* transport.listen of udp:// and of unix:, transport.adopt of both */
MUST_USE enum status dgramear_udp(const char *where, struct inbox *,
    const struct carriage *);
MUST_USE enum status dgramear_unix(const char *where, struct inbox *,
    const struct carriage *);
MUST_USE enum status dgramear_adopt(int fd, struct inbox *);

#endif
