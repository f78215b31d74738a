/* scan.c: walks over all rows of a table. */
#include "store/scan.h"

#define PAGE 128

enum status
each_copy(void *to, const struct record *r)
{
	*(struct record *)to = *r;
	return OK;
}

static enum status
read_page(struct db *db, const char *sql, read_fn *read, uint64_t *last,
    struct record page[static PAGE], size_t *n)
{
	struct query *q = db_query(db, sql, "nn", *last, (uint64_t)PAGE);
	enum status status = OK, done;

	for (*n = 0; status == OK && *n < PAGE && db_row(q); (*n)++) {
		*last = db_number(q, 0);
		status = read(q, &page[*n]);
	}
	done = db_done(db, q);
	return done != OK ? done : status;
}

enum status
walk(struct db *db, const char *sql, read_fn *read, each_fn *each, void *arg)
{
	struct record page[PAGE];
	enum status status;
	uint64_t last = 0;
	size_t n;

	do {
		status = read_page(db, sql, read, &last, page, &n);
		for (size_t i = 0; status == OK && i < n; i++)
			status = each(arg, &page[i]);
	} while (status == OK && n == PAGE);
	wipe(page, sizeof(page));
	return status;
}
