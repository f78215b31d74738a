/*
 * postgresql.h: what the files of the PostgreSQL driver share: postgresql.c
 * has its statements, postgresql_open.c its connections and schemas.
 */
#ifndef GBA_POSTGRESQL_H
#define GBA_POSTGRESQL_H

#include "store/driver.h"
#include "store/pq.h"

#define PENDING_MAX 1024	/* statements without an answer yet */

struct statement {
	struct query base;
	unsigned number;	/* its name */
	PGresult *result;
	int row;
};

/* A statement that has no answer yet. */
struct pending {
	db_answer_fn *fn;
	void *arg;
};

struct postgresql {
	struct db base;
	PGconn *conn;
	bool pooled;		/* each transaction may have another session */
	struct statement statement[STATEMENTS];
	size_t statements, sound;	/* prepared; known to be good */
	unsigned named;
	struct pending pending[PENDING_MAX];	/* a ring */
	size_t first, count;
	struct outcome failure;	/* the first since all was answered, or OK */
	bool lost;		/* and another try may do better */
	const struct schema *schema;
};

/* Record why the connection or RESULT failed.  Returns FAILED. */
enum status postgresql_failed(struct postgresql *, const PGresult *);

/*
 * libpq could not do what it was asked: no answer would come, so the connection
 * ends at once, for libpq too.
 */
void postgresql_give_up(struct postgresql *);

/*
 * PQgetResult(), with a bound: where the server says nothing for a minute, or
 * a signal has ended the run a few seconds ago, the connection is given up.
 */
PGresult *postgresql_result(struct postgresql *);

MUST_USE enum status postgresql_open(struct db **, const char *name,
    const struct schema *, bool create);
MUST_USE enum status postgresql_again(struct db *, uint64_t ms);
void postgresql_close(struct db *);

#endif
