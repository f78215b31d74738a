/*
 * admission.h: what a store knows of a device that connects, in as few
 * statements as can be.
 */
#ifndef GBA_ADMISSION_H
#define GBA_ADMISSION_H

#include "record/record.h"
#include "store/db.h"

/*
 * The SA and the TRIGGER of P_TID, which have no field where there are none;
 * of the trigger what its request says, its state, and when the device first
 * responded.  *CLOSED: the SA answers no more.  OK or FAILED.
 */
MUST_USE enum status admission_find(struct db *, const char *p_tid,
    struct record *sa, struct record *trigger, bool *closed);

/* Whether there is an open trigger of P_TID, by now.  OK or FAILED. */
MUST_USE enum status admission_open(struct db *, const char *p_tid,
    bool *open);

/*
 * The device spoke, at NOW: one conditional update; *FIRST gets when it first
 * did.  OK; REJECTED where the trigger is closed by then; FAILED.  It
 * wants db_begin() before and db_commit() after it.
 */
MUST_USE enum status admission_responded(struct db *, const char *p_tid,
    uint64_t now, uint64_t *first);

#endif
