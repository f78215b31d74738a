/*
 * db.h: the part of a database that the stores need: statements with
 * parameters $1, $2 ..., which first appear in this order; rows; transactions.
 * The name of a store selects the engine (driver.h): SQLite for a file,
 * PostgreSQL for postgresql://.
 */
#ifndef GBA_DB_H
#define GBA_DB_H

#include "base/octets.h"
#include "base/status.h"

struct db;
struct query;

#define CONVERTED_MAX 128
#define UPGRADES_MAX 3

/* What a store is, and the SQL that makes an empty one. */
struct schema {
	const char *name;	/* for messages: "an HSS store" */
	uint32_t id;		/* SQLite's application_id */
	int version;		/* SQLite's user_version */
	int postgresql_version;
	const char *sqlite, *postgresql;
	/* SQLite's, from version 1, 2 ... to TO, in one transaction */
	struct {
		int to;
		const char *sql;
		enum status (*fill)(struct db *);	/* or NULL */
		const char *end;			/* or NULL */
	} upgrade[UPGRADES_MAX];
	/* what an upgrade calls as convert(): octets of a TEXT, their number */
	size_t (*convert)(const char *text, uint8_t octets[]);
	/*
	 * What a new store gets last, and one of this version that was made by
	 * an earlier release gets where this condition is true; or NULL.
	 */
	const char *postgresql_later, *postgresql_lacks;
	const char *blank;	/* inserts a row as long as any, of zeros */
};

/*
 * A schema is written once, as a macro whose parameters are the words in which
 * the engines differ: ID, an integer that the engine counts up; NUMBER; OCTETS;
 * NAME, a text that is searched for, in the order of its octets: PostgreSQL's
 * locales take longer, and an index ends with the order of the system's;
 * COMPACT(key, rest), the end of a table with small rows that are found only by
 * their key, which has the rest beside it.
 */
#define SCHEMA_SQLITE(schema) schema("INTEGER PRIMARY KEY", "INTEGER", \
    "BLOB", "TEXT", SCHEMA_COMPACT_SQLITE)
#define SCHEMA_POSTGRESQL(schema) schema( \
    "BIGINT PRIMARY KEY DEFAULT nextval('gba_push_id')", "BIGINT", "BYTEA", \
    "TEXT COLLATE \"C\"", SCHEMA_COMPACT_POSTGRESQL)
#define SCHEMA_COMPACT_SQLITE(key, rest) \
    "PRIMARY KEY (" key ")) WITHOUT ROWID"
#define SCHEMA_COMPACT_POSTGRESQL(key, rest) \
    "PRIMARY KEY (" key ") INCLUDE (" rest "))"

/*
 * SQLite alone: remove a table.  While DROP TABLE runs, SQLite has all rows
 * that it removes in memory; but not while DELETE removes all.
 */
#define SCHEMA_DROP(table) "DELETE FROM " table "; DROP TABLE " table ";"

/*
 * PostgreSQL alone: the pages of a table, or of its partitions if an earlier
 * release made it, are filled by half, so that a changed row finds room beside
 * the old one; and that they are not.
 */
#define SCHEMA_HALF_FULL(table) "DO $$ DECLARE part regclass; BEGIN " \
    "FOR part IN SELECT oid FROM pg_class WHERE relkind = 'r' AND oid IN " \
    "(SELECT '" table "'::regclass UNION SELECT inhrelid FROM pg_inherits " \
    "WHERE inhparent = '" table "'::regclass) LOOP EXECUTE 'ALTER TABLE ' " \
    "|| part || ' SET (fillfactor = 50)'; END LOOP; END $$;"
#define SCHEMA_NOT_HALF_FULL(table) "EXISTS (SELECT 1 FROM pg_class " \
    "WHERE relkind = 'r' AND reloptions IS NULL AND oid IN (to_regclass('" \
    table "'), to_regclass('" table "_0')))"

/*
 * Open the store NAME.  If it does not exist and CREATE, create an empty one (a
 * file has mode 0600).  OK; USAGE if NAME is a URI that cannot be used; FAILED
 * if there is no such file or server, or it is a store of another kind or
 * version.
 */
MUST_USE enum status db_open(struct db **, const char *name,
    const struct schema *, bool create);
void db_close(struct db *);

/*
 * MiB of memory for what is remembered of a database file that is opened from
 * then on: its pages, and where keys are (keys.h).
 */
#define DB_CACHE_MIB 40
extern uint64_t db_cache_mib;

/* Whether programs on other machines may use the store at the same time. */
bool db_is_shared(const struct db *);

/* Other writers, or all other programs, wait up to a few seconds. */
MUST_USE enum status db_begin(struct db *);
MUST_USE enum status db_commit(struct db *);
void db_rollback(struct db *);

/* Commit if STATUS is OK, else roll back; returns the result. */
MUST_USE enum status db_end(struct db *, enum status);

/*
 * Until db_looked(), which returns STATUS or FAILED, statements that only read
 * see the same state, which takes SQLite less time than one after the other.
 * Inside a transaction, neither does anything.
 */
