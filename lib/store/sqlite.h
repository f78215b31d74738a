/*
 * sqlite.h: what the files of the SQLite driver share: sqlite.c has its
 * statements, sqlite_many.c those that are asked for many rows, sqlite_open.c
 * its files and schemas.
 */
#ifndef GBA_SQLITE_H
#define GBA_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

struct statement {
	struct query base;
	sqlite3_stmt *stmt;
	int result;
	bool ahead;		/* there is a row that db_row() has not seen */
};

#define GROUP_ROWS 16		/* more of them are hardly faster */
#define GROUP_OCTETS 16384	/* of their values */
#define GROUPS 3		/* that rows come for in turns */

/* Rows that are asked for together: see db_ask_many(). */
struct sqlite_group {
	const struct db_many *sql;
	size_t count, params;
	struct answer {
		db_answer_fn *fn;
		void *arg;
	} answer[GROUP_ROWS];
	struct value value[GROUP_ROWS * VALUES_MAX];	/* row by row */
	uint8_t octets[GROUP_OCTETS];
	size_t len;
};

struct sqlite {
	struct db base;
	sqlite3 *handle;
	const struct schema *schema;
	bool wrote;		/* since sqlite_wipe() */
	uint64_t patience_ms;	/* that a lock is waited for */
	uint64_t patient_until;	/* monotonic milliseconds */
	struct statement statement[STATEMENTS];
	struct sqlite_group group[GROUPS];
};

/* Report why the last call of SQLite failed.  Returns FAILED. */
enum status sqlite_failed(struct sqlite *);

/* Prepare TEXT, once, as the statement that SQL names; NULL: it cannot be. */
struct statement *sqlite_prepare(struct sqlite *, const char *sql,
    const char *text);

/* Whether that was done. */
bool sqlite_knows(struct sqlite *, const char *sql);

/* Start a statement; NULL, and the status of the store: it cannot be. */
struct query *sqlite_start(struct db *, const char *sql, const struct value *,
    size_t count);

/* Collect one more row; ask for those that were collected, or drop them. */
MUST_USE enum status sqlite_ask_many(struct db *db, db_answer_fn *fn,
    void *arg, const struct db_many *many, const struct value *v, size_t count);
MUST_USE enum status sqlite_end_many(struct sqlite *);
void sqlite_drop_many(struct sqlite *);

/* How SQLite gets its memory; erase what this thread keeps of it. */
void sqlite_memory_configure(void);
void sqlite_memory_wipe(void);

MUST_USE enum status sqlite_open(struct db **, const char *name,
    const struct schema *, bool create);
void sqlite_close(struct db *);

#endif
