/*
 * sql.h: what a bare loop of SQL does: the statements of a task, for rows whose
 * parameters are in memory.
 */
#ifndef BENCH_SQL_H
#define BENCH_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

#define STATEMENTS 4
#define PARAMETERS 9
#define TURN 512	/* answers of a server that are waited for at once */

/* A statement, and the types of its parameters as in db.h. */
struct statement {
	const char *sql, *types;
};

/* A parameter: N, or LEN octets V; a null V of text is NULL. */
struct value {
	const void *v;
	uint32_t len;
	uint64_t n;
};

struct task {
	const char *name;
	enum record_type type;	/* of the input */
	struct statement statement[STATEMENTS];
	/* the parameters of all statements, one after the other */
	void (*add)(struct value *, const struct record *);
	/* the first finds the row that the second reads, the third counts */
	bool chained;
};

struct task_rows {
	const struct task *task;
	struct value *v;	/* WIDTH for each */
	size_t count, width;
	uint64_t batch;		/* to a transaction */
};

#define SQN_STEP 33		/* the next SEQ, the next IND */

_Noreturn void die(const char *what);

/* Do all that is to be done, from opening to closing. */
void run_sqlite(const char *file, const struct task_rows *);
void run_postgresql(const char *uri, const struct task_rows *);

#endif
