/* postgresql_open.c: connections to PostgreSQL, and the stores there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/message.h"
#include "store/postgresql.h"

#define PARTS 8		/* of a table, more than a database has disks */
#define TRIES 10	/* where several make a store at once */
#define AGAIN_MS 250	/* between two tries to connect */

/* As a version: no store, or one that is not of this kind. */
#define NONE (-1)
#define ANOTHER (-2)

/* ---- failures ---- */

/* Whether STATE, an SQLSTATE, is of what passes. */
static bool
passes(const char *state)
{
	/* rolled back for another; shut down; not a primary any more */
	return strncmp(state, "40", 2) == 0 ||
	    strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0;
}

enum status
postgresql_failed(struct postgresql *pg, const PGresult *result)
{
	const char *text = result == NULL ? NULL :
	    pq.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = result == NULL ? NULL :
	    pq.PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (pg->failure.status != OK)
		return FAILED;
	pg->lost = pq.PQstatus(pg->conn) != CONNECTION_OK ||
	    (state != NULL && passes(state));
	/* libpq's own have several lines, the first tells most */
	if (text == NULL)
		text = pq.PQerrorMessage(pg->conn);
	if (text[0] == '\0')
		text = "the server is gone";
	pg->failure.status = FAILED;
	snprintf(pg->failure.text, sizeof(pg->failure.text), "%.*s",
	    (int)strcspn(text, "\n"), text);
	return FAILED;
}

/* ---- connections ---- */

/* Notices would go to stderr. */
static void
no_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/*
 * Arguments are seen by everybody, messages by some more: nothing is quoted of
 * what may hold a password.  One that has a / makes a port of what is before
 * it, and a database with an @ of what is after it.
 */
static enum status
check_uri(const char *uri)
{
	PQconninfoOption *all = pq.PQconninfoParse(uri, NULL), *o;
	enum status status = OK;

	if (all == NULL)
		status = fail(USAGE, "store: found no URI of PostgreSQL, "
		    "expected postgresql://[USER@]HOST[:PORT][,...]/DATABASE"
		    "[?KEY=VALUE&...]");
	for (o = all; status == OK && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (o->dispchar[0] == '*')	/* a password of any kind */
			status = fail(USAGE, "store: found a password in its "
			    "URI, expected it in ~/.pgpass");
		else if (strcmp(o->keyword, "dbname") == 0 &&
		    strchr(o->val, '@') != NULL)
			status = fail(USAGE, "store: found @ in the name of "
			    "its database, expected none");
	}
	pq.PQconninfoFree(all);
	return status;
}

/*
 * The URI overrides what comes before it: a server that is gone, or never was,
 * is to be found out in less than a minute.
 */
static enum status
connect(struct postgresql *pg)
{
	const char *keys[] = { "connect_timeout", "tcp_user_timeout",
	    "keepalives_idle", "keepalives_interval", "keepalives_count",
	    "fallback_application_name", "dbname", NULL };
	const char *values[] = { "10", "30000", "10", "5", "4", program_name,
	    pg->base.name, NULL };

	pg->conn = pq.PQconnectdbParams(keys, values, 1);
	if (pq.PQstatus(pg->conn) != CONNECTION_OK)
		return postgresql_failed(pg, NULL);
	pq.PQsetNoticeProcessor(pg->conn, no_notice, NULL);
	return OK;
}

/* Run statements without parameters, before the pipeline begins. */
static enum status
execute(struct postgresql *pg, const char *sql)
{
	PGresult *result = pq.PQexec(pg->conn, sql);
	ExecStatusType t = pq.PQresultStatus(result);
	enum status status = OK;

	if (t != PGRES_COMMAND_OK && t != PGRES_TUPLES_OK)
		status = postgresql_failed(pg, result);
	pq.PQclear(result);
	return status;
}

/* The one number that SQL selects, or NONE. */
static enum status
select_number(struct postgresql *pg, const char *sql, long *n)
{
	PGresult *result = pq.PQexec(pg->conn, sql);
	enum status status = OK;

	*n = NONE;
	if (pq.PQresultStatus(result) != PGRES_TUPLES_OK)
		status = postgresql_failed(pg, result);
	else if (pq.PQntuples(result) > 0)
		*n = strtol(pq.PQgetvalue(result, 0, 0), NULL, 10);
	pq.PQclear(result);
	return status;
}

/* The version of the store that is there, NONE or ANOTHER. */
static enum status
find_version(struct postgresql *pg, const struct schema *schema, long *version)
{
	char sql[256];
	enum status status;

	status = select_number(pg, "SELECT 1 FROM information_schema.tables "
	    "WHERE table_name = 'gba_push_store' AND "
	    "table_schema = current_schema()", version);
	snprintf(sql, sizeof(sql), "SELECT version FROM gba_push_store "
	    "WHERE name = '%s'", schema->name);
	if (status != OK || *version == NONE)
		return status;
	status = select_number(pg, sql, version);
	if (*version == NONE)
		*version = ANOTHER;
	return status;
}

