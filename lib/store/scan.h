/*
 * scan.h: walks over all rows of a table, a page at a time, so that no
 * statement stays open: what is called for a row may write, and take its time.
 */
#ifndef GBA_SCAN_H
#define GBA_SCAN_H

#include "record/record.h"
#include "store/db.h"

/* Called for each row; any other status than OK ends the walk with it. */
typedef enum status each_fn(void *, const struct record *);

/* The one that copies a record to where its argument points. */
enum status each_copy(void *to, const struct record *);

/* Make R of the current row of Q, whose column 0 is its id. */
typedef enum status read_fn(struct query *, struct record *r);

/*
 * SQL selects rows with id > $1, ordered by it, at most $2; READ makes records
 * of them for EACH.  OK; FAILED; or what EACH returned.
 */
MUST_USE enum status walk(struct db *, const char *sql, read_fn *,
    each_fn *, void *);

#endif
