/*
 * admission.h: what a store knows of a device that connects, in as few
 * statements as possible.
 */
#ifndef GBA_ADMISSION_H
#define GBA_ADMISSION_H

#include "record/record.h"
#include "store/db.h"

/*
 * Find the SA and the TRIGGER of P_TID; either has no fields if there is none.
 * TRIGGER gets the fields of its request, its state, and when the device first
 * responded.  *CLOSED: the SA is closed.  OK or FAILED.
 */
MUST_USE enum status admission_find(struct db *, const char *p_tid,
    struct record *sa, struct record *trigger, bool *closed);

/* Whether P_TID has an open trigger at this moment.  OK or FAILED. */
MUST_USE enum status admission_open(struct db *, const char *p_tid,
    bool *open);

/*
 * The device responded at NOW: one conditional update; *FIRST gets when it
 * first responded.  OK; REJECTED if the trigger is closed by then; FAILED.
 * Call it between db_begin() and db_commit().
 */
MUST_USE enum status admission_responded(struct db *, const char *p_tid,
    uint64_t now, uint64_t *first);

#endif
