/* rows.c: numbers of rows of a store that were found. */
#include <stdlib.h>

#include "base/array.h"
#include "store/rows.h"

enum status
rows_add(struct rows *rows, uint64_t row)
{
	if (!array_reserve(rows->v, rows->room, rows->count + 1))
		return fail(FAILED, "store: no memory");
	rows->v[rows->count++] = row;
	return OK;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void
rows_sort(struct rows *rows)
{
	size_t n = 0;

	if (rows->count > 1)
		qsort(rows->v, rows->count, sizeof(rows->v[0]), compare);
	for (size_t i = 0; i < rows->count; i++)
		if (n == 0 || rows->v[i] != rows->v[n - 1])
			rows->v[n++] = rows->v[i];
	rows->count = n;
}
