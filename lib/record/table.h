/*
 * table.h: records as a table, a line for each, for eyes and for awk(1).
 * Widths are fixed, so that a line need not wait for the next: a value that is
 * wider moves what follows it.  Absent values read `-'.  No column is secret.
 */
#ifndef GBA_TABLE_H
#define GBA_TABLE_H

#include "record/show.h"

/* The line with the names of the columns of records of a TYPE. */
void table_head(struct text *, enum record_type);

/* The line of a record; of a type that has no columns it is as in text. */
void table_row(struct text *, const struct record *);

/*
 * A line of other things: words of these widths, the last as wide as it is;
 * NULL or "" is absent.
 */
void table_put(struct text *, const char *const *word, const int *width,
    size_t count);

#endif
