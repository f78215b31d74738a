/* sql_sqlite.c: the bare loop on a file, with SQLite's own functions. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "sql.h"

static sqlite3 *lite;

static void
failed(void)
{
	die(sqlite3_errmsg(lite));
}

static void
run(const char *sql)
{
	if (sqlite3_exec(lite, sql, NULL, NULL, NULL) != SQLITE_OK)
		failed();
}

static sqlite3_stmt *
prepare(const char *sql)
{
	const char *end = strstr(sql, " FOR UPDATE");
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(lite, sql, end == NULL ? -1 : (int)(end - sql),
	    SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		failed();
	return stmt;
}

static void
bind(sqlite3_stmt *stmt, const char *types, const struct value *v)
{
	for (int i = 1; *types != '\0'; types++, v++, i++)
		if (*types == 'n')
			sqlite3_bind_int64(stmt, i, (sqlite3_int64)v->n);
		else if (*types == 't')
			sqlite3_bind_text(stmt, i, v->v, (int)v->len,
			    SQLITE_STATIC);
		else
			sqlite3_bind_blob(stmt, i, v->v, (int)v->len,
			    SQLITE_STATIC);
}

/* Each statement has to change a row. */
static void
change(sqlite3_stmt *stmt, const char *types, const struct value *v)
{
	int result;

	bind(stmt, types, v);
	while ((result = sqlite3_step(stmt)) == SQLITE_ROW)
		;
	if (result != SQLITE_DONE || sqlite3_changes(lite) != 1)
		failed();
	sqlite3_reset(stmt);
}

static void
chain(sqlite3_stmt **stmt, const struct task *task, const struct value *row)
{
	struct value v[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };

	bind(stmt[0], task->statement[0].types, row);
	if (sqlite3_step(stmt[0]) != SQLITE_ROW)
		failed();
	v[1].n = (uint64_t)sqlite3_column_int64(stmt[0], 0);
	sqlite3_reset(stmt[0]);
	bind(stmt[1], task->statement[1].types, &v[1]);
	if (sqlite3_step(stmt[1]) != SQLITE_ROW ||
	    sqlite3_column_blob(stmt[1], 2) == NULL)
		failed();
	v[0].n = (uint64_t)sqlite3_column_int64(stmt[1], 1) + SQN_STEP;
	sqlite3_reset(stmt[1]);
	change(stmt[2], task->statement[2].types, v);
}

static void
one(sqlite3_stmt **stmt, const struct task *task, const struct value *v)
{
	if (task->chained) {
		chain(stmt, task, v);
		return;
	}
	for (int i = 0; i < STATEMENTS && stmt[i] != NULL; i++) {
		change(stmt[i], task->statement[i].types, v);
		v += strlen(task->statement[i].types);
	}
}

static void
open_file(const char *file)
{
	char cache[64];

	if (sqlite3_open_v2(file, &lite, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		failed();
	run("PRAGMA synchronous = FULL; "
	    "PRAGMA secure_delete = ON;");
	sqlite3_wal_autocheckpoint(lite, 10000);
	snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%" PRIu64,
	    (db_cache_mib << 10) / 5 * 2);
	run(cache);
}

void
run_sqlite(const char *file, const struct task_rows *rows)
{
	const struct task *task = rows->task;
	sqlite3_stmt *stmt[STATEMENTS] = { NULL };

	open_file(file);
	for (int i = 0; i < STATEMENTS; i++)
		if (task->statement[i].sql != NULL)
			stmt[i] = prepare(task->statement[i].sql);
	for (size_t i = 0; i < rows->count; i++) {
		if (i % rows->batch == 0)
			run("BEGIN IMMEDIATE");
		one(stmt, task, rows->v + i * rows->width);
		if (i % rows->batch == rows->batch - 1 || i + 1 == rows->count)
			run("COMMIT");
	}
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(stmt[i]);
	sqlite3_close(lite);
}
