/*
 * postgresql_many.c: what is asked of PostgreSQL for many rows, in one
 * statement for all of them.
 *
 * Rows are collected in a group, which is sent once it is full, or the server
 * would have nothing to do.  The next one is collected and sent while it works
 * on this one, and then the answers are taken.
 *
 * To insert a row only if nothing is there costs the server half as much again
 * as to insert it, and nearly always nothing is there: so a group is inserted
 * boldly, behind a savepoint.  Where a row of it is there already, the group is
 * undone, and asked row by row, as the next few are, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/postgresql.h"

#define CAREFUL 16		/* groups after one that was undone */
#define OCTETS_MAX (1 << 20)	/* of a group */
#define IDLE 64			/* rows, that a server without work gets */

/* A group is at its end with all answers, or dropped: no key is left. */
static void
forget(struct group *g)
{
	if (g->octets != NULL)
		wipe(g->octets, g->len);
	g->count = g->len = 0;
	g->begun = false;
	memset(g->index, 0, sizeof(g->index));
}

static enum status
no_memory(struct postgresql *pg)
{
	return pg->base.status = fail(FAILED, "%s: no memory", pg->base.name);
}

/* ---- collecting ---- */

static bool
append(struct group *g, const struct pending *answer, const struct value *v,
    size_t count)
{
	struct value *to = g->value[g->count];
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += v[i].type == NUMBER_VALUE ? 0 : v[i].len;
	if (!array_reserve_secret(g->octets, g->room, g->len + len))
		return false;
	for (size_t i = 0; i < count; i++) {
		to[i] = v[i];
		if (v[i].type == NUMBER_VALUE || v[i].v == NULL)
			continue;
		to[i].n = g->len;
		memcpy(g->octets + g->len, v[i].v, v[i].len);
		g->len += v[i].len;
	}
	g->answer[g->count++] = *answer;
	return true;
}

/* A value of G as it was given. */
static struct value
value_of(const struct group *g, size_t i, size_t column)
{
	struct value v = g->value[i][column];

	v.v = v.type == NUMBER_VALUE ? &g->value[i][column].n : v.v == NULL ?
	    NULL : (const void *)(g->octets + v.n);
	return v;
}

