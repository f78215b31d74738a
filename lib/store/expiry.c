/* expiry.c: when rows of an SA store in a file expire. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/expiry.h"

/* The run that was noted last, if any, which is not in the table yet. */
struct expiry_memory {
	bool any;
	uint64_t expires, undone;
	struct row_range run;
};

/* Where the number of a row was used again, the longer run covers both. */
static enum status
put_run(struct db *db, uint64_t expires, const struct row_range *run)
{
	return db_run(db, NULL, "INSERT INTO expiry (expires, first, last) "
	    "VALUES ($1, $2, $3) ON CONFLICT (expires, first) DO UPDATE "
	    "SET last = max(last, excluded.last)", "nnn", expires, run->first,
	    run->last);
}

static enum status
settle(struct db *db)
{
	struct expiry_memory *m = *db_memory(db, DB_MEMORY_EXPIRY, settle,
	    free);

	if (m == NULL || !m->any || m->undone != db_undone(db))
		return OK;
	m->any = false;
	return put_run(db, m->expires, &m->run);
}

enum status
expiry_note(struct db *db, uint64_t row, uint64_t expires)
{
	void **p = db_memory(db, DB_MEMORY_EXPIRY, settle, free);
	struct expiry_memory *m = *p;
	enum status status = OK;

	if (m == NULL)
		*p = m = calloc(1, sizeof(*m));
	if (m == NULL)
		return fail(FAILED, "store: no memory");
	if (m->any && m->undone == db_undone(db) && m->expires == expires &&
	    m->run.last + 1 == row) {
		m->run.last = row;
		return OK;
	}
	status = settle(db);
	*m = (struct expiry_memory){ true, expires, db_undone(db),
	    { row, row } };
	return status;
}

/* ---- those that expire ---- */

/* Ranges that were taken, and the last run of them. */
struct taken {
	struct row_range *v;
	size_t count, room;
	uint64_t rows;
	uint64_t expires;
	struct row_range run, rest;	/* of it, that is left, if any */
};

static enum status
read_runs(struct db *db, uint64_t now, uint64_t limit, struct taken *t)
{
	struct query *q = db_query(db, "SELECT expires, first, last "
	    "FROM expiry WHERE expires <= $1 ORDER BY expires, first LIMIT $2",
	    "nn", now, limit);
	bool full = false;
	enum status status;

	while (t->rows < limit && !full && db_row(q)) {
		struct row_range run = { db_number(q, 1), db_number(q, 2) };

		t->expires = db_number(q, 0);
		t->run = run;
		if (run.last - run.first >= limit - t->rows)
			run.last = run.first + (limit - t->rows) - 1;
		t->rest = (struct row_range){ run.last + 1, t->run.last };
		t->rows += run.last - run.first + 1;
		full = !array_reserve(t->v, t->room, t->count + 1);
		if (!full)
			t->v[t->count++] = run;
	}
	status = db_done(db, q);
	return status == OK && full ? fail(FAILED, "store: no memory") :
	    status;
}

static int
compare(const void *a, const void *b)
{
	const struct row_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* In ascending order; those that follow each other, or overlap, become one. */
static void
join(struct taken *t)
{
	size_t n = 0;

	qsort(t->v, t->count, sizeof(t->v[0]), compare);
	for (size_t i = 1; i < t->count; i++)
		if (t->v[i].first > t->v[n].last + 1)
			t->v[++n] = t->v[i];
		else if (t->v[i].last > t->v[n].last)
			t->v[n].last = t->v[i].last;
	t->count = n + 1;
}

static enum status
remove_runs(struct db *db, const struct taken *t)
{
	enum status status = db_run(db, NULL, "DELETE FROM expiry "
	    "WHERE (expires, first) <= ($1, $2)", "nn", t->expires,
	    t->run.first);

	return status != OK || t->rest.first > t->rest.last ? status :
	    put_run(db, t->expires, &t->rest);
}

enum status
expiry_take(struct db *db, uint64_t now, uint64_t limit,
    enum status (*fn)(void *arg, const struct row_range *), void *arg,
    bool *more)
{
	struct taken t = { 0 };
	enum status status = settle(db);

	if (status == OK)
		status = read_runs(db, now, limit, &t);
	*more = t.rows >= limit;
	if (status == OK && t.count > 0) {
		join(&t);
		for (size_t i = 0; status == OK && i < t.count; i++)
			status = fn(arg, &t.v[i]);
		if (status == OK)
			status = remove_runs(db, &t);
	}
	free(t.v);
	return status;
}
