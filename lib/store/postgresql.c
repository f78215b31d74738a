/*
 * postgresql.c: the statements of PostgreSQL, through libpq.
 *
 * The connection stays in pipeline mode: what db_ask() asks is sent without
 * waiting, and answers are taken in the order in which was asked.  After a
 * failure the server skips all up to the next synchronisation, which await()
 * makes.
 *
 * A pooler may give each transaction another session of the server.  Nothing
 * that a session keeps is relied on then: no prepared statement, and no setting
 * but those that begin() makes for its transaction.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgresql.h"

static struct postgresql *
own(struct db *db)
{
	return (struct postgresql *)db;
}

static struct statement *
own_query(struct query *q)
{
	return (struct statement *)q;
}

/* ---- failures ---- */

/*
 * Report the failure, once.  The server may have skipped statements that were
 * prepared since the last success; they are prepared again when needed.
 */
enum status
postgresql_verdict(struct postgresql *pg)
{
	if (pg->failure.status == OK) {
		pg->sound = pg->statements;
		return pg->base.status = OK;
	}
	pg->statements = pg->sound;
	postgresql_drop_many(pg);
	pg->base.status = fail(FAILED, "%s: %s", pg->base.name,
	    pg->failure.text);
	pg->failure.status = OK;
	return FAILED;
}

/* ---- answers ---- */

static bool
is_good(const PGresult *result)
{
	ExecStatusType t = pq.PQresultStatus(result);

	return t == PGRES_COMMAND_OK || t == PGRES_TUPLES_OK;
}

