/*
 * sqlite_many.c: what is asked of a file for many rows, several at a time: of a
 * statement for each, half is its beginning and its end.
 *
 * Rows wait in a group until it is full, or anything else is asked.  What is
 * inserted is nearly always new, so a full group is inserted boldly, up to the
 * first that is there already; those from it on are asked one by one.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/sqlite.h"

#define SQL_MAX 4096
#define INSERT "INSERT "

/* Parameter I of row ROW of a group. */
static struct value
value_of(const struct group *g, size_t row, size_t i)
{
	struct value v = g->value[row][i];

	if (v.type != NUMBER_VALUE && v.v != NULL)
		v.v = g->octets + v.n;
	return v;
}

static bool
append(struct group *g, db_answer_fn *fn, void *arg, const struct value *v)
{
	for (size_t i = 0; i < g->columns; i++) {
		struct value *to = &g->value[g->count][i];

		*to = v[i];
		if (v[i].type == NUMBER_VALUE || v[i].v == NULL)
			continue;
		if (!array_reserve_secret(g->octets, g->room,
		    g->len + v[i].len))
			return false;
		to->n = g->len;
		memcpy(g->octets + g->len, v[i].v, v[i].len);
		g->len += v[i].len;
	}
	g->answer[g->count].fn = fn;
	g->answer[g->count++].arg = arg;
	return true;
}

/* ---- one statement for all ---- */

/*
 * ONE with as many rows of values as a group has, and FAIL in place of its word
 * on conflicts: ABORT would have SQLite copy each page before it changes.
 */
static void
write_insert(char sql[static SQL_MAX], const char *one, size_t columns)
{
	const char *row = strstr(one, "VALUES (");
	size_t depth = 0, n;

	assert(row != NULL);
	row += strlen("VALUES ");
	assert(strncmp(one, INSERT, strlen(INSERT)) == 0);
	one += strlen(INSERT);
	n = (size_t)snprintf(sql, SQL_MAX, INSERT "OR FAIL %.*s",
	    (int)(row - one), one);
	for (size_t r = 0; r < TOGETHER; r++) {
		if (r > 0)
			sql[n++] = ',';
		for (const char *p = row;; p++) {
			assert(n < SQL_MAX - 16);
			if (*p == '$')
				n += (size_t)snprintf(sql + n, 16, "$%lu",
				    strtoul(p + 1, (char **)&p, 10) +
				    (unsigned long)(r * columns));
			depth += *p == '(';
			depth -= *p == ')';
			sql[n++] = *p;
			if (depth == 0)
				break;
		}
	}
	sql[n] = '\0';
}

/* "WITH u (n, p1, p2) AS (VALUES (0, $1, $2), (1, $3, $4) ...) " and ROWS. */
static void
write_rows(char sql[static SQL_MAX], const char *rows, size_t columns)
{
	size_t n = (size_t)sprintf(sql, "WITH u (n");

	assert(strlen(rows) + 8 * TOGETHER * (columns + 1) < SQL_MAX);
	for (size_t i = 1; i <= columns; i++)
		n += (size_t)sprintf(sql + n, ", p%zu", i);
	n += (size_t)sprintf(sql + n, ") AS (VALUES");
	for (size_t r = 0; r < TOGETHER; r++) {
		n += (size_t)sprintf(sql + n, "%s (%zu", r == 0 ? "" : ",", r);
		for (size_t i = 1; i <= columns; i++)
			n += (size_t)sprintf(sql + n, ", $%zu",
			    r * columns + i);
		sql[n++] = ')';
	}
	sprintf(sql + n, ") %s", rows);
}

static struct group *
group_of(struct sqlite *s, const struct db_many *many, size_t columns)
{
	struct group *g = s->group;
	char sql[SQL_MAX];

	while (g->many != NULL && g->many != many) {
		g++;
		assert(g < s->group + GROUPS);
	}
	if (g->many != NULL)
		return g;
	if (many->rows != NULL)
		write_rows(sql, many->rows, columns);
	else
		write_insert(sql, many->one, columns);
	if (sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &g->all.stmt, NULL) != SQLITE_OK) {
		sqlite_failed(s);
		return NULL;
	}
	g->all.base = (struct query){ &driver_sqlite, many->one };
	g->many = many;
	g->columns = columns;
	return g;
}