MUST_USE enum status db_look(struct db *);
MUST_USE enum status db_looked(struct db *, enum status);

/*
 * The number of the transaction that db_begin() began, or 0 outside of one.
 * What was read in a transaction stays so until its end, but for own changes.
 */
uint64_t db_turn(const struct db *);

/* How many were rolled back. */
uint64_t db_undone(const struct db *);

/*
 * What a store remembers of its database beside that, NULL at first.  SETTLE
 * writes what of it is to be committed; RELEASE frees it in db_close().
 */
enum db_memory { DB_MEMORY_KEYS, DB_MEMORY_EXPIRY, DB_MEMORIES };
void **db_memory(struct db *, enum db_memory,
    enum status (*settle)(struct db *), void (*release)(void *));

/*
 * After a failure: whether to repeat everything since db_begin().  OK if the
 * server was lost and it or another one can be reached within MS milliseconds,
 * or if two transactions blocked each other.  Else FAILED, with the earlier
 * failure or because no server was found.
 */
MUST_USE enum status db_again(struct db *, uint64_t ms);

/*
 * Removed keys are gone from the file; remove them from its log as well, unless
 * another program is reading it.
 */
void db_forget(struct db *);

/*
 * Erase what memory has of rows that were read and values that were written,
 * which no statement needs.  The next statements take a little longer.
 */
void db_wipe(struct db *);

/* The same of what this thread alone has of any store: where it is not main's,
   after each piece of work. */
void db_wipe_thread(void);

/*
 * Start the statement SQL, a string literal, which is prepared once and kept.
 * TYPES has a letter for each parameter, in order: t for const char * (a null
 * pointer is NULL), o for octets (const void *, size_t), n for uint64_t.  What
 * they point at must be valid until db_done().  Returns NULL on failure.
 */
struct query *db_query(struct db *, const char *sql, const char *types, ...);

/* The same for one that is to read all rows of a table, and no index. */
struct query *db_query_all(struct db *, const char *sql, const char *types,
    ...);

/* The next row of Q; false at the end and on failure. */
bool db_row(struct query *);

/* Columns of the current row, from 0; strings are valid until the next row. */
uint64_t db_number(struct query *, int column);
const char *db_text(struct query *, int column);
const void *db_octets(struct query *, int column, size_t *len);
bool db_null(struct query *, int column);

/* End Q, which may be NULL.  FAILED if anything since db_query() failed. */
MUST_USE enum status db_done(struct db *, struct query *);

/* Run a statement without result rows; *CHANGED (or NULL) gets their number. */
MUST_USE enum status db_run(struct db *, uint64_t *changed, const char *sql,
    const char *types, ...);

/*
 * Ask the statement SQL without waiting for its answer: FN (or NULL) takes
 * that, its rows and how many it changed, in the order in which was asked, at
 * the latest in db_await().  FN itself asks nothing.  OK or FAILED, either of
 * which may also be of what was asked before.
 */
typedef void db_answer_fn(void *arg, struct query *);
MUST_USE enum status db_ask(struct db *db, db_answer_fn *fn, void *arg,
    const char *sql, const char *types, ...);
uint64_t db_changed(struct query *);
MUST_USE enum status db_await(struct db *);

/*
 * The same for a statement that many rows are asked of, one after the other.
 * ONE is the statement for one row.  MANY is for a server, where a statement
 * costs more than a row: its parameters are arrays of ONE's, and it does what
 * ONE does for each element.
 *
 * With INSERTS it inserts a row for each or fails; where a row is there already
 * each is asked alone.  Otherwise the last column of its rows is the number of
 * the element, u.n of DB_EACH; FN is shown one row at most.  KEY is the
 * number of the parameter that tells apart the rows that are changed, so that
 * no element meets a row that another one changes; 0: nothing is changed.
 *
 * DB_EACH(columns) has the elements as rows of u.  Its condition always holds:
 * a planner concludes that they are few, and looks for each by an index.
 *
 * ROWS is for SQLite, or NULL: the same as MANY from a table u, whose columns
 * are n, the number of the element, and ONE's parameters p1, p2, ...  It takes
 * the rows of u in their order (CROSS JOIN), and shows n as MANY does, or it
 * INSERTS, or has no FN.  Answers of two statements that INSERT may come in
 * another order than was asked in.
 */
#define DB_EACH(columns) \
    "(SELECT * FROM (SELECT " columns ", generate_subscripts($1, 1) AS n) v " \
    "WHERE n BETWEEN 1 AND 9999) u "
struct db_many {
	const char *one, *many;
	bool inserts;
	unsigned key;
	const char *rows;
};
MUST_USE enum status db_ask_many(struct db *db, db_answer_fn *fn, void *arg,
    const struct db_many *many, const char *types, ...);

/* A db_answer_fn that sets a bool: whether the statement changed a row. */
void db_note_changed(void *changed, struct query *);

#endif
