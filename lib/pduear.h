/*
 * pduear.h: GPIs that come as lines of SMS PDUs in hex, from a file, a pipe or
 * a modem.  Nothing goes back.
 */
#ifndef GBA_PDUEAR_H
#define GBA_PDUEAR_H

#include "carrier.h"
#include "sms.h"

#define PDUEAR_LINE 1024	/* characters of a line, and its end */

/*
 * The parts of WHERE, what follows the scheme: *LEN characters of path, and
 * the form.  OK or USAGE.
 */
MUST_USE enum status pduear_split(const char *where, size_t *len,
    struct sms_form *);

/* transport.listen of sms-pdu: */
MUST_USE enum status pduear_listen(const char *where, struct inbox *,
    const struct carriage *);

#endif
