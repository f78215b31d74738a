/*
 * postgresql.h: what the files of the PostgreSQL driver share: postgresql.c
 * has its statements, postgresql_many.c those that are asked for many rows,
 * postgresql_open.c its connections and schemas.
 */
#ifndef GBA_POSTGRESQL_H
#define GBA_POSTGRESQL_H

#include "store/driver.h"
#include "store/pq.h"

#define PENDING_MAX 1024	/* statements without an answer yet */
#define GROUP_MAX 512		/* rows of a statement */

/* types of parameters, as numbered in pg_type */
#define INT8 20
#define TEXT_TYPE 25
#define BYTEA 17

struct statement {
	struct query base;
	unsigned number;	/* its name */
	PGresult *result;
	int row, end;		/* the current one; behind the last */
	bool is_one;		/* of many */
	unsigned changed;	/* then: rows */
};

/* A statement that has no answer yet, or a mark. */
struct pending {
	db_answer_fn *fn;
	void *arg;
	bool mark;
};

/* The parameters of a statement, as libpq has them. */
struct params {
	int count;
	Oid type[VALUES_MAX];
	const char *value[VALUES_MAX];
	int len[VALUES_MAX], format[VALUES_MAX];
	uint8_t number[VALUES_MAX][8];
};

/* Rows for which one statement is asked. */
struct group {
	const struct db_many *sql;
	size_t count, params;
	struct pending answer[GROUP_MAX];
	struct value value[GROUP_MAX][VALUES_MAX];	/* of a value with
	    octets, n says where these begin */
	uint8_t *octets;
	size_t len, room;
	uint16_t index[2 * GROUP_MAX];	/* of keys: an open hash table */
	bool begun;		/* its savepoint */
	uint64_t end;		/* its answers are there when so many are */
	size_t statements;	/* that are good if it is */
};

struct postgresql {
	struct db base;
	PGconn *conn;
	bool pooled;		/* each transaction may have another session */
	bool within;		/* a transaction */
	struct statement statement[STATEMENTS];
	size_t statements, sound;	/* prepared; known to be good */
	unsigned named;
	struct pending pending[PENDING_MAX];	/* a ring */
	uint64_t asked, answered;	/* statements and marks */
	struct group group[3], *next;
	struct group *sent[2];	/* the older one first; or NULL */
	unsigned careful;	/* so many groups are asked row by row */
	uint8_t *arrays;
	size_t arrays_room;
	struct outcome failure;	/* the first since all was answered, or OK */
	bool lost;		/* and another try may do better */
	bool taken;		/* it was that a key is there already */
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

/* ---- postgresql.c ---- */

/* What db_ask() does, but for what was asked of many before. */
MUST_USE enum status postgresql_ask_one(struct postgresql *pg,
    db_answer_fn *fn, void *arg, const char *sql, const struct value *v,
    size_t count);

/* Send SQL on its way, whose answer FN gets.  OK; FAILED: all is over. */
MUST_USE enum status postgresql_send(struct postgresql *pg, db_answer_fn *fn,
    void *arg, const char *sql, const struct params *p);

/* The end of what was asked: the server goes on after a failure there. */
void postgresql_mark(struct postgresql *);

/* Read answers until there are END. */
void postgresql_read(struct postgresql *, uint64_t end);

/* What came of all so far.  FAILED, and that is reported once. */
MUST_USE enum status postgresql_verdict(struct postgresql *);

/* ---- postgresql_many.c ---- */

/* As of the driver. */
MUST_USE enum status postgresql_ask_many(struct db *db, db_answer_fn *fn,
    void *arg, const struct db_many *many, const struct value *v,
    size_t count);

/* See to it that all that was asked of many is answered, or asked alone. */
MUST_USE enum status postgresql_end_many(struct postgresql *);

/* Nobody waits for the answers. */
void postgresql_drop_many(struct postgresql *);
void postgresql_free_many(struct postgresql *);

/* ---- postgresql_open.c ---- */

MUST_USE enum status postgresql_open(struct db **, const char *name,
    const struct schema *, bool create);
MUST_USE enum status postgresql_again(struct db *, uint64_t ms);
void postgresql_close(struct db *);

#endif
