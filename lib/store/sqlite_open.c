/* sqlite_open.c: the files of SQLite, and the stores in them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/loop.h"
#include "store/sqlite.h"

#define LOG_PAGES 10000		/* of the log, then they go into the file */
#define LOG_LONG (2 * LOG_PAGES)
#define LOG_PATIENCE_MS 250	/* to wait for its readers */

static enum status
execute(struct sqlite *s, const char *sql)
{
	return sqlite3_exec(s->handle, sql, NULL, NULL, NULL) == SQLITE_OK ?
	    OK : sqlite_failed(s);
}

static enum status
pragma_number(struct sqlite *s, const char *sql, int *n)
{
	sqlite3_stmt *stmt = NULL;
	enum status status = OK;

	if (sqlite3_prepare_v2(s->handle, sql, -1, &stmt, NULL) ==
	    SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		*n = sqlite3_column_int(stmt, 0);
	else
		status = sqlite_failed(s);
	sqlite3_finalize(stmt);
	return status;
}

/* ---- what an upgrade needs ---- */

static void
call_convert(sqlite3_context *context, int count, sqlite3_value **v)
{
	const struct schema *schema = sqlite3_user_data(context);
	const char *text = (const char *)sqlite3_value_text(v[0]);
	uint8_t octets[CONVERTED_MAX];
	size_t len = text == NULL ? 0 : schema->convert(text, octets);

	(void)count;
	sqlite3_result_blob(context, octets, (int)len, SQLITE_TRANSIENT);
}

static enum status
make_function(struct sqlite *s, const struct schema *schema)
{
	return schema->convert == NULL || sqlite3_create_function(s->handle,
	    "convert", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, (void *)schema,
	    call_convert, NULL, NULL) == SQLITE_OK ? OK : sqlite_failed(s);
}

/* ---- schemas ---- */

/*
 * WAL mode allows readers beside one writer.  SQLite changes the mode of an
 * idle file only and does not wait for that, so two programs that create a
 * store together may need a few tries.
 */
static enum status
enter_wal(struct sqlite *s)
{
	enum status status = OK;

	for (int ms = 1; ms < PATIENCE_MS; ms *= 2) {
		if ((status = execute(s, "PRAGMA journal_mode = WAL")) == OK)
			break;
		loop_sleep((uint64_t)ms);
	}
	return status;
}

/* Bring an empty file, or one of version FROM, to that of the schema. */
static enum status
convert_file(struct sqlite *s, const struct schema *schema, int from)
{
	enum status status = from == 0 ? execute(s, schema->sqlite) : OK;
	char sql[80];

	for (int v = from; v > 0 && v < schema->version && status == OK;
	    v = schema->upgrade[v - 1].to) {
		status = execute(s, schema->upgrade[v - 1].sql);
		if (status == OK && schema->upgrade[v - 1].fill != NULL)
			status = schema->upgrade[v - 1].fill(&s->base);
		if (status == OK && schema->upgrade[v - 1].end != NULL)
			status = execute(s, schema->upgrade[v - 1].end);
	}
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %u; "
	    "PRAGMA user_version = %d;", schema->id, schema->version);
	return status == OK ? execute(s, sql) : status;
}

/* Two programs may try that at once.  Killed, it leaves the file as it was. */
static enum status
advance(struct sqlite *s, const struct schema *schema, int from)
{
	enum status status;
	int version;

	if ((status = db_begin(&s->base)) == OK &&
	    (status = pragma_number(s, "PRAGMA user_version", &version)) ==
	    OK && version == from)
		status = convert_file(s, schema, from);
	return db_end(&s->base, status);
}

static enum status
check_schema(struct sqlite *s, const struct schema *schema)
{
	enum status status;
	int id, version;

	if ((status = pragma_number(s, "PRAGMA application_id", &id)) != OK ||
	    (status = pragma_number(s, "PRAGMA user_version", &version)) !=
	    OK)
		return status;
	if ((uint32_t)id != schema->id)
		return fail(FAILED, "%s: another database, not %s",
		    s->base.name, schema->name);
	if (version > 0 && version < schema->version)
		return advance(s, schema, version);
	if (version != schema->version)
		return fail(FAILED, "%s: version %d of %s; this program "
		    "handles version %d",
		    s->base.name, version, schema->name, schema->version);
	return OK;
}

/*
 * Whether to try again for a lock that another program holds, after COUNT
 * tries.  The waits of sqlite3_busy_timeout() grow to a tenth of a second, but
 * a program that writes batch after batch lets go for a moment only: of four
 * such programs, some then waited for five seconds, and with this for two.
 */
static int
look_again(void *sqlite, int count)
{
	struct sqlite *s = sqlite;
	uint64_t now = clock_monotonic_ms();

	if (count == 0)
		s->patient_until = now + s->patience_ms;
	(void)await(-1, 0, now + 1);
	now = clock_monotonic_ms();
	return now < s->patient_until && now < loop_stop_by();
}

/*
 * After each commit: what SQLite does by itself, and more if the log has grown
 * to LOG_LONG pages nevertheless.  SQLite restarts the log only when nobody
 * uses it, which never happens while two programs take turns.
 */
static int
after_commit(void *sqlite, sqlite3 *handle, const char *name, int pages)
{
	struct sqlite *s = sqlite;

	if (pages < LOG_PAGES)
		return SQLITE_OK;
	s->patience_ms = LOG_PATIENCE_MS;
	sqlite3_wal_checkpoint_v2(handle, name, pages < LOG_LONG ?
	    SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART, NULL,
	    NULL);
	s->patience_ms = PATIENCE_MS;
	return SQLITE_OK;
}