/*
 * The SQL that makes a store: what stores have in common, the tables, their
 * parts, and that it is done.  To walk over a table in order takes an index,
 * where SQLite has its row numbers.
 */
static char *
schema_sql(const struct schema *schema)
{
	char *sql;
	size_t len;
	FILE *f = open_memstream(&sql, &len);

	if (f == NULL)
		return NULL;
	fprintf(f, "BEGIN; CREATE TABLE IF NOT EXISTS gba_push_store "
	    "(name TEXT PRIMARY KEY, version BIGINT NOT NULL); "
	    "CREATE SEQUENCE IF NOT EXISTS gba_push_id CACHE 1000; %s",
	    schema->postgresql);
	for (const char *const *t = schema->tables; *t != NULL; t++)
		for (int i = 0; i < PARTS; i++)
			fprintf(f, " CREATE TABLE %s_%d PARTITION OF %s "
			    "FOR VALUES WITH (MODULUS %d, REMAINDER %d);",
			    *t, i, *t, PARTS, i);
	fprintf(f, " INSERT INTO gba_push_store VALUES ('%s', %d); COMMIT;",
	    schema->name, schema->version);
	return fclose(f) == 0 ? sql : NULL;
}

static enum status
make_store(struct postgresql *pg, const struct schema *schema)
{
	char *sql = schema_sql(schema);
	enum status status = sql == NULL ? fail(FAILED, "%s: no memory",
	    pg->base.name) : execute(pg, sql);

	free(sql);
	if (status != OK && execute(pg, "ROLLBACK") != OK)
		return FAILED;
	return status;
}

/* Several programs may make it at once: all but one fail, and find it. */
static enum status
find_or_make(struct postgresql *pg, const struct schema *schema, bool create)
{
	enum status status = FAILED;
	long version = NONE;

	for (int i = 0; i < TRIES; i++) {
		status = find_version(pg, schema, &version);
		if (status != OK || version != NONE || !create)
			break;
		status = make_store(pg, schema);
		if (status != OK && i + 1 < TRIES)
			pg->failure.status = OK;
	}
	if (status != OK)
		return status;
	if (version < 0)
		status = fail(FAILED, "found %s, expected %s",
		    version == NONE ? "none" : "another store", schema->name);
	else if (version != schema->version)
		status = fail(FAILED, "found version %ld of %s, expected %d",
		    version, schema->name, schema->version);
	pg->failure = outcome_of(status);
	return status;
}

/*
 * What is committed is durable, whatever the server's default.  Plans are made
 * once, not for each part of a table again, and by then a table may be small:
 * there is an index for all that is asked.
 */
static enum status
set_up(struct postgresql *pg)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "SET lock_timeout = %d; "
	    "SET plan_cache_mode = force_generic_plan; "
	    "SET enable_seqscan = off; SET jit = off; "
	    "SELECT set_config('synchronous_commit', 'on', false) "
	    "WHERE current_setting('synchronous_commit') = 'off'",
	    PATIENCE_MS);
	return execute(pg, sql);
}

static enum status
start(struct postgresql *pg, bool create)
{
	return connect(pg) == OK && set_up(pg) == OK &&
	    find_or_make(pg, pg->schema, create) == OK &&
	    pq.PQenterPipelineMode(pg->conn) == 1 ? OK :
	    postgresql_failed(pg, NULL);
}

enum status
postgresql_open(struct db **out, const char *name,
    const struct schema *schema, bool create)
{
	struct postgresql *pg;
	enum status status;

	if ((status = pq_load()) != OK || (status = check_uri(name)) != OK)
		return status;
	if ((pg = calloc(1, sizeof(*pg))) == NULL)
		return fail(FAILED, "%s: no memory", name);
	pg->base.driver = &driver_postgresql;
	pg->base.name = name;
	pg->schema = schema;
	if (start(pg, create) == OK) {
		*out = &pg->base;
		return OK;
	}
	status = fail(FAILED, "%s: %s", name, pg->failure.text);
	postgresql_close(&pg->base);
	return status;
}

/* Nothing is left of the connection that was, nor of what was asked on it. */
enum status
postgresql_again(struct db *db, uint64_t ms)
{
	struct postgresql *pg = (struct postgresql *)db;
	uint64_t end = clock_monotonic_ms() + ms;

	if (!pg->lost)
		return FAILED;
	for (;;) {
		pq.PQfinish(pg->conn);
		pg->count = pg->statements = pg->sound = 0;
		pg->failure.status = OK;
		if (start(pg, false) == OK) {
			pg->lost = false;
			return OK;
		}
		if (clock_monotonic_ms() >= end)
			break;
		loop_sleep(AGAIN_MS);
	}
	return fail(FAILED, "%s: %s", db->name, pg->failure.text);
}

void
postgresql_close(struct db *db)
{
	struct postgresql *pg = (struct postgresql *)db;

	pq.PQfinish(pg->conn);
	free(pg);
}
