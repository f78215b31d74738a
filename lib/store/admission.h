/*
 * admission.h: what a store knows of a device that connects, in as few
 * statements as possible.
 */
#ifndef GBA_ADMISSION_H
#define GBA_ADMISSION_H

#include "record/p_tid.h"
#include "record/record.h"
#include "store/db.h"

/* A question, which stays where it is until it is answered. */
struct admission {
	/* gets the SA and the trigger, either of which has no fields if there
	   is none, and whether that is closed; FAILED: they cannot be read */
	void (*found)(void *arg, enum status, const struct record *sa,
	    const struct record *trigger, bool closed);
	void *arg;
	uint8_t key[P_TID_KEY_MAX];	/* set by admission_ask() */
};

/*
 * Ask for the SA and the trigger of P_TID: FOUND is called before db_await()
 * returns OK.  The trigger gets the fields of its request, its state, and when
 * the device first responded.  OK or FAILED, as db_ask().
 */
MUST_USE enum status admission_ask(struct db *, const char *p_tid,
    struct admission *);

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
