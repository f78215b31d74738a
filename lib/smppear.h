/*
 * smppear.h: GPIs that an SMSC delivers, to whoever is bound as their
 * receiver.  Nothing goes back.
 */
#ifndef GBA_SMPPEAR_H
#define GBA_SMPPEAR_H

#include "carrier.h"

/*
 * transport.listen of smpp://.  It waits until the session is bound, so that
 * a wrong password shows: also REJECTED.
 */
MUST_USE enum status smppear_listen(const char *where, struct inbox *,
    const struct carriage *);

#endif
