/*
 * admit.h: whether the device behind a P-TID may connect to the MTC server,
 * by what its store says.  Each function is a transaction of its own.
 */
#ifndef GBA_ADMIT_H
#define GBA_ADMIT_H

#include "store.h"
#include "window.h"

/*
 * Before any key is used: find the SA and the TRIGGER of P_TID, which have no
 * field where there are none.  OK; REJECTED where it is unknown, closed, past
 * its life, for another Ua protocol, or its window is over; FAILED.  *VERDICT
 * gets what to call that: STATE_REFUSED, STATE_EXPIRED or STATE_FAILED.  It
 * changes nothing, but that a trigger whose key's life is over is expired.
 */
MUST_USE enum status admit(struct db *, const char *p_tid, struct record *sa,
    struct record *trigger, enum state *verdict);

/*
 * The device proved its key and sent its trigger response: note that by one
 * conditional update, and set the window that it has until KEY_LT.  OK;
 * REJECTED where the trigger was closed since, or the window is over; FAILED.
 */
MUST_USE enum status admit_responded(struct db *, const char *p_tid,
    uint64_t key_lt, struct record *trigger, struct window *);

/*
 * The stream ended well: the SA answers no more.  KEEP puts its data in place
 * once that is sure, and before it is told.  OK; REJECTED where the trigger
 * was closed since; FAILED; or what KEEP returned.
 */
MUST_USE enum status admit_connected(struct db *, const char *p_tid,
    enum status (*keep)(void *), void *);

#endif
