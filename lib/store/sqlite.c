/* sqlite.c: the statements of SQLite. */
#include <assert.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite.h"

static struct sqlite *
own(struct db *db)
{
	return (struct sqlite *)db;
}

static struct statement *
own_query(struct query *q)
{
	return (struct statement *)q;
}

enum status
sqlite_failed(struct sqlite *s)
{
	s->base.status = fail(FAILED, "%s: %s", s->base.name,
	    s->handle == NULL ? "no memory" : sqlite3_errmsg(s->handle));
	return s->base.status;
}

static void
sqlite_forget(struct db *db)
{
	sqlite3_wal_checkpoint_v2(own(db)->handle, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* ---- statements ---- */

/* For SQLite $1 is a name, and it numbers names as they first appear. */
static bool
in_order(sqlite3_stmt *stmt)
{
	int n = sqlite3_bind_parameter_count(stmt);

	while (n > 0 && atoi(sqlite3_bind_parameter_name(stmt, n) + 1) == n)
		n--;
	return n == 0;
}

/* The place of a statement, or for it. */
static struct statement *
place_of(struct sqlite *s, const char *sql)
{
	struct statement *q = s->statement;

	while (q->base.sql != NULL && q->base.sql != sql) {
		q++;
		assert(q < s->statement + STATEMENTS);
	}
	return q;
}

bool
sqlite_knows(struct sqlite *s, const char *sql)
{
	return place_of(s, sql)->base.sql != NULL;
}

struct statement *
sqlite_prepare(struct sqlite *s, const char *sql, const char *text)
{
	struct statement *q = place_of(s, sql);

	if (q->base.sql == NULL && sqlite3_prepare_v3(s->handle, text, -1,
	    SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL) == SQLITE_OK) {
		assert(in_order(q->stmt));
		q->base = (struct query){ &driver_sqlite, sql };
	}
	return q->base.sql == NULL ? NULL : q;
}

static int
bind(struct statement *q, int i, const struct value *v)
{
	switch (v->type) {
	case TEXT_VALUE:
		return sqlite3_bind_text(q->stmt, i, v->v, (int)v->len,
		    SQLITE_STATIC);
	case OCTETS_VALUE:
		return sqlite3_bind_blob(q->stmt, i, v->v, (int)v->len,
		    SQLITE_STATIC);
	case NUMBER_VALUE:
		break;
	}
	return sqlite3_bind_int64(q->stmt, i, (sqlite3_int64)v->n);
}

struct query *
sqlite_start(struct db *db, const char *sql, const struct value *v,
    size_t count)
{
	struct statement *q;

	if ((q = sqlite_prepare(own(db), sql, sql)) == NULL) {
		sqlite_failed(own(db));
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (bind(q, (int)i + 1, &v[i]) != SQLITE_OK)
			sqlite_failed(own(db));
	q->result = SQLITE_OK;
	q->ahead = false;
	return &q->base;
}

static struct query *
sqlite_query(struct db *db, const char *sql, const struct value *v,
    size_t count)
{
	if (sqlite_end_many(own(db)) == OK)
		return sqlite_start(db, sql, v, count);
	db->status = FAILED;
	return NULL;
}

static bool
sqlite_row(struct query *query)
{
	struct statement *q = own_query(query);

	if (q->ahead) {
		q->ahead = false;
		return true;
	}
	if (q->result == SQLITE_OK || q->result == SQLITE_ROW)
		q->result = sqlite3_step(q->stmt);
	return q->result == SQLITE_ROW;
}

static uint64_t
sqlite_changed(struct query *query)
{
	return (uint64_t)sqlite3_changes64(sqlite3_db_handle(
	    own_query(query)->stmt));
}

static uint64_t
sqlite_number(struct query *q, int column)
{
	return (uint64_t)sqlite3_column_int64(own_query(q)->stmt, column);
}

static const char *
sqlite_text(struct query *q, int column)
{
	return (const char *)sqlite3_column_text(own_query(q)->stmt, column);
}

static const void *
sqlite_octets(struct query *q, int column, size_t *len)
{
	const void *v = sqlite3_column_blob(own_query(q)->stmt, column);

	*len = (size_t)sqlite3_column_bytes(own_query(q)->stmt, column);
	return v;
}

static bool
sqlite_null(struct query *q, int column)
{
	return sqlite3_column_type(own_query(q)->stmt, column) == SQLITE_NULL;
}

static enum status
sqlite_done(struct db *db, struct query *query)
{
	struct statement *q = own_query(query);

	if (q->result != SQLITE_OK && q->result != SQLITE_ROW &&
	    q->result != SQLITE_DONE)
		sqlite_failed(own(db));
	sqlite3_reset(q->stmt);
	return db->status;
}

/* SQLite answers at once. */
static enum status
sqlite_ask(struct db *db, db_answer_fn *fn, void *arg, const char *sql,
    const struct value *v, size_t count)
{
	struct query *q;

	db->status = OK;
	if ((q = sqlite_query(db, sql, v, count)) == NULL)
		return db->status;
	own_query(q)->ahead = sqlite_row(q);
	if (fn != NULL && own_query(q)->result != SQLITE_ERROR)
		fn(arg, q);
	return sqlite_done(db, q);
}

static enum status
sqlite_await(struct db *db)
{
	return sqlite_end_many(own(db));
}

/* ---- transactions ---- */

static enum status
sqlite_begin(struct db *db)
{
	return db_run(db, NULL, "BEGIN IMMEDIATE", "");
}

static void
sqlite_rollback(struct db *db)
{
	sqlite_drop_many(own(db));
	if (!sqlite3_get_autocommit(own(db)->handle))
		sqlite3_exec(own(db)->handle, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * A transaction that could not be synced stands whole at the end of the log.
 * Should this process end without emptying that, the next to open the store
 * would take it for committed: another, which changes nothing, takes its place.
 */
static void
bury(struct sqlite *s)
{
	sqlite3_stmt *stmt = NULL;
	char sql[64];

	/* that of the file, which may be about to be upgraded */
	if (sqlite3_prepare_v2(s->handle, "PRAGMA user_version", -1, &stmt,
	    NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW) {
		sqlite3_finalize(stmt);
		return;
	}
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d",
	    sqlite3_column_int(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_exec(s->handle, sql, NULL, NULL, NULL);
}

static enum status
sqlite_commit(struct db *db)
{
	enum status status = db_run(db, NULL, "COMMIT", "");
	struct outcome failure;

	own(db)->wrote = true;
	if (status == OK)
		return OK;
	failure = outcome_of(status);
	sqlite_rollback(db);
	bury(own(db));
	return fail_as(&failure);
}

/*
 * free() erases the pages of the cache, and what a statement had is erased at
 * the end.  The row that was written last stays where SQLite put it together; a
 * row of zeros takes its place there, and gets no further.  While another
 * program writes, that has to wait until next time.
 */
static void
sqlite_wipe(struct db *db)
{
	struct sqlite *s = own(db);

	if (s->wrote && sqlite3_get_autocommit(s->handle)) {
		s->patience_ms = 0;
		s->wrote = sqlite3_exec(s->handle, "BEGIN IMMEDIATE", NULL,
		    NULL, NULL) != SQLITE_OK;
		s->patience_ms = PATIENCE_MS;
		if (!s->wrote)
			sqlite3_exec(s->handle, s->schema->blank, NULL, NULL,
			    NULL);
		sqlite_rollback(db);
	}
	sqlite3_db_release_memory(s->handle);
	sqlite_memory_wipe();
}

const struct driver driver_sqlite = {
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.forget = sqlite_forget,
	.wipe = sqlite_wipe,
	.query = sqlite_query,
	.ask = sqlite_ask,
	.ask_many = sqlite_ask_many,
	.await = sqlite_await,
	.row = sqlite_row,
	.changed = sqlite_changed,
	.number = sqlite_number,
	.text = sqlite_text,
	.octets = sqlite_octets,
	.null = sqlite_null,
	.done = sqlite_done,
};
