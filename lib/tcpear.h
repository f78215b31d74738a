/*
 * tcpear.h: GPIs that come over TCP connections, as CBOR sequences; a sync
 * failure goes back over the one that its GPI came by.
 */
#ifndef GBA_TCPEAR_H
#define GBA_TCPEAR_H

#include "carrier.h"

/* transport.listen and transport.adopt of tcp:// */
MUST_USE enum status tcpear_listen(const char *where, struct inbox *,
    const struct carriage *);
MUST_USE enum status tcpear_adopt(int fd, struct inbox *);

#endif
