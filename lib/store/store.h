/*
 * store.h: what an MTC server (`mtc.db') and a device (`dev.db') keep: SAs,
 * and on the server the registered devices and the state of each trigger.
 *
 * Every function returns OK, REJECTED if the answer is no, or FAILED.
 * Call functions that write between db_begin() and db_commit().
 */
#ifndef GBA_STORE_H
#define GBA_STORE_H

#include "store/scan.h"

extern const struct schema store_schema;

/* The record in the second column of the current row. */
MUST_USE enum status store_read_record(struct query *, struct record *);

/* ---- SAs: records of type NAF_SA or ACCEPTED without a trigger ---- */

enum sa_key { SA_UL, SA_DL, SA_UE };

/* The identity under which an SA is found as its UE's. */
const char *sa_ue(const struct record *sa);

/* Check that its identities belong together.  OK or MALFORMED. */
MUST_USE enum status sa_check(const struct record *sa);

/*
 * Store an SA.  If it is stored with the same content, nothing changes.
 * REJECTED if its ul_sa_id or its RAND is stored with other content.
 */
MUST_USE enum status sa_put(struct db *, const struct record *sa);

/*
 * The same for the NAF SA of a response, whose trigger becomes answered and
 * stored at NOW in the same transaction.  REJECTED also if the trigger is
 * closed or another UE's, or if there is none; UNREQUESTED: then it gets one.
 */
MUST_USE enum status sa_put_naf(struct db *, const struct record *sa,
    uint64_t now, bool unrequested);

/*
 * The two halves of these: OK, and whether something IS to be stored, or
 * REJECTED; and store it.  ROW: that of its trigger, or 0 where it has none.
 */
MUST_USE enum status sa_is_new(struct db *, const struct record *sa, bool *is);
MUST_USE enum status sa_add(struct db *, const struct record *sa,
    uint64_t row);

/* In a file: by what an SA is found in this ROW; ALONE: it has no trigger. */
MUST_USE enum status sa_index(struct db *, const struct record *sa,
    uint64_t row, bool alone);

/*
 * The usual case for many SAs, without waiting (db_ask()).  sa_ask() stores an
 * SA that sa_check() accepts, if nothing of it is stored yet: INSERTED.
 *
 * In a file it asks for the trigger that asked for exactly this NAF SA.  After
 * db_await(), sa_ask_found() stores the SA if there is one.  After one more,
 * sa_note_rows() notes triggers as stored at NOW, from ROW to LAST, which
 * follow each other, but for those that are NOTED already.
 *
 * On a server sa_ask_noted() does so for one; *NOTED tells; SHORTER: the BSF
 * granted less time than was asked for.  Otherwise sa_take_back() removes what
 * was inserted, without waiting, and the functions above find out why.
 */
struct sa_asked {
	bool inserted, noted;
	uint64_t row, expires;	/* in a file: of the trigger; or 0 */
};
MUST_USE enum status sa_ask(struct db *, const struct record *sa,
    struct sa_asked *);
MUST_USE enum status sa_ask_found(struct db *, const struct record *sa,
    uint64_t now, struct sa_asked *);
MUST_USE enum status sa_ask_noted(struct db *, const struct record *sa,
    uint64_t now, bool shorter, bool *noted);
MUST_USE enum status sa_note_rows(struct db *, uint64_t row, uint64_t last,
    uint64_t now);
MUST_USE enum status sa_take_back(struct db *, const struct record *sa);

/* Walk the SAs with ID (SA_UE: ue_id, or ue_priv_id if an SA has none). */
MUST_USE enum status sa_find(struct db *, enum sa_key, const char *id,
    each_fn *, void *);

/* Those with this RAND: one, or none. */
MUST_USE enum status sa_find_rand(struct db *, const uint8_t rand[static 16],
    each_fn *, void *);

/* Remove at most LIMIT of those with ID; *REMOVED gets the number. */
MUST_USE enum status sa_remove(struct db *, enum sa_key, const char *id,
    uint64_t limit, uint64_t *removed);
MUST_USE enum status sa_each(struct db *, each_fn *, void *);
MUST_USE enum status sa_count(struct db *, uint64_t *n);

/*
 * Remove at most LIMIT SAs whose key_lt is not after NOW, and mark at most as
 * many open triggers as expired.  *REMOVED gets the number of SAs; *MORE:
 * there may be more of either.
 */