/* Two fifths are for pages, the rest for keys. */
static enum status
set_cache(struct sqlite *s)
{
	uint64_t kib = (db_cache_mib << 10) / 5 * 2;
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%" PRIu64,
	    kib < INT32_MAX ? kib : INT32_MAX);
	return execute(s, sql);
}

static enum status
set_up(struct sqlite *s, const struct schema *schema)
{
	enum status status;
	int version, objects;

	s->patience_ms = PATIENCE_MS;
	sqlite3_busy_handler(s->handle, look_again, s);
	if ((status = make_function(s, schema)) != OK ||
	    (status = pragma_number(s, "PRAGMA user_version", &version)) !=
	    OK || (status = pragma_number(s,
	    "SELECT count(*) FROM sqlite_schema", &objects)) != OK)
		return status;
	if (version == 0 && objects == 0 &&
	    ((status = enter_wal(s)) != OK ||
	    (status = advance(s, schema, 0)) != OK))
		return status;
	if ((status = execute(s, "PRAGMA synchronous = FULL; "
	    "PRAGMA secure_delete = ON;")) != OK ||
	    (status = set_cache(s)) != OK)
		return status;
	sqlite3_wal_hook(s->handle, after_commit, s);
	return check_schema(s, schema);
}

/* ---- stores ---- */

void
sqlite_close(struct db *db)
{
	struct sqlite *s = (struct sqlite *)db;

	sqlite_drop_many(s);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statement[i].stmt);
	sqlite3_close(s->handle);
	free(s);
}

static enum status
cannot_open(const char *name)
{
	return fail(FAILED, "%s: %s", name, strerror(errno));
}

static enum status
not_ours(const char *name, const char *suffix)
{
	return fail(FAILED, "%s%s: another user's file, who could read the "
	    "keys", name, suffix);
}

/*
 * What SQLite puts beside a store has keys, too, and it takes what is there.
 * The owner is that of the store, root, or whoever runs this.
 */
static enum status
check_beside(const char *name, uid_t owner)
{
	static const char *const suffix[] = { "-journal", "-wal", "-shm" };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < COUNT(suffix); i++) {
		snprintf(path, sizeof(path), "%s%s", name, suffix[i]);
		if (lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) ||
		    (st.st_uid != owner && st.st_uid != 0 &&
		    st.st_uid != geteuid())))
			return not_ours(name, suffix[i]);
	}
	return OK;
}

/*
 * Create the file: SQLite would do so with the mode of the umask.  Whoever
 * closes a descriptor of it drops the locks of all handles that the process
 * has: a file that is there is not opened, unless its open is to say why not.
 */
static enum status
touch(const char *name, bool create)
{
	int flags = O_RDWR | O_CLOEXEC, fd;
	struct stat st;

	if (stat(name, &st) != 0) {
		/* a link that leads nowhere yet gets its file there */
		if (lstat(name, &st) != 0)
			flags |= O_EXCL;
		fd = open(name, flags | (create ? O_CREAT : 0), 0600);
		if (fd >= 0)
			close(fd);
		/* another program may make it at the same time */
		if ((fd < 0 && errno != EEXIST) || stat(name, &st) != 0)
			return cannot_open(name);
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return fail(FAILED, "%s: not a file", name);
	/* by each name it would have a log, and programs would not see */
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		return fail(FAILED, "%s: the file has %lu hard links; a store "
		    "may have one", name, (unsigned long)st.st_nlink);
	if (st.st_size == 0 && S_ISREG(st.st_mode) && st.st_uid != geteuid())
		return not_ours(name, "");
	if (S_ISREG(st.st_mode) && eaccess(name, R_OK | W_OK) == 0)
		return check_beside(name, st.st_uid);
	fd = open(name, O_RDWR | O_CLOEXEC);
	return fd < 0 ? cannot_open(name) : close(fd) == 0 ? OK :
	    cannot_open(name);
}

/*
 * SQLite takes some names for others than a file's: `:memory:', `file:NAME?...'
 * and, with Debian, whatever begins so.  None does with a directory.
 */
static enum status
open_handle(struct sqlite *s, const char *name)
{
	char *path = sqlite3_mprintf("%s%s", name[0] == '/' ? "" : "./", name);
	int result = path == NULL ? SQLITE_NOMEM : sqlite3_open_v2(path,
	    &s->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	sqlite3_free(path);
	return result == SQLITE_OK ? OK : sqlite_failed(s);
}

enum status
sqlite_open(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	static const char *warned;
	static bool configured;
	struct sqlite *s = calloc(1, sizeof(*s));
	enum status status;

	/* pages and values are freed, and so erased, one by one */
	if (!configured) {
		sqlite_memory_configure();
		sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
		sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
		/* what a statement may have to undo: in memory, as it grows */
		sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
		/* nobody asks how much it takes: a lock for each */
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	}
	configured = true;
	if (s == NULL)
		return fail(FAILED, "%s: no memory", name);
	s->base.driver = &driver_sqlite;
	s->base.name = name;
	s->schema = schema;
	if ((status = touch(name, create)) != OK) {
		free(s);
		return status;
	}
	status = open_handle(s, name);
	if (status == OK)
		status = set_up(s, schema);
	if (status == OK) {
		if (name != warned)	/* by its first handle */
			file_warn_readable(name);
		warned = name;
		*out = &s->base;
	} else {
		db_close(&s->base);
	}
	return status;
}

