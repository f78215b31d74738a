/*
 * coap_listen.h: the end of CoAP that listens.
 */
#ifndef GBA_COAP_LISTEN_H
#define GBA_COAP_LISTEN_H

#include "transport/transport.h"

/*
 * Listen at WHERE, HOST:PORT[/PATH], for POST and PUT to its path.  Port 0 is
 * any that is free.  OK, USAGE or FAILED.
 */
MUST_USE enum status listen_coap(const char *where, struct inbox *,
    const struct transport_options *);

#endif
