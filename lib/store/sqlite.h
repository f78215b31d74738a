/*
 * sqlite.h: what the files of the SQLite driver share: sqlite.c has its
 * statements, sqlite_many.c those for many rows, sqlite_open.c its files and
 * schemas.
 */
#ifndef GBA_SQLITE_H
#define GBA_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

struct statement {
	struct query base;
	sqlite3_stmt *stmt;
	int result;
	bool ahead;		/* a step that db_row() has not seen */
};

#define TOGETHER 16	/* rows that are inserted at once */
#define GROUPS 4	/* statements that do so, of any program */

/* Rows that wait for others of their statement. */
struct group {
	const struct db_many *many;	/* or NULL: it is free */
	struct statement all;
	size_t columns, count;
	struct value value[TOGETHER][VALUES_MAX];
	struct {
		db_answer_fn *fn;
		void *arg;
	} answer[TOGETHER];
	uint8_t *octets;	/* of the values, which say where, in n */
	size_t len, room;
};

struct sqlite {
	struct db base;
	sqlite3 *handle;
	const struct schema *schema;
	bool wrote;		/* since sqlite_wipe() */
	uint64_t patience_ms;	/* that a lock is waited for */
	uint64_t patient_until;	/* monotonic milliseconds */
	struct statement statement[STATEMENTS];
	struct group group[GROUPS];
	size_t waiting;		/* rows of all groups */
};

/* Report why the last call of SQLite failed.  Returns FAILED. */
enum status sqlite_failed(struct sqlite *);

/* Bind the value as parameter I; a result of SQLite. */
int sqlite_bind(sqlite3_stmt *, int i, const struct value *);

/* Before anything else is asked: insert what waits in groups, or drop it. */
MUST_USE enum status sqlite_insert_waiting(struct sqlite *);
void sqlite_drop_waiting(struct sqlite *);
void sqlite_free_groups(struct sqlite *);

MUST_USE enum status sqlite_ask_many(struct db *db, db_answer_fn *fn,
    void *arg, const struct db_many *many, const struct value *v,
    size_t count);

/* How SQLite gets its memory; erase what this thread keeps of it. */
void sqlite_memory_configure(void);
void sqlite_memory_wipe(void);

MUST_USE enum status sqlite_open(struct db **, const char *name,
    const struct schema *, bool create);
void sqlite_close(struct db *);

#endif
