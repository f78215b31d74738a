/*
 * hss.h: the HSS's store, `hss.db': subscribers with their K and SQN.
 */
#ifndef GBA_HSS_H
#define GBA_HSS_H

#include "store/scan.h"

extern const struct schema hss_schema;

/*
 * Add a subscriber, with its ue_ids.  OK; REJECTED if another subscriber has
 * its IMPI, IMSI or a public identity; FAILED.
 */
MUST_USE enum status hss_add(struct db *, const struct record *subscriber);

/*
 * The same for many, without waiting (db_ask()): hss_ask_add() and, once that
 * is answered, hss_ask_names() do what nearly always does; then hss_added() has
 * the verdict: OK, too, and *THERE, where the same subscriber was there before,
 * perhaps at a later SQN.  The subscriber is valid until then.
 */
struct hss_addition {
	const struct record *subscriber;
	uint64_t row;
	unsigned names, added;	/* wanted, and inserted */
};
MUST_USE enum status hss_ask_add(struct db *, const struct record *subscriber,
    struct hss_addition *);
MUST_USE enum status hss_ask_names(struct db *, struct hss_addition *);
MUST_USE enum status hss_added(struct db *, const struct hss_addition *,
    bool *there);

/*
 * Find the subscriber with ID: a public identity or an IMPI, each in its own
 * namespace.  OK with its record and row; REJECTED if there is none; FAILED.
 */
MUST_USE enum status hss_find(struct db *, enum ue_id_type, const char *id,
    struct record *subscriber, uint64_t *row);

/*
 * Read the subscriber S of ROW again and lock it until the end of the
 * transaction.  OK; REJECTED if it was removed; FAILED.
 */
MUST_USE enum status hss_hold(struct db *, uint64_t row, struct record *s);

/*
 * Find and lock many, without waiting.  *ROW is 0 if there is no subscriber.
 * Ask for rows in ascending order, so that no two programs wait for each
 * other.
 *
 * COUNT vectors are wanted of the subscriber.  SQN is the last that was used;
 * whoever uses more sets it, and has hss_ask_sqn() write it in any case: a
 * server has counted it on already, by COUNT with all INDs in turn, since to
 * lock a row costs it as much as to change it.  ANSWERED, or NULL, is called
 * with the one that was found, while the server works on the next.
 */
struct hss_found {
	uint64_t row, count, sqn;
	uint64_t counted, stored;	/* in the database */
	uint8_t record[RECORD_MAX];	/* its SQN is outdated; see sqn */
	size_t len;			/* 0: it was removed */
	void (*answered)(struct hss_found *);
};
MUST_USE enum status hss_ask_row(struct db *, enum ue_id_type, const char *id,
    uint64_t *row);
MUST_USE enum status hss_ask_found(struct db *, struct hss_found *);
MUST_USE enum status hss_read(const struct hss_found *,
    struct record *subscriber);
MUST_USE enum status hss_nobody(enum ue_id_type, const char *id);

/* Write the SQN of F, the last one used, without waiting. */
MUST_USE enum status hss_ask_sqn(struct db *, struct hss_found *f);

/* Replace or remove the subscriber of a ROW; OLD is what hss_find() gave. */
MUST_USE enum status hss_put(struct db *, uint64_t row,
    const struct record *old, const struct record *subscriber);
MUST_USE enum status hss_remove(struct db *, uint64_t row,
    const struct record *old);

MUST_USE enum status hss_each(struct db *, each_fn *, void *);

#endif
