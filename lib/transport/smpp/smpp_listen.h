/*
 * smpp_listen.h: GPIs that an SMSC delivers to us, bound as their receiver.
 * Nothing goes back but whether they have to come again.
 */
#ifndef GBA_SMPP_LISTEN_H
#define GBA_SMPP_LISTEN_H

#include "transport/transport.h"

/*
 * transport.listen of smpp:// and smpps://.  It waits until the session is
 * bound, so that a wrong password shows: also REJECTED.
 */
MUST_USE enum status listen_smpp(const char *where, struct inbox *,
    const struct transport_options *);
MUST_USE enum status listen_smpps(const char *where, struct inbox *,
    const struct transport_options *);

#endif
