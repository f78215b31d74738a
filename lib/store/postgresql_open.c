/* postgresql_open.c: connections to PostgreSQL, and the stores there. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/message.h"
#include "store/postgresql.h"

#define TRIES 10	/* where several make a store at once */
#define AGAIN_MS 250	/* between two tries to connect */
#define ANSWER_MS 60000	/* without an octet */

/* Versions that mean: no store, or a store of another kind. */
#define NONE (-1)
#define ANOTHER (-2)

/* ---- failures ---- */

/* Whether the SQLSTATE STATE is that of a temporary failure. */
static bool
passes(const char *state)
{
	/*
	 * a pooler lost the server; rolled back for another; shut down; no
	 * longer a primary
	 */
	return strncmp(state, "08", 2) == 0 || strncmp(state, "40", 2) == 0 ||
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
	pg->taken = state != NULL && strcmp(state, "23505") == 0;
	pg->lost = pq.PQstatus(pg->conn) != CONNECTION_OK ||
	    (state != NULL && passes(state));
	/* libpq's own have several lines; the first says most */
	if (text == NULL)
		text = pq.PQerrorMessage(pg->conn);
	if (text[0] == '\0')
		text = "the server is gone";
	pg->failure.status = FAILED;
	snprintf(pg->failure.text, sizeof(pg->failure.text), "%.*s",
	    (int)strcspn(text, "\n"), text);
	return FAILED;
}

/* ---- answers ---- */

void
postgresql_give_up(struct postgresql *pg)
{
	postgresql_failed(pg, NULL);
	pg->lost = true;
	shutdown(pq.PQsocket(pg->conn), SHUT_RDWR);
}

/* The server does not answer. */
static void
waited_in_vain(struct postgresql *pg)
{
	bool stopped = clock_monotonic_ms() >= loop_stop_by();

	pg->failure = outcome_of(stopped ? fail(FAILED, "stopped by a signal, "
	    "and the server does not answer") : fail(FAILED, "the server does "
	    "not answer within %d s", ANSWER_MS / 1000));
	fail_said();
	postgresql_give_up(pg);
	pg->lost = !stopped;
}

PGresult *
postgresql_result(struct postgresql *pg)
{
	uint64_t now = clock_monotonic_ms(), end = now + ANSWER_MS;
	int unsent;

	while (pq.PQisBusy(pg->conn)) {
		if ((unsent = pq.PQflush(pg->conn)) < 0) {
			postgresql_give_up(pg);
			break;
		}
		if (end > loop_stop_by())
			end = loop_stop_by();
		switch (await(pq.PQsocket(pg->conn), unsent > 0 ?
		    POLLIN | POLLOUT : POLLIN, end)) {
		case LOOP_READABLE:
			end = clock_monotonic_ms() + ANSWER_MS;
			if (pq.PQconsumeInput(pg->conn) == 1)
				break;
			postgresql_give_up(pg);
			return pq.PQgetResult(pg->conn);
		case LOOP_TIME:
			waited_in_vain(pg);
			return pq.PQgetResult(pg->conn);
		default:
			break;		/* loop_stop_by() says how long */
		}
	}
	return pq.PQgetResult(pg->conn);
}

/* The last answer to statements without parameters, before the pipeline. */
static PGresult *
ask(struct postgresql *pg, const char *sql)
{
	PGresult *last = NULL, *result;

	if (pq.PQsendQuery(pg->conn, sql) == 0)
		return NULL;
	while ((result = postgresql_result(pg)) != NULL) {
		pq.PQclear(last);
		last = result;
	}
	return last;
}

/* ---- connections ---- */

/* By default libpq writes notices to stderr. */
static void
no_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* libpq knows the schemes in lower case alone. */
static char *
uri_for_libpq(const char *name)
{
	char *uri = strdup(name);

	for (char *p = uri; p != NULL && *p != ':'; p++)
		*p = (char)tolower((unsigned char)*p);
	return uri;
}

/*
 * Everybody can see arguments, and others can see messages, so no message
 * quotes a URI that may contain a password.  A password with a / in it is
 * parsed as a port, and what follows the / as a database name with an @.
 */
