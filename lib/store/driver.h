/*
 * driver.h: what db.c needs from a database engine.  Each engine has files of
 * its own, and its structs begin with these.
 */
#ifndef GBA_DRIVER_H
#define GBA_DRIVER_H

#include "store/db.h"

#define STATEMENTS 64	/* more than any program uses */
#define VALUES_MAX 16	/* of a statement */
#define PATIENCE_MS 10000	/* the wait for another writer */
#define PATIENCE "10s"		/* the same as SQL */

/* A parameter; a null V is NULL. */
struct value {
	enum { NUMBER_VALUE = 'n', TEXT_VALUE = 't', OCTETS_VALUE = 'o' } type;
	uint64_t n;
	const void *v;
	size_t len;
};

struct db {
	const struct driver *driver;
	const char *name;
	enum status status;	/* of the current statement */
	uint64_t turn, turns, undone;
	bool looks;
	struct {
		void *v;
		enum status (*settle)(struct db *);
		void (*release)(void *);
	} memory[DB_MEMORIES];
};

struct query {
	const struct driver *driver;
	const char *sql;	/* the address of the literal is the key */
};

/* The functions of db.h, each for one engine. */
struct driver {
	enum status (*open)(struct db **, const char *name,
	    const struct schema *, bool create);
	void (*close)(struct db *);
	enum status (*begin)(struct db *);
	enum status (*commit)(struct db *);
	void (*rollback)(struct db *);
	enum status (*again)(struct db *, uint64_t ms);	/* or NULL: never */
	void (*forget)(struct db *);
	void (*wipe)(struct db *);
	struct query *(*query)(struct db *, const char *sql,
	    const struct value *, size_t count);
	/* the next statement is to read all rows; ON false: has; or NULL */
	void (*all)(struct db *, bool on);
	enum status (*ask)(struct db *, db_answer_fn *, void *arg,
	    const char *sql, const struct value *, size_t count);
	enum status (*ask_many)(struct db *, db_answer_fn *, void *arg,
	    const struct db_many *, const struct value *, size_t count);
	enum status (*await)(struct db *);
	bool (*row)(struct query *);
	uint64_t (*changed)(struct query *);
	uint64_t (*number)(struct query *, int column);
	const char *(*text)(struct query *, int column);
	const void *(*octets)(struct query *, int column, size_t *len);
	bool (*null)(struct query *, int column);
	enum status (*done)(struct db *, struct query *);
	bool shared;
};

extern const struct driver driver_sqlite, driver_postgresql;

#endif
