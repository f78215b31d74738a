/*
 * pdu_listen.h: GPIs that come as lines of SMS PDUs in hex, from a file, a pipe
 * or a modem.  Nothing goes back.
 */
#ifndef GBA_PDU_LISTEN_H
#define GBA_PDU_LISTEN_H

#include "sms/sms.h"
#include "transport/transport.h"

#define PDU_LINE_MAX 1024	/* characters of a line, and its end */

/*
 * The parts of WHERE, what follows the scheme: *LEN characters of path, and
 * the form.  OK or USAGE.
 */
MUST_USE enum status pdu_split(const char *where, size_t *len,
    struct sms_params *);

/*
 * Whether FD is a modem's terminal, not one of ours.  It then echoes nothing
 * that the modem says back to it, and treats no character specially.
 */
bool pdu_is_modem(int fd);

/* transport.listen of sms-pdu: */
MUST_USE enum status listen_pdu(const char *where, struct inbox *,
    const struct transport_options *);

#endif
