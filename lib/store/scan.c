/* scan.c: walks over all rows of a table. */
#include <stdlib.h>

#include "store/scan.h"

#define PAGE 128
#define PAGE_SHARED 512		/* each is a way to a server and back */

enum status
each_copy(void *to, const struct record *r)
{
	*(struct record *)to = *r;
	return OK;
}

static enum status
read_page(struct db *db, const char *sql, read_fn *read, uint64_t *last,
    struct record *page, size_t most, size_t *n)
{
	struct query *q = db_query(db, sql, "nn", *last, (uint64_t)most);
	enum status status = OK, done;

	for (*n = 0; status == OK && *n < most && db_row(q); (*n)++) {
		*last = db_number(q, 0);
		status = read(q, &page[*n]);
	}
	done = db_done(db, q);
	return done != OK ? done : status;
}

enum status
walk(struct db *db, const char *sql, read_fn *read, each_fn *each, void *arg)
{
	size_t most = db_is_shared(db) ? PAGE_SHARED : PAGE, n;
	struct record *page = calloc(most, sizeof(*page));
	enum status status;
	uint64_t last = 0;

	if (page == NULL)
		return fail(FAILED, "store: no memory");
	do {
		status = read_page(db, sql, read, &last, page, most, &n);
		for (size_t i = 0; status == OK && i < n; i++)
			status = each(arg, &page[i]);
	} while (status == OK && n == most);
	wipe(page, most * sizeof(*page));
	free(page);
	return status;
}