MUST_USE enum status sa_expire(struct db *, uint64_t now, uint64_t limit,
    uint64_t *removed, bool *more);

/* ---- devices: records of type DEVICE, by ue_id ---- */

/* Store a device, without waiting (db_ask()); a known ue_id is replaced. */
MUST_USE enum status device_put(struct db *, const struct record *device);
MUST_USE enum status device_find(struct db *, const char *ue_id,
    struct record *device);
MUST_USE enum status device_remove(struct db *, const char *ue_id);

/* Walk the devices in the order in which they were added. */
MUST_USE enum status device_each(struct db *, each_fn *, void *);

/* ---- triggers, by p_tid ---- */

/* Add one in state requested.  REJECTED if its p_tid is known. */
MUST_USE enum status trigger_add(struct db *, const struct record *request,
    uint64_t now);

/* The number of the row of the one with P_TID, or 0. */
MUST_USE enum status trigger_row(struct db *, const char *p_tid,
    uint64_t *row);

/* trigger_add() without waiting (db_ask()); *ADDED tells after db_await(). */
MUST_USE enum status trigger_ask(struct db *, const struct record *request,
    uint64_t now, bool *added);

/* Get a record of type TRIGGER; *CLOSED: its SA is closed. */
MUST_USE enum status trigger_find(struct db *, const char *p_tid,
    struct record *trigger, bool *closed);

/* For resync: the request of the trigger, open at NOW, whose SA has RAND. */
MUST_USE enum status trigger_find_rand(struct db *,
    const uint8_t rand[static 16], uint64_t now, struct record *request,
    uint64_t *when, enum state *);

/*
 * Store a report without waiting; REJECTED if its state is not sent, delivered
 * or failed.  *KNOWN tells after db_await() whether its p_tid is known;
 * trigger_reported() turns that into OK or REJECTED.
 */
MUST_USE enum status trigger_ask_report(struct db *,
    const struct record *report, bool *known);
MUST_USE enum status trigger_reported(const struct record *report,
    bool known);

/* Close a trigger and its SA as connected, expired or failed. */
MUST_USE enum status trigger_close(struct db *, const char *p_tid,
    enum state, uint64_t now, const char *detail);

MUST_USE enum status trigger_each(struct db *, each_fn *, void *);

/* Walk the triggers of these ROWS, COUNT in ascending order. */
MUST_USE enum status trigger_each_row(struct db *, const uint64_t *row,
    size_t count, each_fn *, void *);

/* ---- many triggers, by device ---- */

/* A set of states: a bit for each. */
#define STATE_BIT(state) (UINT64_C(1) << (state))

/* Whether the newest trigger of UE_ID is in one of STATES. */
MUST_USE enum status trigger_newest_in(struct db *, const char *ue_id,
    uint64_t states, bool *in);

/*
 * Walk the devices, as device_each() does, whose newest trigger is in one of
 * STATES.  EACH is called with NULL, too, after a while without any.
 */
MUST_USE enum status device_each_in(struct db *, uint64_t states, each_fn *,
    void *);

/* Walk all triggers of these devices in the order of the requests. */
MUST_USE enum status trigger_each_of(struct db *, const char *const *ue_id,
    size_t count, each_fn *, void *);

/*
 * Close the open triggers of UE_ID as cancelled, without waiting; their number
 * is added to *CLOSED.
 */
MUST_USE enum status trigger_ask_cancel(struct db *, const char *ue_id,
    uint64_t now, uint64_t *closed);

/*
 * The next at most LIMIT open triggers after row *AFTER, 0 at first: close all
 * of their devices as cancelled, where the newest of the device is in one of
 * STATES (0: in any).  Their number is added to *CLOSED.  *MORE: there may be
 * more.
 */
MUST_USE enum status trigger_cancel_next(struct db *, uint64_t states,
    uint64_t now, uint64_t limit, uint64_t *after, uint64_t *closed,
    bool *more);

/*
 * The same over all triggers: remove those that were closed before BEFORE and
 * whose key has expired; until then the BSF's answer could be stored again.
 */
MUST_USE enum status trigger_prune_next(struct db *, uint64_t before,
    uint64_t now, uint64_t limit, uint64_t *after, uint64_t *removed,
    bool *more);

#endif
