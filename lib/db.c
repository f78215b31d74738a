/* db.c: SQLite, as the stores need it. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db.h"
#include "file.h"

#define STATEMENTS 64		/* more than any program has */
#define BUSY_MS 10000		/* how long to wait for another writer */

struct query {
	const char *sql;	/* the literal itself: its address is the key */
	sqlite3_stmt *stmt;
	int result;
};

struct db {
	const char *name;
	sqlite3 *handle;
	struct query query[STATEMENTS];
	enum status status;
};

static enum status
failed(struct db *db)
{
	db->status = fail(FAILED, "%s: %s", db->name,
	    db->handle == NULL ? "no memory" : sqlite3_errmsg(db->handle));
	return db->status;
}

static enum status
execute(struct db *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ?
	    OK : failed(db);
}

static enum status
pragma_number(struct db *db, const char *sql, int *n)
{
	sqlite3_stmt *stmt = NULL;
	enum status status = OK;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) ==
	    SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		*n = sqlite3_column_int(stmt, 0);
	else
		status = failed(db);
	sqlite3_finalize(stmt);
	return status;
}

/*
 * Readers and one writer at once.  Only an idle file changes its mode, and
 * SQLite does not wait for that, so two programs that make a store together
 * may need a few tries.
 */
static enum status
enter_wal(struct db *db)
{
	enum status status = OK;

	for (int ms = 1; ms < BUSY_MS; ms *= 2) {
		if ((status = execute(db, "PRAGMA journal_mode = WAL")) == OK)
			break;
		usleep((useconds_t)ms * 1000);
	}
	return status;
}

/* Make the schema in an empty file; two programs may do so at once. */
static enum status
make_schema(struct db *db, const struct schema *schema)
{
	char *sql = sqlite3_mprintf("%s PRAGMA application_id = %u; "
	    "PRAGMA user_version = %d;", schema->sql, schema->id,
	    schema->version);
	enum status status;
	int version;

	if ((status = execute(db, "BEGIN IMMEDIATE")) == OK &&
	    (status = pragma_number(db, "PRAGMA user_version", &version)) ==
	    OK && version == 0)
		status = execute(db, sql);
	sqlite3_free(sql);
	if (status != OK) {
		db_rollback(db);
		return status;
	}
	return execute(db, "COMMIT");
}

static enum status
check_schema(struct db *db, const struct schema *schema)
{
	enum status status;
	int id, version;

	if ((status = pragma_number(db, "PRAGMA application_id", &id)) != OK ||
	    (status = pragma_number(db, "PRAGMA user_version", &version)) !=
	    OK)
		return status;
	if ((uint32_t)id != schema->id)
		return fail(FAILED, "%s: found another database, expected %s",
		    db->name, schema->name);
	if (version != schema->version)
		return fail(FAILED, "%s: found version %d of %s, expected %d",
		    db->name, version, schema->name, schema->version);
	return OK;
}

static enum status
set_up(struct db *db, const struct schema *schema)
{
	enum status status;
	int version, objects;

	sqlite3_busy_timeout(db->handle, BUSY_MS);
	if ((status = pragma_number(db, "PRAGMA user_version", &version)) !=
	    OK || (status = pragma_number(db,
	    "SELECT count(*) FROM sqlite_schema", &objects)) != OK)
		return status;
	if (version == 0 && objects == 0 &&
	    ((status = enter_wal(db)) != OK ||
	    (status = make_schema(db, schema)) != OK))
		return status;
	if ((status = check_schema(db, schema)) != OK)
		return status;
	return execute(db, "PRAGMA synchronous = FULL; "
	    "PRAGMA secure_delete = ON; "
	    "PRAGMA wal_autocheckpoint = 10000; "
	    "PRAGMA cache_size = -16384;");
}

