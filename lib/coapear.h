/*
 * coapear.h: the end of CoAP that listens.
 */
#ifndef GBA_COAPEAR_H
#define GBA_COAPEAR_H

#include "carrier.h"

/*
 * Listen at WHERE, HOST:PORT[/PATH], for POST and PUT to its path.  Port 0 is
 * any that is free.  OK, USAGE or FAILED.
 */
MUST_USE enum status coapear_listen(const char *where, struct inbox *,
    const struct carriage *);

#endif
