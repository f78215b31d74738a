/*
 * admit.h: whether the device behind a P-TID may connect to the MTC server,
 * by what its store says.
 */
#ifndef GBA_ADMIT_H
#define GBA_ADMIT_H

#include "connection/trigger_window.h"
#include "store/store.h"

#define ADMIT_AGAIN_MS 5000	/* that a lost server may take to come back */

/*
 * Before any key is used: find the SA and the TRIGGER of P_TID, which have no
 * field where there are none.  OK; REJECTED where it is unknown, closed, past
 * its life, for another Ua protocol, or its window is over; FAILED.  *VERDICT
 * gets what to call that: STATE_REFUSED, STATE_EXPIRED or STATE_FAILED.  It
 * changes nothing, but that a trigger whose key's life is over is expired, in
 * a transaction of its own.
 */
MUST_USE enum status admit(struct db *, const char *p_tid, struct record *sa,
    struct record *trigger, enum state *verdict);

/*
 * The device proved its key and sent its trigger response: note that, and
 * start the window of its trigger and its key.  OK; REJECTED where the trigger
 * was closed since, or the window is over; FAILED.
 */
MUST_USE enum status admit_responded(struct db *, const char *p_tid,
    struct trigger_window *);

/*
 * The stream ended well: the SA answers no more.  OK; REJECTED where the
 * trigger was closed since, unless IN_DOUBT, whether just that was stored with
 * a server that was lost, and it was; FAILED.  Both want db_begin() before and
 * db_commit() after them.
 */
MUST_USE enum status admit_connected(struct db *, const char *p_tid,
    bool in_doubt);

#endif