static enum status
check_uri(const char *name)
{
	char *uri = uri_for_libpq(name), *why = NULL;
	PQconninfoOption *all = uri == NULL ? NULL :
	    pq.PQconninfoParse(uri, &why), *o;
	enum status status = OK;

	free(uri);
	if (all == NULL && why == NULL)
		status = fail(FAILED, "store: no memory");
	else if (all == NULL)
		status = fail(USAGE, "store: not understood; the URI is "
		    "postgresql://[USER@]HOST[:PORT][,...]/DATABASE"
		    "[?KEY=VALUE&...]");
	for (o = all; status == OK && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (o->dispchar[0] == '*')	/* a password of any kind */
			status = fail(USAGE, "store: put the password into "
			    "~/.pgpass, not into the URI");
		else if (strcmp(o->keyword, "dbname") == 0 &&
		    strchr(o->val, '@') != NULL)
			status = fail(USAGE, "store: the name of the database "
			    "contains @; put a password into ~/.pgpass");
	}
	pq.PQconninfoFree(all);
	pq.PQfreemem(why);
	return status;
}

/*
 * The URI overrides these defaults.  They detect within a minute that a server
 * is gone or does not exist.
 */
static enum status
open_connection(struct postgresql *pg)
{
	const char *keys[] = { "connect_timeout", "tcp_user_timeout",
	    "keepalives_idle", "keepalives_interval", "keepalives_count",
	    "fallback_application_name", "dbname", NULL };
	char *uri = uri_for_libpq(pg->base.name);
	const char *values[] = { "10", "30000", "10", "5", "4", program_name,
	    uri, NULL };

	pg->conn = pq.PQconnectdbParams(keys, values, 1);
	free(uri);
	if (pq.PQstatus(pg->conn) != CONNECTION_OK)
		return postgresql_failed(pg, NULL);
	pq.PQsetNoticeProcessor(pg->conn, no_notice, NULL);
	return pq.PQsetnonblocking(pg->conn, 1) == 0 ? OK :
	    postgresql_failed(pg, NULL);
}

/* Run statements without parameters, before the pipeline begins. */
static enum status
execute(struct postgresql *pg, const char *sql)
{
	PGresult *result = ask(pg, sql);
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
	PGresult *result = ask(pg, sql);
	enum status status = OK;

	*n = NONE;
	if (pq.PQresultStatus(result) != PGRES_TUPLES_OK)
		status = postgresql_failed(pg, result);
	else if (pq.PQntuples(result) > 0)
		*n = strtol(pq.PQgetvalue(result, 0, 0), NULL, 10);
	pq.PQclear(result);
	return status;
}

/* The version of the existing store, NONE or ANOTHER. */
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

/* What all stores have, the tables, and the version. */
static enum status
make_store(struct postgresql *pg, const struct schema *schema)
{
	enum status status;
	char *sql;

	if (asprintf(&sql, "BEGIN; SET LOCAL lock_timeout = '" PATIENCE "'; "
	    "CREATE TABLE IF NOT EXISTS gba_push_store "
	    "(name TEXT PRIMARY KEY, version BIGINT NOT NULL); "
	    "CREATE SEQUENCE IF NOT EXISTS gba_push_id CACHE 1000; %s %s "
	    "INSERT INTO gba_push_store VALUES ('%s', %d); COMMIT;",
	    schema->postgresql, schema->postgresql_later, schema->name,
	    schema->postgresql_version) < 0)
		return fail(FAILED, "%s: no memory", pg->base.name);
	status = execute(pg, sql);
	free(sql);
	if (status != OK && execute(pg, "ROLLBACK") != OK)
		return FAILED;
	return status;
}

/* If several programs create it at once, all but one fail and then find it. */
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
	if (version == NONE)
		status = fail(FAILED, "there is no store");
	else if (version == ANOTHER)
		status = fail(FAILED, "another store, not %s", schema->name);
	else if (version != schema->postgresql_version)
		status = fail(FAILED, "version %ld of %s; this program "
		    "handles version %d", version, schema->name,
		    schema->postgresql_version);
	pg->failure = outcome_of(status);
	return status;
}

/* ---- sessions of one's own, and those of a pooler ---- */

/*
 * Whether a pooler is in between: it has no key of a session to give, so it
 * makes one up, and the number of the process in it is not the server's.
 */
static enum status
find_pooler(struct postgresql *pg)
{
	long pid;
	enum status status = select_number(pg, "SELECT pg_backend_pid()", &pid);

	pg->pooled = status == OK && pid != pq.PQbackendPID(pg->conn);
	return status;
}

