/*
 * smpp_wire.h: the octets of a session with an SMSC, over TCP or TLS, in the
 * buffers of the session.
 */
#ifndef GBA_SMPP_WIRE_H
#define GBA_SMPP_WIRE_H

#include "transport/smpp/smpp_session.h"

/* Begin TLS on what was dialled; then it needs a handshake.  OK or FAILED. */
MUST_USE enum status smpp_wire_begin_tls(struct smpp_session *);

/*
 * How many octets more may be put, beside those of the responses that the owner
 * owes.
 */
size_t smpp_wire_room(const struct smpp_session *);

/* Write what was put, as far as that leaves now. */
void smpp_wire_flush(struct smpp_session *);

/* Read what has come by NOW, if there is room for it.  OK or FAILED. */
MUST_USE enum status smpp_wire_receive(struct smpp_session *, uint64_t now);

#endif
