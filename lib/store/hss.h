/*
 * hss.h: the HSS's store, `hss.db': subscribers with their K and SQN.
 */
#ifndef GBA_HSS_H
#define GBA_HSS_H

#include "store/scan.h"

extern const struct schema hss_schema;

/*
 * Add a subscriber, with his ue_ids.  OK; REJECTED where his IMPI, IMSI or a
 * public identity is somebody's already; FAILED.
 */
MUST_USE enum status hss_add(struct db *, const struct record *subscriber);

/*
 * The same for many, without waiting (db_ask()): hss_ask_add() does what nearly
 * always does; once that is answered, hss_added() has the verdict.
 */
struct hss_addition {
	uint64_t row;
	unsigned names, added;	/* asked for, and given */
};
MUST_USE enum status hss_ask_add(struct db *, const struct record *subscriber,
    struct hss_addition *);
MUST_USE enum status hss_added(struct db *, const struct record *subscriber,
    const struct hss_addition *);

/*
 * Find whom ID names: a public identity, or the IMPI, each in its own
 * namespace.  OK with his record and row; REJECTED where nobody; FAILED.
 */
MUST_USE enum status hss_find(struct db *, enum ue_id_type, const char *id,
    struct record *subscriber, uint64_t *row);

/*
 * Read the subscriber S of ROW again: he is nobody else's from then on until
 * the end of the transaction.  OK; REJECTED where he is gone; FAILED.
 */
MUST_USE enum status hss_hold(struct db *, uint64_t row, struct record *s);

/*
 * Find and hold many, without waiting: *ROW is 0 where there is nobody; rows
 * should be asked for in their order, so that no two wait for each other.
 */
struct hss_found {
	uint64_t row, sqn;
	uint8_t record[RECORD_MAX];	/* with the SQN it was made with */
	size_t len;			/* 0: there is none any more */
};
MUST_USE enum status hss_ask_row(struct db *, enum ue_id_type, const char *id,
    uint64_t *row);
MUST_USE enum status hss_ask_found(struct db *, struct hss_found *);
MUST_USE enum status hss_read(const struct hss_found *,
    struct record *subscriber);
MUST_USE enum status hss_nobody(enum ue_id_type, const char *id);

/* Write SQN, the last one used, without waiting. */
MUST_USE enum status hss_ask_sqn(struct db *, uint64_t row, uint64_t sqn);

/* Replace the subscriber of a ROW, or remove him: OLD is what was found. */
MUST_USE enum status hss_put(struct db *, uint64_t row,
    const struct record *old, const struct record *subscriber);
MUST_USE enum status hss_remove(struct db *, uint64_t row,
    const struct record *old);

MUST_USE enum status hss_each(struct db *, each_fn *, void *);

#endif