/*
 * Plans are made once, not for each partition again.  The table may still be
 * small then, so force the use of indexes; every statement has one.
 */
static enum status
set_up_session(struct postgresql *pg)
{
	return execute(pg, "SET plan_cache_mode = force_generic_plan; "
	    "SET enable_seqscan = off; SET enable_hashjoin = off; "
	    "SET enable_mergejoin = off; SET jit = off");
}

/* Whether the option at P is FOUND, but for what quotes. */
static bool
is_path(const char *p, const char *found)
{
	static const char quotes[] = "\\\"";

	for (;; p++, found++) {
		p += strspn(p, quotes);
		found += strspn(found, quotes);
		if (*p == '\0' || *p == ' ' || *p != *found)
			return (*p == '\0' || *p == ' ') && *found == '\0';
	}
}

/*
 * A pooler may be told to ignore the options of a URI; then the tables would be
 * looked for, and made, in another schema.
 */
static enum status
check_search_path(struct postgresql *pg)
{
	const char *path = strstr(pq.PQoptions(pg->conn), "search_path=");
	PGresult *result;
	bool same = true;

	if (path == NULL)
		return OK;
	path += strlen("search_path=");
	result = ask(pg, "SHOW search_path");
	if (pq.PQresultStatus(result) != PGRES_TUPLES_OK)
		postgresql_failed(pg, result);
	else
		same = is_path(path, pq.PQgetvalue(result, 0, 0));
	pq.PQclear(result);
	if (!same)
		pg->failure = outcome_of(fail(FAILED, "the pooler ignores "
		    "search_path; set it with ALTER ROLE or ALTER DATABASE"));
	return pg->failure.status;
}

/* A pooler of single statements refuses the first BEGIN. */
static enum status
check_pooler(struct postgresql *pg)
{
	enum status status;

	if ((status = execute(pg, "BEGIN")) != OK ||
	    (status = execute(pg, "COMMIT")) != OK)
		return status;
	return check_search_path(pg);
}

/*
 * The server would lock the table to find out that an index is there.  Where
 * what a store lacks cannot be made now, the next program will try; until then
 * all only takes longer.
 */
static void
make_later(struct postgresql *pg)
{
	const struct schema *schema = pg->schema;
	char sql[1024];
	long lacks;

	snprintf(sql, sizeof(sql), "SELECT 1 WHERE %s",
	    schema->postgresql_lacks);
	if (select_number(pg, sql, &lacks) == OK && lacks == NONE)
		return;
	snprintf(sql, sizeof(sql), "BEGIN; SET LOCAL lock_timeout = '"
	    PATIENCE "'; %s COMMIT", schema->postgresql_later);
	if (execute(pg, sql) == OK)
		return;
	pg->failure.status = OK;
	if (execute(pg, "ROLLBACK") != OK)
		pg->failure.status = OK;
}

static enum status
start(struct postgresql *pg, bool create)
{
	if (open_connection(pg) != OK || find_pooler(pg) != OK ||
	    (pg->pooled ? check_pooler(pg) : set_up_session(pg)) != OK ||
	    find_or_make(pg, pg->schema, create) != OK)
		return postgresql_failed(pg, NULL);
	make_later(pg);
	return pq.PQenterPipelineMode(pg->conn) == 1 ? OK :
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
	pg->next = &pg->group[0];
	if (start(pg, create) == OK) {
		*out = &pg->base;
		return OK;
	}
	status = fail(FAILED, "%s: %s", name, pg->failure.text);
	postgresql_close(&pg->base);
	return status;
}

/* Forget the old connection and all that was sent on it. */
enum status
postgresql_again(struct db *db, uint64_t ms)
{
	struct postgresql *pg = (struct postgresql *)db;
	uint64_t end = clock_monotonic_ms() + ms;

	if (!pg->lost)
		return FAILED;
	postgresql_drop_many(pg);
	pg->within = false;
	for (;;) {
		pq.PQfinish(pg->conn);
		pg->statements = pg->sound = 0;
		pg->answered = pg->asked;
		pg->failure.status = OK;
		if (start(pg, false) == OK) {
			pg->lost = false;
			return OK;
		}
		if (clock_monotonic_ms() >= end ||
		    clock_monotonic_ms() >= loop_stop_by())
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
	postgresql_free_many(pg);
	free(pg);
}
