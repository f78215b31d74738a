/*
 * ask.h: requests for GPIs, each with its trigger kept in the MTC server's
 * store (step 401 of gba-push(7)).
 */
#ifndef GBA_ASK_H
#define GBA_ASK_H

#include "db.h"
#include "request.h"

/*
 * Request a GPI for DEVICE with what TEMPLATE has of naf_id, trigger,
 * ue_id_type and p_tid (else a fresh one), for LIFETIME seconds from now.
 * OK; REJECTED where the p_tid is known; FAILED.
 */
MUST_USE enum status ask_device(struct db *, const struct record *template,
    const struct record *device, uint64_t lifetime, struct record *request);

/*
 * Request the GPI again that FAILURE is the answer to.  Its trigger fails, its
 * SA answers no more.  REJECTED where no trigger is open that has its RAND, or
 * its device has responded; FAILED.
 */
MUST_USE enum status ask_again(struct db *, const struct record *failure,
    struct record *request);

#endif