static int
bind_all(struct group *g)
{
	int result = SQLITE_OK;

	for (size_t row = 0; row < TOGETHER; row++)
		for (size_t i = 0; i < g->columns; i++) {
			struct value v = value_of(g, row, i);

			if (result == SQLITE_OK)
				result = sqlite_bind(g->all.stmt,
				    (int)(row * g->columns + i + 1), &v);
		}
	return result;
}

/* Insert all of G, or those before the first that is there already: *DONE. */
static enum status
insert_all(struct sqlite *s, struct group *g, size_t *done)
{
	int result = bind_all(g);

	if (result == SQLITE_OK)
		result = sqlite3_step(g->all.stmt);
	*done = (size_t)sqlite3_changes64(s->handle);
	sqlite3_reset(g->all.stmt);
	if (result != SQLITE_DONE && (result & 0xff) != SQLITE_CONSTRAINT)
		return sqlite_failed(s);
	for (size_t row = 0; row < *done; row++)
		if (g->answer[row].fn != NULL)
			g->answer[row].fn(g->answer[row].arg, &g->all.base);
	return OK;
}

/* Each row of the answer to all is about a row of G, in the same order. */
static enum status
find_all(struct sqlite *s, struct group *g)
{
	struct query *q = &g->all.base;
	int column = sqlite3_column_count(g->all.stmt) - 1;
	struct statement one;
	bool found;

	s->base.status = OK;
	g->all.result = bind_all(g);
	found = db_row(q);
	one = g->all;
	one.result = SQLITE_DONE;
	for (size_t row = 0; row < TOGETHER; row++) {
		bool own = found && db_number(q, column) == row;

		one.ahead = own;
		if (g->answer[row].fn != NULL)
			g->answer[row].fn(g->answer[row].arg, &one.base);
		if (own)
			found = db_row(q);
	}
	return db_done(&s->base, q);
}

static enum status
ask_each(struct sqlite *s, struct group *g, size_t from, size_t end)
{
	struct value v[VALUES_MAX];
	enum status status = OK;

	for (size_t row = from; status == OK && row < end; row++) {
		for (size_t i = 0; i < g->columns; i++)
			v[i] = value_of(g, row, i);
		status = driver_sqlite.ask(&s->base, g->answer[row].fn,
		    g->answer[row].arg, g->many->one, v, g->columns);
	}
	return status;
}

static enum status
ask(struct sqlite *s, struct group *g)
{
	size_t count = g->count, done = 0;
	enum status status = OK;

	g->count = 0;
	s->waiting -= count;
	if (count == TOGETHER && g->many->rows == NULL) {
		status = insert_all(s, g, &done);
	} else if (count == TOGETHER) {
		status = find_all(s, g);
		done = count;
	}
	if (status == OK)
		status = ask_each(s, g, done, count);
	wipe(g->octets, g->len);
	g->len = 0;
	return status;
}

/* ---- from the driver ---- */

enum status
sqlite_ask_many(struct db *db, db_answer_fn *fn, void *arg,
    const struct db_many *many, const struct value *v, size_t count)
{
	struct sqlite *s = (struct sqlite *)db;
	enum status status = OK;
	struct group *g;

	if (many->many != NULL && many->rows == NULL)
		return driver_sqlite.ask(db, fn, arg, many->one, v, count);
	if ((g = group_of(s, many, count)) == NULL)
		return FAILED;
	/* what looks at rows waits alone: the order stays that of asking */
	if (s->waiting > g->count && (s->alone || many->rows != NULL))
		status = sqlite_ask_waiting(s);
	if (status != OK)
		return status;
	if (!append(g, fn, arg, v))
		return db->status = fail(FAILED, "%s: no memory", db->name);
	s->alone = many->rows != NULL;
	s->waiting++;
	return g->count == TOGETHER ? ask(s, g) : OK;
}

enum status
sqlite_ask_waiting(struct sqlite *s)
{
	enum status status = OK;

	for (struct group *g = s->group; status == OK && s->waiting > 0; g++)
		if (g->count > 0)
			status = ask(s, g);
	return status;
}

void
sqlite_drop_waiting(struct sqlite *s)
{
	for (struct group *g = s->group; s->waiting > 0; g++) {
		wipe(g->octets, g->len);
		s->waiting -= g->count;
		g->count = g->len = 0;
	}
}

void
sqlite_free_groups(struct sqlite *s)
{
	sqlite_drop_waiting(s);
	for (size_t i = 0; i < GROUPS; i++) {
		sqlite3_finalize(s->group[i].all.stmt);
		free(s->group[i].octets);
	}
}
