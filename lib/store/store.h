/*
 * store.h: what an MTC server (`mtc.db') and a device (`dev.db') keep: SAs,
 * and on the server the registered devices and the state of each trigger.
 *
 * Every function returns OK, REJECTED where the answer is no, or FAILED.
 * What writes wants db_begin() before and db_commit() after it.
 */
#ifndef GBA_STORE_H
#define GBA_STORE_H

#include "store/scan.h"

extern const struct schema store_schema;

/* ---- SAs: records of type NAF_SA or ACCEPTED without a trigger ---- */

enum sa_key { SA_UL, SA_DL, SA_UE };

/* What an SA is found under as its UE. */
const char *sa_ue(const struct record *sa);

/* Whether its identities belong together.  OK or MALFORMED. */
MUST_USE enum status sa_check(const struct record *sa);

/*
 * Store an SA.  One that is there with the same content stays as it is;
 * REJECTED where its ul_sa_id or its RAND is there with other content.
 */
MUST_USE enum status sa_put(struct db *, const struct record *sa);

/*
 * The same for the NAF SA of a response, whose trigger becomes answered and
 * stored at NOW in the same transaction; a P-TID without a trigger gets one.
 * REJECTED also where the trigger is closed or another UE's.
 */
MUST_USE enum status sa_put_naf(struct db *, const struct record *sa,
    uint64_t now);

/*
 * For many, without waiting (db_ask()), what nearly always does: store an SA
 * that sa_check() takes, where nothing of it is there, and say in *INSERTED
 * whether it was; note at NOW that the trigger that asked for just this SA has
 * it, *NOTED, which wants SHORTER where the BSF granted less time than asked.
 * Where not, sa_take_back() removes what was inserted, without waiting, and
 * the functions above find out why.
 */
MUST_USE enum status sa_ask(struct db *, const struct record *sa,
    bool *inserted);
MUST_USE enum status sa_ask_noted(struct db *, const struct record *sa,
    uint64_t now, bool shorter, bool *noted);
MUST_USE enum status sa_take_back(struct db *, const struct record *sa);

/* Walk the SAs with that ID (ue_id, or ue_priv_id where an SA has none). */
MUST_USE enum status sa_find(struct db *, enum sa_key, const char *id,
    each_fn *, void *);

/* Remove at most LIMIT of them; *REMOVED gets how many. */
MUST_USE enum status sa_remove(struct db *, enum sa_key, const char *id,
    uint64_t limit, uint64_t *removed);
MUST_USE enum status sa_each(struct db *, each_fn *, void *);
MUST_USE enum status sa_count(struct db *, uint64_t *n);

/*
 * Remove at most LIMIT SAs whose key_lt is not after NOW, and call as many
 * triggers that led to nothing by then expired; *REMOVED gets how many SAs,
 * *MORE whether there may be more of either.
 */
MUST_USE enum status sa_expire(struct db *, uint64_t now, uint64_t limit,
    uint64_t *removed, bool *more);

/* ---- devices: records of type DEVICE, by ue_id ---- */

/* Keep one, without waiting (db_ask()); a known ue_id is replaced. */
MUST_USE enum status device_put(struct db *, const struct record *device);
MUST_USE enum status device_find(struct db *, const char *ue_id,
    struct record *device);
MUST_USE enum status device_remove(struct db *, const char *ue_id);

/* Walk the devices, in the order they came. */
MUST_USE enum status device_each(struct db *, each_fn *, void *);

/* ---- triggers, by p_tid ---- */

/* A new one, in state requested; REJECTED where its p_tid is known. */
MUST_USE enum status trigger_add(struct db *, const struct record *request,
    uint64_t now);

/* The same without waiting (db_ask()); *ADDED tells, later. */
MUST_USE enum status trigger_ask(struct db *, const struct record *request,
    uint64_t now, bool *added);

/* Record of type TRIGGER; *CLOSED: its SA answers no more. */
MUST_USE enum status trigger_find(struct db *, const char *p_tid,
    struct record *trigger, bool *closed);

/* The request of the trigger, open at NOW, whose SA has RAND, for resync. */
MUST_USE enum status trigger_find_rand(struct db *,
    const uint8_t rand[static 16], uint64_t now, struct record *request,
    uint64_t *when, enum state *);

/*
 * Note a report: sent, delivered or failed, when it happened.  REJECTED where
 * it is of another state; asked without waiting, *KNOWN tells later whether
 * its p_tid is.
 */
MUST_USE enum status trigger_ask_report(struct db *,
    const struct record *report, bool *known);
MUST_USE enum status trigger_reported(const struct record *report,
    bool known);

/* Close a trigger as connected, expired or failed; its SA answers no more. */
MUST_USE enum status trigger_close(struct db *, const char *p_tid,
    enum state, uint64_t now, const char *detail);

MUST_USE enum status trigger_each(struct db *, each_fn *, void *);

#endif
