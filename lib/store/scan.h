/*
 * scan.h: walks over all rows of a table, a page at a time.  No statement stays
 * open, so the function that is called for a row may write, and may be slow.
 */
#ifndef GBA_SCAN_H
#define GBA_SCAN_H

#include "record/record.h"
#include "store/db.h"

/* Called for each row; any other status than OK ends the walk with it. */
typedef enum status each_fn(void *, const struct record *);

/* An each_fn that copies the record to *TO. */
enum status each_copy(void *to, const struct record *);

/* Read R from the current row of Q, whose column 0 is the id. */
typedef enum status read_fn(struct query *, struct record *r);

/*
 * SQL selects at most $2 rows with id > $1, ordered by id.  READ turns each row
 * into a record, with which EACH is called.  OK; FAILED; or what EACH returned.
 */
MUST_USE enum status walk(struct db *, const char *sql, read_fn *,
    each_fn *, void *);

#endif