enum status
db_open(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	struct db *db = calloc(1, sizeof(*db));
	enum status status;
	int fd;

	*out = NULL;
	if (db == NULL)
		return fail(FAILED, "%s: no memory", name);
	db->name = name;
	if (strstr(name, "://") != NULL) {
		free(db);
		return fail(FAILED, "%s: found a URI, expected a file", name);
	}
	/* SQLite would create it with the mode of the umask */
	fd = open(name, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	if (fd < 0) {
		free(db);
		return fail(FAILED, "%s: %s", name, strerror(errno));
	}
	close(fd);	/* before SQLite: to close it drops SQLite's locks */
	status = sqlite3_open_v2(name, &db->handle, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK ? OK : failed(db);
	if (status == OK)
		status = set_up(db, schema);
	if (status == OK) {
		file_warn_readable(name);
		*out = db;
	} else {
		db_close(db);
	}
	return status;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < STATEMENTS && db->query[i].sql != NULL; i++)
		sqlite3_finalize(db->query[i].stmt);
	sqlite3_close(db->handle);
	free(db);
}

enum status
db_with(struct db **db, const char *name, const struct schema *schema,
    enum status (*check)(void), enum status (*verb)(void))
{
	enum status status;

	if (check != NULL && (status = check()) != OK)
		return status;
	if ((status = db_open(db, name, schema, true)) == OK)
		status = verb();
	db_close(*db);
	return status;
}

enum status
db_begin(struct db *db)
{
	return db_run(db, NULL, "BEGIN IMMEDIATE", "");
}

enum status
db_commit(struct db *db)
{
	enum status status = db_run(db, NULL, "COMMIT", "");

	if (status != OK) {
		char why[256];

		strncpy(why, fail_text(), sizeof(why) - 1);
		why[sizeof(why) - 1] = '\0';
		db_rollback(db);
		return fail(status, "%s", why);
	}
	return status;
}

void
db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

void
db_forget(struct db *db)
{
	sqlite3_wal_checkpoint_v2(db->handle, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

enum status
db_stage_begin(void *db)
{
	return db_begin(db);
}

enum status
db_stage_commit(void *db)
{
	return db_commit(db);
}

void
db_stage_abandon(void *db)
{
	db_rollback(db);
}

static struct query *
prepared(struct db *db, const char *sql)
{
	struct query *q = db->query;

	while (q->sql != NULL && q->sql != sql) {
		q++;
		assert(q < db->query + STATEMENTS);
	}
	if (q->sql == NULL && sqlite3_prepare_v3(db->handle, sql, -1,
	    SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL) == SQLITE_OK)
		q->sql = sql;
	return q->sql == NULL ? NULL : q;
}

static int
bind(struct query *q, int i, char type, va_list *ap)
{
	const void *v;

	switch (type) {
	case 't':
		v = va_arg(*ap, const char *);
		return sqlite3_bind_text(q->stmt, i, v, -1, SQLITE_TRANSIENT);
	case 'o':
		v = va_arg(*ap, const void *);
		return sqlite3_bind_blob(q->stmt, i, v,
		    (int)va_arg(*ap, size_t), SQLITE_TRANSIENT);
	default:
		assert(type == 'n');
		return sqlite3_bind_int64(q->stmt, i,
		    (sqlite3_int64)va_arg(*ap, uint64_t));
	}
}

static struct query *
start(struct db *db, const char *sql, const char *types, va_list *ap)
{
	struct query *q = prepared(db, sql);

	db->status = OK;
	if (q == NULL) {
		failed(db);
		return NULL;
	}
	for (int i = 0; types[i] != '\0'; i++)
		if (bind(q, i + 1, types[i], ap) != SQLITE_OK)
			failed(db);
	q->result = SQLITE_OK;
	return q;
}

struct query *
db_query(struct db *db, const char *sql, const char *types, ...)
{
	struct query *q;
	va_list ap;

	va_start(ap, types);
	q = start(db, sql, types, &ap);
	va_end(ap);
	return q;
}

bool
db_row(struct query *q)
{
	if (q == NULL || (q->result != SQLITE_OK && q->result != SQLITE_ROW))
		return false;
	q->result = sqlite3_step(q->stmt);
	return q->result == SQLITE_ROW;
}

uint64_t
db_number(struct query *q, int column)
{
	return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

const char *
db_text(struct query *q, int column)
{
	return (const char *)sqlite3_column_text(q->stmt, column);
}

const void *
db_octets(struct query *q, int column, size_t *len)
{
	const void *v = sqlite3_column_blob(q->stmt, column);

	*len = (size_t)sqlite3_column_bytes(q->stmt, column);
	return v;
}

bool
db_null(struct query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

enum status
db_done(struct db *db, struct query *q)
{
	if (q == NULL)
		return db->status;
	if (q->result != SQLITE_OK && q->result != SQLITE_ROW &&
	    q->result != SQLITE_DONE)
		failed(db);
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	return db->status;
}

enum status
db_run(struct db *db, uint64_t *changed, const char *sql, const char *types,
    ...)
{
	struct query *q;
	enum status status;
	va_list ap;

	va_start(ap, types);
	q = start(db, sql, types, &ap);
	va_end(ap);
	while (db_row(q))
		;
	status = db_done(db, q);
	if (changed != NULL)
		*changed = (uint64_t)sqlite3_changes64(db->handle);
	return status;
}
