/*
 * sqlite_many.c: what is asked of SQLite for many rows, some in one statement:
 * to begin and end a statement takes as long as to find a row.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite.h"

#define SQL_MAX 4096

/* ---- collecting ---- */

static void
forget(struct sqlite_group *g)
{
	wipe(g->octets, g->len);
	g->count = g->len = 0;
}

void
sqlite_drop_many(struct sqlite *s)
{
	for (size_t i = 0; i < GROUPS; i++)
		forget(&s->group[i]);
}

static size_t
octets_of(const struct value *v, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += v[i].type == NUMBER_VALUE ? 0 : v[i].len;
	return len;
}

/* There is room for it. */
static void
append(struct sqlite_group *g, const struct answer *answer,
    const struct value *v, size_t count)
{
	struct value *to = g->value + g->count * count;

	for (size_t i = 0; i < count; i++) {
		to[i] = v[i];
		if (v[i].type == NUMBER_VALUE || v[i].v == NULL)
			continue;
		to[i].v = memcpy(g->octets + g->len, v[i].v, v[i].len);
		g->len += v[i].len;
	}
	g->params = count;
	g->answer[g->count++] = *answer;
}

/* ---- asking ---- */

/*
 * "WITH u (n, p1, p2) AS (VALUES (0, ?1, ?2), (1, ?3, ?4) ...) " and the ROWS
 * of MANY.  Where these INSERT, FAIL keeps what was done before a conflict;
 * ABORT would have SQLite copy each page before the statement changes it.
 */
static void
compose(char sql[static SQL_MAX], const struct db_many *many, size_t params)
{
	static const char insert[] = "INSERT ";
	const char *rows = many->rows;
	size_t n = (size_t)sprintf(sql, "WITH u (n");

	assert(strlen(rows) + 8 * GROUP_ROWS * (params + 1) < SQL_MAX);
	for (size_t p = 1; p <= params; p++)
		n += (size_t)sprintf(sql + n, ", p%zu", p);
	n += (size_t)sprintf(sql + n, ") AS (VALUES");
	for (size_t i = 0; i < GROUP_ROWS; i++) {
		n += (size_t)sprintf(sql + n, "%s (%zu", i == 0 ? "" : ",", i);
		for (size_t p = 1; p <= params; p++)
			n += (size_t)sprintf(sql + n, ", ?%zu",
			    i * params + p);
		sql[n++] = ')';
	}
	if (many->inserts) {
		assert(strncmp(rows, insert, strlen(insert)) == 0);
		rows += strlen(insert);
	}
	sprintf(sql + n, ") %s%s", many->inserts ? "INSERT OR FAIL " : "",
	    rows);
}

/*
 * Each element has its own of the rows of Q, which come in the order of the
 * elements.
 */
static void
share_out(const struct sqlite_group *g, struct statement *q)
{
	int column = sqlite3_column_count(q->stmt) - 1;
	bool row = db_row(&q->base);
	struct statement one = *q;

	one.result = SQLITE_DONE;
	for (size_t i = 0; i < GROUP_ROWS; i++) {
		one.ahead = row && db_number(&q->base, column) == i;
		if (g->answer[i].fn != NULL)
			g->answer[i].fn(g->answer[i].arg, &one.base);
		if (row && db_number(&q->base, column) == i)
			row = db_row(&q->base);
	}
}

/* Ask for those of G from FROM to END, one by one. */
static enum status
ask_each(struct sqlite *s, const struct sqlite_group *g, size_t from,
    size_t end)
{
	const struct answer *a = g->answer + from;
	enum status status = OK;

	for (size_t i = from; i < end && status == OK; i++, a++)
		status = driver_sqlite.ask(&s->base, a->fn, a->arg,
		    g->sql->one, g->value + i * g->params, g->params);
	return status;
}

/*
 * Nearly always all are new.  The first that is there already, and those after
 * it, are asked one by one.
 */
static enum status
insert_together(struct sqlite *s, struct sqlite_group *g, struct statement *q)
{
	size_t done = GROUP_ROWS;

	if (db_row(&q->base) || q->result == SQLITE_CONSTRAINT) {
		done = (size_t)db_changed(&q->base);
		q->result = SQLITE_DONE;
	}
	for (size_t i = 0; i < done && q->result == SQLITE_DONE; i++)
		if (g->answer[i].fn != NULL)
			g->answer[i].fn(g->answer[i].arg, &q->base);
	return db_done(&s->base, &q->base) == OK ?
	    ask_each(s, g, done, GROUP_ROWS) : FAILED;
}

static enum status
ask_together(struct sqlite *s, struct sqlite_group *g)
{
	const char *rows = g->sql->rows;
	char sql[SQL_MAX];
	struct query *q;

	if (!sqlite_knows(s, rows)) {
		compose(sql, g->sql, g->params);
		if (sqlite_prepare(s, rows, sql) == NULL)
			return sqlite_failed(s);
	}
	s->base.status = OK;
	q = sqlite_start(&s->base, rows, g->value, GROUP_ROWS * g->params);
	if (q != NULL && g->sql->inserts)
		return insert_together(s, g, (struct statement *)q);
	if (q != NULL)
		share_out(g, (struct statement *)q);
	return db_done(&s->base, q);
}

static enum status
end_group(struct sqlite *s, struct sqlite_group *g)
{
	size_t count = g->count;
	enum status status;

	if (count == 0)
		return OK;
	g->count = 0;
	status = count == GROUP_ROWS ? ask_together(s, g) :
	    ask_each(s, g, 0, count);
	forget(g);
	return status;
}

/* A statement begins with this call, those of the groups, too. */
enum status
sqlite_end_many(struct sqlite *s)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < GROUPS; i++)
		status = end_group(s, &s->group[i]);
	return status;
}

/*
 * The group of a statement.  Statements that insert may come in turns: none of
 * them sees what another does.  Any other waits for all before it.
 */
static struct sqlite_group *
group_of(struct sqlite *s, const struct db_many *many, enum status *status)
{
	struct sqlite_group *free = NULL;

	for (struct sqlite_group *g = s->group; g < s->group + GROUPS; g++) {
		if (g->count > 0 && g->sql == many)
			return g;
		if (g->count == 0)
			free = g;
		else if (!many->inserts || !g->sql->inserts)
			*status = end_group(s, g);
	}
	if (free == NULL && *status == OK)
		*status = sqlite_end_many(s);
	if (free == NULL)
		free = s->group;
	free->sql = many;
	return free;
}

enum status
sqlite_ask_many(struct db *db, db_answer_fn *fn, void *arg,
    const struct db_many *many, const struct value *v, size_t count)
{
	struct sqlite *s = (struct sqlite *)db;
	size_t len = octets_of(v, count);
	enum status status = OK;
	struct sqlite_group *g;

	if (many->rows == NULL || len > sizeof(g->octets))
		return db->driver->ask(db, fn, arg, many->one, v, count);
	g = group_of(s, many, &status);
	if (status == OK && g->len + len > sizeof(g->octets))
		status = end_group(s, g);
	if (status != OK)
		return status;
	append(g, &(struct answer){ fn, arg }, v, count);
	return g->count == GROUP_ROWS ? end_group(s, g) : OK;
}