/* The next answer, or NULL after a failure. */
static PGresult *
next_answer(struct postgresql *pg)
{
	PGresult *result = postgresql_result(pg), *end;

	if (result == NULL) {
		postgresql_failed(pg, NULL);
		return NULL;
	}
	while ((end = postgresql_result(pg)) != NULL)
		pq.PQclear(end);
	if (is_good(result))
		return result;
	/* a skipped statement is not the cause of the failure */
	if (pq.PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
		postgresql_failed(pg, result);
	pq.PQclear(result);
	return NULL;
}

static void
set_result(struct statement *q, PGresult *result)
{
	q->result = result;
	q->row = -1;
	q->end = pq.PQntuples(result);
}

static void
read_mark(struct postgresql *pg)
{
	PGresult *result = postgresql_result(pg);

	if (pq.PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		postgresql_failed(pg, result);
	pq.PQclear(result);
}

/* Read the answer to what was asked first. */
static void
read_answer(struct postgresql *pg)
{
	struct pending p = pg->pending[pg->answered++ % PENDING_MAX];
	struct statement q = { .base.driver = &driver_postgresql };

	if (p.mark) {
		read_mark(pg);
		return;
	}
	set_result(&q, next_answer(pg));
	if (q.result != NULL && p.fn != NULL)
		p.fn(p.arg, &q.base);
	pq.PQclear(q.result);
}

void
postgresql_read(struct postgresql *pg, uint64_t end)
{
	while (pg->answered < end)
		read_answer(pg);
}

static void
expect(struct postgresql *pg, struct pending p)
{
	pg->pending[pg->asked++ % PENDING_MAX] = p;
}

void
postgresql_mark(struct postgresql *pg)
{
	if (pq.PQpipelineSync(pg->conn) == 0)
		postgresql_give_up(pg);
	expect(pg, (struct pending){ .mark = true });
}

/* After this no statement is under way. */
static enum status
await_all(struct postgresql *pg)
{
	if (pg->asked > pg->answered || pg->failure.status != OK) {
		postgresql_mark(pg);
		postgresql_read(pg, pg->asked);
	}
	return postgresql_verdict(pg);
}

static enum status
postgresql_await(struct db *db)
{
	enum status status = postgresql_end_many(own(db));

	return status == OK ? await_all(own(db)) : status;
}

#define ROOM 8		/* what is sent at a time, each prepared before */

/* Make room by taking half of the answers, so that the server stays busy. */
static enum status
make_room(struct postgresql *pg)
{
	if (pg->asked - pg->answered < PENDING_MAX - ROOM)
		return OK;
	if (pq.PQsendFlushRequest(pg->conn) == 0)
		postgresql_give_up(pg);
	postgresql_read(pg, pg->asked - PENDING_MAX / 2);
	return pg->failure.status == OK ? OK : await_all(pg);
}

/* ---- sending ---- */

static const char *
name_of(const struct statement *q, char name[static 16])
{
	snprintf(name, 16, "s%u", q->number);
	return name;
}

static void
set_params(struct params *p, const struct value *v, size_t count)
{
	p->count = (int)count;
	for (size_t i = 0; i < count; i++) {
		p->type[i] = v[i].type == TEXT_VALUE ? TEXT_TYPE : BYTEA;
		p->value[i] = v[i].v;
		p->len[i] = (int)v[i].len;
		p->format[i] = 1;	/* binary */
		if (v[i].type != NUMBER_VALUE)
			continue;
		be_write(p->number[i], 8, v[i].n);
		p->type[i] = INT8;
		p->value[i] = (const char *)p->number[i];
		p->len[i] = 8;
	}
}

static enum status
prepare(struct postgresql *pg, struct statement *q, const struct params *p)
{
	char name[16];

	q->number = pg->named++;
	if (pq.PQsendPrepare(pg->conn, name_of(q, name), q->base.sql, p->count,
	    p->type) == 0)
		return postgresql_failed(pg, NULL);
	expect(pg, (struct pending){ .fn = NULL });
	return OK;
}

/* The statement SQL, which has been prepared. */
static struct statement *
prepared(struct postgresql *pg, const char *sql, const struct params *p)
{
	struct statement *q = pg->statement;

	while (q < pg->statement + pg->statements && q->base.sql != sql)
		q++;
	assert(q < pg->statement + STATEMENTS);
	if (q < pg->statement + pg->statements)
		return q;
	q->base = (struct query){ &driver_postgresql, sql };
	if (!pg->pooled && prepare(pg, q, p) != OK)
		return NULL;
	pg->statements++;
	return q;
}

/* Send SQL on its way; NULL and PG's failure where it fails. */
static struct statement *
send(struct postgresql *pg, const char *sql, const struct params *p)
{
	struct statement *q;
	char name[16];
	int sent = 0;

	if ((q = prepared(pg, sql, p)) != NULL)
		sent = pg->pooled ? pq.PQsendQueryParams(pg->conn, sql,
		    p->count, p->type, p->value, p->len, p->format, 1) :
		    pq.PQsendQueryPrepared(pg->conn, name_of(q, name),
		    p->count, p->value, p->len, p->format, 1);
	if (sent != 0)
		return q;
	postgresql_failed(pg, NULL);
	return NULL;
}

enum status
postgresql_send(struct postgresql *pg, db_answer_fn *fn, void *arg,
    const char *sql, const struct params *p)
{
	enum status status;

	if ((status = make_room(pg)) != OK)
		return status;
	/* a caller that fails may free the arguments of pending answers */
	if (send(pg, sql, p) == NULL)
		return await_all(pg);
	expect(pg, (struct pending){ fn, arg, false });
	return OK;
}

enum status
postgresql_ask_one(struct postgresql *pg, db_answer_fn *fn, void *arg,
    const char *sql, const struct value *v, size_t count)
{
	struct params p;

	set_params(&p, v, count);
	return postgresql_send(pg, fn, arg, sql, &p);
}

static enum status
postgresql_ask(struct db *db, db_answer_fn *fn, void *arg, const char *sql,
    const struct value *v, size_t count)
{
	enum status status = postgresql_end_many(own(db));

	return status != OK ? status : postgresql_ask_one(own(db), fn, arg,
	    sql, v, count);
}

/* The rows of a query outlive its answer. */
static void
keep(void *statement, struct query *query)
{
	struct statement *q = statement, *answer = own_query(query);

	set_result(q, answer->result);
	answer->result = NULL;
}

static struct query *
postgresql_query(struct db *db, const char *sql, const struct value *v,
    size_t count)
{
	struct postgresql *pg = own(db);
	struct statement *q;
	struct params p;

	if (postgresql_end_many(pg) != OK || make_room(pg) != OK)
		return NULL;
	set_params(&p, v, count);
	if ((q = send(pg, sql, &p)) == NULL) {
		await_all(pg);
		return NULL;
	}
	expect(pg, (struct pending){ keep, q, false });
	if (await_all(pg) == OK)
		return &q->base;
	pq.PQclear(q->result);
	q->result = NULL;
	return NULL;
}

/*
 * Sessions of one's own avoid to read a table from end to end; and of two plans
 * that both do, the server takes any.  A failure is that of the statement.
 */
static void
postgresql_all(struct db *db, bool on)
{
	enum status ignored = own(db)->pooled ? OK : postgresql_ask(db, NULL,
	    NULL, on ? "SET enable_seqscan = on" : "SET enable_seqscan = off",
	    NULL, 0);

	(void)ignored;
}

/* ---- rows ---- */

static bool
postgresql_row(struct query *query)
{
	struct statement *q = own_query(query);

	return ++q->row < q->end;
}

static uint64_t
postgresql_changed(struct query *query)
{
	const struct statement *q = own_query(query);

	return q->is_one ? q->changed :
	    strtoull(pq.PQcmdTuples(q->result), NULL, 10);
}

static const void *
postgresql_octets(struct query *query, int column, size_t *len)
{
	const struct statement *q = own_query(query);

	*len = (size_t)pq.PQgetlength(q->result, q->row, column);
	return pq.PQgetvalue(q->result, q->row, column);
}

/* A binary number is big-endian and has the size of its type. */
static uint64_t
postgresql_number(struct query *q, int column)
{
	size_t len;
	const void *v = postgresql_octets(q, column, &len);

	return len > 8 ? 0 : be_read(v, len);
}

static const char *
postgresql_text(struct query *query, int column)
{
	const struct statement *q = own_query(query);

	return pq.PQgetvalue(q->result, q->row, column);
}

static bool
postgresql_null(struct query *query, int column)
{
	const struct statement *q = own_query(query);

	return pq.PQgetisnull(q->result, q->row, column) != 0;
}

static enum status
postgresql_done(struct db *db, struct query *query)
{
	struct statement *q = own_query(query);

	pq.PQclear(q->result);
	q->result = NULL;
	return db->status;
}

/* ---- transactions ---- */

/*
 * A commit is durable, whatever the server's default; and the transaction waits
 * only so long for another one.
 */
static enum status
postgresql_begin(struct db *db)
{
	enum status status = db_ask(db, NULL, NULL, "BEGIN", "");

	own(db)->within = true;
	return status != OK ? status : db_ask(db, NULL, NULL, "SELECT "
	    "set_config('lock_timeout', '" PATIENCE "', true), "
	    "CASE current_setting('synchronous_commit') WHEN 'off' THEN "
	    "set_config('synchronous_commit', 'on', true) END", "");
}

/* COMMIT after a failure succeeds, but as ROLLBACK. */
static enum status
postgresql_commit(struct db *db)
{
	struct query *q = db_query(db, "COMMIT", "");
	bool done = q != NULL && strcmp(pq.PQcmdStatus(own_query(q)->result),
	    "COMMIT") == 0;
	enum status status = db_done(db, q);

	own(db)->within = false;
	return status != OK || done ? status : fail(FAILED, "%s: the "
	    "transaction was rolled back", db->name);
}

static void
postgresql_rollback(struct db *db)
{
	struct outcome before = outcome_of(FAILED);
	enum status ignored;

	postgresql_drop_many(own(db));
	own(db)->within = false;
	ignored = await_all(own(db));
	if (pq.PQstatus(own(db)->conn) == CONNECTION_OK)
		ignored = db_run(db, NULL, "ROLLBACK", "");
	ignored = fail_as(&before);
	(void)ignored;
}

/* Programs cannot read PostgreSQL's log. */
static void
postgresql_forget(struct db *db)
{
	(void)db;
}

/*
 * libpq's two buffers have what they carried until something else takes its
 * place: zeros, there and back.
 */
static void
postgresql_wipe(struct db *db)
{
	static const uint8_t zeros[1 << 16];
	struct outcome before = outcome_of(FAILED);
	enum status ignored = OK;

	if (pq.PQstatus(own(db)->conn) == CONNECTION_OK)
		ignored = db_run(db, NULL, "SELECT $1", "o", zeros,
		    sizeof(zeros));
	ignored = fail_as(&before);
	(void)ignored;
}

const struct driver driver_postgresql = {
	.open = postgresql_open,
	.close = postgresql_close,
	.begin = postgresql_begin,
	.commit = postgresql_commit,
	.rollback = postgresql_rollback,
	.again = postgresql_again,
	.forget = postgresql_forget,
	.wipe = postgresql_wipe,
	.query = postgresql_query,
	.all = postgresql_all,
	.ask = postgresql_ask,
	.ask_many = postgresql_ask_many,
	.await = postgresql_await,
	.row = postgresql_row,
	.changed = postgresql_changed,
	.number = postgresql_number,
	.text = postgresql_text,
	.octets = postgresql_octets,
	.null = postgresql_null,
	.done = postgresql_done,
	.shared = true,
};
