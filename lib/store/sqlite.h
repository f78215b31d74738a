/*
 * sqlite.h: what the files of the SQLite driver share: sqlite.c has its
 * statements, sqlite_open.c its files and schemas.
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

struct sqlite {
	struct db base;
	sqlite3 *handle;
	const struct schema *schema;
	bool wrote;		/* since sqlite_wipe() */
	uint64_t patience_ms;	/* that a lock is waited for */
	uint64_t patient_until;	/* monotonic milliseconds */
	struct statement statement[STATEMENTS];
};

/* Report why the last call of SQLite failed.  Returns FAILED. */
enum status sqlite_failed(struct sqlite *);

/* How SQLite gets its memory; erase what this thread keeps of it. */
void sqlite_memory_configure(void);
void sqlite_memory_wipe(void);

MUST_USE enum status sqlite_open(struct db **, const char *name,
    const struct schema *, bool create);
void sqlite_close(struct db *);

#endif
