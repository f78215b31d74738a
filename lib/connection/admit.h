/*
 * admit.h: whether the device behind a P-TID may connect to the MTC server,
 * by what its store says.
 */
#ifndef GBA_ADMIT_H
#define GBA_ADMIT_H

#include "connection/trigger_window.h"
#include "store/store.h"

/*
 * Before any key is used: judge by the SA and the TRIGGER of a P-TID, which
 * have no field where there are none, and whether that is CLOSED.  OK; REJECTED
 * where it is unknown, closed, past its life, for another Ua protocol, or its
 * window is over.  *VERDICT gets what to call that: STATE_REFUSED or
 * STATE_EXPIRED.  *OVERDUE: admit_expire() is to expire the trigger.
 */
MUST_USE enum status admit(const struct record *sa,
    const struct record *trigger, bool closed, enum state *verdict,
    bool *overdue);

/*
 * The device proved its key and sent its trigger response: note that, and
 * start the window of its trigger and its key.  OK; REJECTED where the trigger
 * was closed since, or the window is over; FAILED.
 */
MUST_USE enum status admit_responded(struct db *, const char *p_tid,
    struct trigger_window *);

/*
 * The stream ended well: the SA is closed.  OK; REJECTED where the
 * trigger was closed since, unless IN_DOUBT, whether just that was stored with
 * a server that was lost, and it was; FAILED.
 */
MUST_USE enum status admit_connected(struct db *, const char *p_tid,
    bool in_doubt);

/*
 * The life of its key is over: so is the trigger.  OK; REJECTED where it was
 * closed since; FAILED.  All three want db_begin() before and db_commit()
 * after them.
 */
MUST_USE enum status admit_expire(struct db *, const char *p_tid);

#endif
