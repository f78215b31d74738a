/*
 * sqlite_many.c: rows that are inserted into a file several at a time: of a
 * statement for each, half is its beginning and its end.
 *
 * Rows wait in a group until it is full, or anything else is asked.  Nearly
 * always they are new, so a full group is inserted boldly; where one of it is
 * there already SQLite undoes them all, and they are asked one by one.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/sqlite.h"

#define SQL_MAX 4096

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

/* ONE with as many rows of values as a group has, and no word on conflicts. */
static void
write_sql(char sql[static SQL_MAX], const char *one, size_t columns)
{
	const char *row = strstr(one, "VALUES (");
	size_t depth = 0, n;

	assert(row != NULL);
	row += strlen("VALUES ");
	n = (size_t)snprintf(sql, SQL_MAX, "%.*s", (int)(row - one), one);
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
	write_sql(sql, many->one, columns);
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

/* Insert all; false where that cannot be. */
static bool
insert_all(struct group *g)
{
	int result = SQLITE_OK;

	for (size_t row = 0; row < TOGETHER; row++)
		for (size_t i = 0; i < g->columns; i++) {
			struct value v = value_of(g, row, i);

			if (result == SQLITE_OK)
				result = sqlite_bind(g->all.stmt,
				    (int)(row * g->columns + i + 1), &v);
		}
	if (result == SQLITE_OK)
		result = sqlite3_step(g->all.stmt);
	sqlite3_reset(g->all.stmt);
	return result == SQLITE_DONE;
}

static enum status
insert_each(struct sqlite *s, struct group *g, size_t count)
{
	struct value v[VALUES_MAX];
	enum status status = OK;

	for (size_t row = 0; status == OK && row < count; row++) {
		for (size_t i = 0; i < g->columns; i++)
			v[i] = value_of(g, row, i);
		status = driver_sqlite.ask(&s->base, g->answer[row].fn,
		    g->answer[row].arg, g->many->one, v, g->columns);
	}
	return status;
}

static enum status
insert(struct sqlite *s, struct group *g)
{
	size_t count = g->count;
	enum status status = OK;

	g->count = 0;
	s->waiting -= count;
	if (count < TOGETHER || !insert_all(g))
		status = insert_each(s, g, count);
	else
		for (size_t row = 0; row < count; row++)
			if (g->answer[row].fn != NULL)
				g->answer[row].fn(g->answer[row].arg,
				    &g->all.base);
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
	struct group *g;

	if (many->many != NULL)
		return driver_sqlite.ask(db, fn, arg, many->one, v, count);
	if ((g = group_of(s, many, count)) == NULL)
		return FAILED;
	if (!append(g, fn, arg, v))
		return db->status = fail(FAILED, "%s: no memory", db->name);
	s->waiting++;
	return g->count == TOGETHER ? insert(s, g) : OK;
}

enum status
sqlite_insert_waiting(struct sqlite *s)
{
	enum status status = OK;

	for (struct group *g = s->group; status == OK && s->waiting > 0; g++)
		if (g->count > 0)
			status = insert(s, g);
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
