/*
 * number.h: what a statement says of a store, for the unit tests of stores.
 */
#ifndef GBA_NUMBER_H
#define GBA_NUMBER_H

#include "store/db.h"
#include "test.h"

/* The number in the first row of SQL, or 0. */
static uint64_t
number(struct db *db, const char *sql)
{
	struct query *q = db_query(db, sql, "");
	uint64_t n = db_row(q) ? db_number(q, 0) : 0;

	check_ok(db_done(db, q));
	return n;
}

#endif
