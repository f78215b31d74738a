/*
 * db.h: the little of a database that the stores need: statements with
 * parameters $1, $2 ..., rows, transactions.  SQLite behind it.
 */
#ifndef GBA_DB_H
#define GBA_DB_H

#include "octets.h"
#include "status.h"

struct db;
struct query;

/* What a store's file is, and the SQL that makes an empty one. */
struct schema {
	const char *name;	/* for messages: "an HSS store" */
	uint32_t id;		/* SQLite's application_id */
	int version;		/* SQLite's user_version */
	const char *sql;
};

/*
 * Open the store NAME, where absent made 0600 and empty if CREATE.  OK, or
 * FAILED: no such file, not a store of this kind, a newer version of it.
 */
MUST_USE enum status db_open(struct db **, const char *name,
    const struct schema *, bool create);
void db_close(struct db *);

/*
 * Run VERB on the store NAME, opened as *DB, after CHECK (or NULL) found that
 * it was called rightly.  The status of what failed, or of VERB.
 */
MUST_USE enum status db_with(struct db **, const char *name,
    const struct schema *, enum status (*check)(void),
    enum status (*verb)(void));

/* One writer at a time; others wait for it for a few seconds. */
MUST_USE enum status db_begin(struct db *);
MUST_USE enum status db_commit(struct db *);
void db_rollback(struct db *);

/*
 * Keys that were removed are gone from the file; let them be gone from its log
 * as well, where nobody else is reading it.
 */
void db_forget(struct db *);

/* The same as a stage wants them (stream.h), whose argument is the store. */
MUST_USE enum status db_stage_begin(void *);
MUST_USE enum status db_stage_commit(void *);
void db_stage_abandon(void *);

/*
 * Start the statement SQL, a string literal: it is prepared once and kept.
 * TYPES has a letter for each parameter, in order: t a const char * (a null
 * one is NULL), o octets (const void *, size_t), n a uint64_t.  Returns NULL
 * on failure.
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

#endif
