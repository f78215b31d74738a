/*
 * rows.h: numbers of rows of a store that were found.
 */
#ifndef GBA_ROWS_H
#define GBA_ROWS_H

#include "base/octets.h"
#include "base/status.h"

/* Begins as zeros; free(V) ends it. */
struct rows {
	uint64_t *v;
	size_t count, room;
};

/* OK, or FAILED: no memory. */
MUST_USE enum status rows_add(struct rows *, uint64_t row);

/* In ascending order, each once. */
void rows_sort(struct rows *);

#endif
