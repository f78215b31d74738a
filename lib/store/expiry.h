/*
 * expiry.h: when rows of an SA store in a file expire.  Rows that were stored
 * one after the other mostly expire together, so a table has runs of them, not
 * each row: an index of all rows would cost each as much as the row itself.
 * A run says no more than where to look: each row has its own time.
 */
#ifndef GBA_EXPIRY_H
#define GBA_EXPIRY_H

#include "store/db.h"

/* Inside a transaction: ROW expires then. */
MUST_USE enum status expiry_note(struct db *, uint64_t row, uint64_t expires);

/* Rows from FIRST to LAST. */
struct row_range {
	uint64_t first, last;
};

/*
 * Inside a transaction: take out of the table the runs that expire until NOW,
 * the earliest first, so far that they have at most LIMIT rows; call FN for
 * ranges of rows that these are in.  *MORE: there may be more.
 */
MUST_USE enum status expiry_take(struct db *, uint64_t now, uint64_t limit,
    enum status (*fn)(void *arg, const struct row_range *), void *arg,
    bool *more);

/* SQL of the table. */
#define EXPIRY_TABLE \
	"CREATE TABLE expiry (expires INTEGER, first INTEGER," \
	"  last INTEGER NOT NULL, PRIMARY KEY (expires, first)) WITHOUT ROWID;"

#endif