static uint32_t
hash(const struct value *v)
{
	const uint8_t *p = v->v;
	uint32_t h = 2166136261;	/* FNV-1a */

	if (v->type == NUMBER_VALUE)
		return (uint32_t)(v->n * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	for (size_t i = 0; i < v->len; i++)
		h = (h ^ p[i]) * 16777619;
	return h;
}

static bool
is_same(const struct value *a, const struct value *b)
{
	return a->type == NUMBER_VALUE ? a->n == b->n : a->len == b->len &&
	    memcmp(a->v, b->v, a->len) == 0;
}

/* Whether the next row of G would have a KEY of its own, which is noted. */
static bool
note_key(struct group *g, const struct value *key)
{
	uint32_t at = hash(key);
	struct value other;

	for (;; at++) {
		at %= COUNT(g->index);
		if (g->index[at] == 0)
			break;
		other = value_of(g, g->index[at] - 1U, g->sql->key - 1);
		if (is_same(key, &other))
			return false;
	}
	g->index[at] = (uint16_t)(g->count + 1);
	return true;
}

/* ---- answers ---- */

/*
 * The rows of each element: how many, and one of them.  The last column has the
 * element's number, from 1.
 */
static void
sort_rows(const PGresult *result, unsigned rows[static GROUP_MAX],
    int row[static GROUP_MAX])
{
	int column = pq.PQnfields(result) - 1;
	uint64_t n;

	for (int i = 0; i < pq.PQntuples(result); i++) {
		n = be_read((const uint8_t *)pq.PQgetvalue(result, i, column),
		    (size_t)pq.PQgetlength(result, i, column));
		if (n < 1 || n > GROUP_MAX)
			continue;
		rows[n - 1]++;
		row[n - 1] = i;
	}
}

/* Each element has its own of the answer to all. */
static void
share_out(void *group, struct query *query)
{
	struct group *g = group;
	struct statement one = *(struct statement *)query;
	unsigned rows[GROUP_MAX] = { 0 };
	int row[GROUP_MAX] = { 0 };

	if (!g->sql->inserts)
		sort_rows(one.result, rows, row);
	one.is_one = true;
	for (size_t i = 0; i < g->count; i++) {
		one.changed = g->sql->inserts ? 1 : rows[i];
		one.row = row[i] - 1;
		one.end = rows[i] == 0 ? row[i] : row[i] + 1;
		if (g->answer[i].fn != NULL)
			g->answer[i].fn(g->answer[i].arg, &one.base);
	}
}

/* ---- sending ---- */

static uint8_t *
put_int(uint8_t *p, uint32_t n)
{
	be_write(p, 4, n);
	return p + 4;
}

/* The elements of a column as PostgreSQL has an array in binary; its end. */
static uint8_t *
put_array(uint8_t *p, const struct group *g, size_t column)
{
	static const uint32_t types[] = { [NUMBER_VALUE] = INT8,
	    [TEXT_VALUE] = TEXT_TYPE, [OCTETS_VALUE] = BYTEA };
	struct value v;

	p = put_int(p, 1);	/* dimension */
	p = put_int(p, 1);	/* there may be NULL */
	p = put_int(p, types[g->value[0][column].type]);
	p = put_int(p, (uint32_t)g->count);
	p = put_int(p, 1);	/* the first */
	for (size_t i = 0; i < g->count; i++) {
		v = value_of(g, i, column);
		if (v.v == NULL) {
			p = put_int(p, UINT32_MAX);
			continue;
		}
		p = put_int(p, v.type == NUMBER_VALUE ? 8 : (uint32_t)v.len);
		if (v.type == NUMBER_VALUE)
			be_write(p, 8, v.n);
		else
			memcpy(p, v.v, v.len);
		p += v.type == NUMBER_VALUE ? 8 : v.len;
	}
	return p;
}

static enum status
send_arrays(struct postgresql *pg, struct group *g)
{
	static const Oid types[] = { [NUMBER_VALUE] = 1016,
	    [TEXT_VALUE] = 1009, [OCTETS_VALUE] = 1001 };
	struct params p = { .count = (int)g->params };
	uint8_t *at, *end;
	enum status status;

	if (!array_reserve_secret(pg->arrays, pg->arrays_room, g->len +
	    g->params * (20 + 12 * g->count)))
		return no_memory(pg);
	at = pg->arrays;
	for (size_t i = 0; i < g->params; i++, at = end) {
		end = put_array(at, g, i);
		p.type[i] = types[g->value[0][i].type];
		p.value[i] = (const char *)at;
		p.len[i] = (int)(end - at);
		p.format[i] = 1;
	}
	status = postgresql_send(pg, share_out, g, g->sql->many, &p);
	wipe(pg->arrays, (size_t)(at - pg->arrays));
	return status;
}

static enum status
say(struct postgresql *pg, db_answer_fn *fn, void *arg, const char *sql)
{
	return postgresql_ask_one(pg, fn, arg, sql, NULL, 0);
}

/* What was asked before was good: a failure is the group's own. */
static void
note_begun(void *group, struct query *q)
{
	(void)q;
	((struct group *)group)->begun = true;
}

static enum status
send_bold(struct postgresql *pg, struct group *g)
{
	enum status status;

	if ((status = say(pg, note_begun, g, "SAVEPOINT many")) != OK ||
	    (status = send_arrays(pg, g)) != OK)
		return status;
	return say(pg, NULL, NULL, "RELEASE SAVEPOINT many");
}

/* As db_ask() has it. */
static enum status
send_each(struct postgresql *pg, struct group *g)
{
	struct value v[VALUES_MAX];
	enum status status = OK;

	for (size_t i = 0; i < g->count && status == OK; i++) {
		for (size_t j = 0; j < g->params; j++)
			v[j] = value_of(g, i, j);
		status = postgresql_ask_one(pg, g->answer[i].fn,
		    g->answer[i].arg, g->sql->one, v, g->params);
	}
	forget(g);
	return status;
}

/* Whether the rows of G have a statement each. */
static bool
is_each(const struct postgresql *pg, const struct group *g)
{
	return g->count == 1 || (g->sql->inserts && (!pg->within ||
	    pg->careful > 0));
}

static struct group *
unused_group(struct postgresql *pg)
{
	struct group *g = pg->group;

	while (g == pg->sent[0] || g == pg->sent[1])
		g++;
	return g;
}

/* Send G: behind the one that is on its way, or each row, behind none. */
static enum status
send_group(struct postgresql *pg, struct group *g)
{
	enum status status;

	if (is_each(pg, g)) {
		pg->careful -= pg->careful > 0 && g->sql->inserts;
		return send_each(pg, g);
	}
	pg->sent[pg->sent[0] != NULL] = g;
	status = g->sql->inserts ? send_bold(pg, g) : send_arrays(pg, g);
	if (status != OK)
		return status;
	postgresql_mark(pg);
	g->end = pg->asked;
	g->statements = pg->statements;
	return OK;
}

/* The older group that was sent, whose answers are there then. */
static struct group *
read_group(struct postgresql *pg)
{
	struct group *g = pg->sent[0];

	postgresql_read(pg, g->end);
	pg->sent[0] = pg->sent[1];
	pg->sent[1] = NULL;
	return g;
}

/*
 * A row of G is there already: undo it, and look at each.  The group behind it
 * failed with it.
 */
static enum status
ask_again(struct postgresql *pg, struct group *g)
{
	struct group *behind = pg->sent[0] == NULL ? NULL : read_group(pg);
	enum status status;

	pg->failure.status = OK;
	pg->statements = pg->sound;
	pg->careful = CAREFUL;
	if ((status = say(pg, NULL, NULL, "ROLLBACK TO SAVEPOINT many")) !=
	    OK || (status = say(pg, NULL, NULL, "RELEASE SAVEPOINT many")) !=
	    OK || (status = send_each(pg, g)) != OK || behind == NULL)
		return status;
	return send_group(pg, behind);
}

/* Take the answers to the older group that was sent. */
static enum status
take_group(struct postgresql *pg)
{
	struct group *g = read_group(pg);

	if (pg->failure.status != OK && pg->taken && g->begun)
		return ask_again(pg, g);
	forget(g);
	if (pg->failure.status != OK)
		return postgresql_verdict(pg);
	pg->sound = g->statements;
	return OK;
}

/* Send what was collected; the server has two groups at most. */
static enum status
flush(struct postgresql *pg)
{
	struct group *g = pg->next;
	enum status status = OK;

	while (status == OK && pg->sent[!is_each(pg, g)] != NULL)
		status = take_group(pg);
	if (status == OK)
		status = send_group(pg, g);
	pg->next = unused_group(pg);
	return status;
}

/* Whether the server would have nothing to do before the group is full. */
static bool
is_idle(const struct postgresql *pg)
{
	return pg->sent[1] == NULL && pg->next->count >= (pg->sent[0] == NULL ?
	    IDLE : 3 * pg->sent[0]->count);
}

enum status
postgresql_ask_many(struct db *db, db_answer_fn *fn, void *arg,
    const struct db_many *many, const struct value *v, size_t count)
{
	struct postgresql *pg = (struct postgresql *)db;
	struct group *g = pg->next;
	enum status status;
	bool full;

	if (g->count > 0) {
		full = g->sql != many || g->count == GROUP_MAX ||
		    g->len >= OCTETS_MAX ||
		    (many->key > 0 && !note_key(g, &v[many->key - 1]));
		if (full && (status = flush(pg)) != OK)
			return status;
	}
	g = pg->next;
	g->sql = many;
	g->params = count;
	if (g->count == 0 && many->key > 0)
		note_key(g, &v[many->key - 1]);
	if (!append(g, &(struct pending){ fn, arg, false }, v, count))
		return no_memory(pg);
	return is_idle(pg) ? flush(pg) : OK;
}

enum status
postgresql_end_many(struct postgresql *pg)
{
	enum status status = pg->next->count > 0 ? flush(pg) : OK;

	while (status == OK && pg->sent[0] != NULL)
		status = take_group(pg);
	return status;
}

void
postgresql_drop_many(struct postgresql *pg)
{
	for (size_t i = 0; i < COUNT(pg->group); i++)
		forget(&pg->group[i]);
	while (pg->sent[0] != NULL)
		read_group(pg);
}

void
postgresql_free_many(struct postgresql *pg)
{
	for (size_t i = 0; i < COUNT(pg->group); i++) {
		forget(&pg->group[i]);
		free(pg->group[i].octets);
	}
	free(pg->arrays);
}
