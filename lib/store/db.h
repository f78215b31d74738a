/*
 * db.h: the little of a database that the stores need: statements with
 * parameters $1, $2 ..., which first appear in this order; rows; transactions.
 * A store's name says which engine is behind it (driver.h): a file is SQLite's,
 * postgresql:// PostgreSQL's.
 */
#ifndef GBA_DB_H
#define GBA_DB_H

#include "base/octets.h"
#include "base/status.h"

struct db;
struct query;

#define CONVERTED_MAX 128

/* What a store is, and the SQL that makes an empty one. */
struct schema {
	const char *name;	/* for messages: "an HSS store" */
	uint32_t id;		/* SQLite's application_id */
	int version;		/* SQLite's user_version */
	const char *sqlite, *postgresql;
	const char *upgrade;	/* SQLite's, from the version before */
	/* what upgrade calls as convert(): octets of a TEXT, their number */
	size_t (*convert)(const char *text, uint8_t octets[]);
	const char *const *tables;	/* that PostgreSQL has in parts */
};

/*
 * A schema is written once, as a macro of the words in which the engines
 * differ: ID, a number that the engine counts up; NUMBER; OCTETS; ALSO(column),
 * at the end of what is unique, since PostgreSQL can tell that only within the
 * parts of a table; PARTS(column), by which it finds the part; KEY(columns),
 * where a number that counts up is no key by itself; COMPACT, for small rows
 * that are found by their key alone.
 */
#define SCHEMA_SQLITE(schema) schema("INTEGER PRIMARY KEY", "INTEGER", \
    "BLOB", SCHEMA_NOTHING, SCHEMA_NOTHING, SCHEMA_NOTHING, " WITHOUT ROWID")
#define SCHEMA_POSTGRESQL(schema) schema( \
    "BIGINT NOT NULL DEFAULT nextval('gba_push_id')", "BIGINT", "BYTEA", \
    SCHEMA_ALSO, SCHEMA_PARTS, SCHEMA_KEY, "")
#define SCHEMA_NOTHING(column) ""
#define SCHEMA_ALSO(column) ", " column
#define SCHEMA_KEY(columns) ", PRIMARY KEY (" columns ")"
#define SCHEMA_PARTS(column) " PARTITION BY HASH (" column ")"

/*
 * Open the store NAME, where absent made empty if CREATE (a file 0600).  OK;
 * USAGE where NAME is a URI that cannot be used; FAILED: no such file or
 * server, not a store of this kind, another version of it.
 */
MUST_USE enum status db_open(struct db **, const char *name,
    const struct schema *, bool create);
void db_close(struct db *);

/* Whether programs on other machines may use the store at the same time. */
bool db_is_shared(const struct db *);

/* Others wait for what is written, or for all, a few seconds. */
MUST_USE enum status db_begin(struct db *);
MUST_USE enum status db_commit(struct db *);
void db_rollback(struct db *);

/* The end of a transaction that has come to STATUS; returns what came of it. */
MUST_USE enum status db_end(struct db *, enum status);

/*
 * After a failure: OK where the same may be tried again from db_begin() on,
 * since the server was lost, and is there again, or another in its place,
 * within MS milliseconds, or since two transactions stood in each other's way.
 * Else FAILED, for what had failed or for want of a server.
 */
MUST_USE enum status db_again(struct db *, uint64_t ms);

/*
 * Keys that were removed are gone from the file; let them be gone from its log
 * as well, where nobody else is reading it.
 */
void db_forget(struct db *);

/*
 * Start the statement SQL, a string literal: it is prepared once and kept.
 * TYPES has a letter for each parameter, in order: t a const char * (a null
 * one is NULL), o octets (const void *, size_t), n a uint64_t; what they point
 * at stays until db_done().  Returns NULL on failure.
 */
struct query *db_query(struct db *, const char *sql, const char *types, ...);

/* The next row of Q; false at the end and on failure. */
bool db_row(struct query *);

/* Columns of the current row, from 0; strings hold until the next row. */
uint64_t db_number(struct query *, int column);
const char *db_text(struct query *, int column);
const void *db_octets(struct query *, int column, size_t *len);
bool db_null(struct query *, int column);

/* End Q, NULL or not; OK or FAILED if anything since db_query() failed. */
MUST_USE enum status db_done(struct db *, struct query *);

/* Run a statement that has no rows; *CHANGED (or NULL) gets how many. */
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

/* An db_answer_fn that notes in a bool whether something was changed. */
void db_note_changed(void *changed, struct query *);

#endif
