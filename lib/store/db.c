/* db.c: a database, with either engine. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/driver.h"

#define AGAIN_MS 30000

#ifndef HAVE_POSTGRESQL
static enum status
built_without(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	(void)out;
	(void)schema;
	(void)create;
	return fail(USAGE, "%s: found, which this program was built without: "
	    "it wants libpq", name);
}

const struct driver driver_postgresql = { .open = built_without };
#endif

/* By the beginning of a store's name; anything else is a file. */
static const struct {
	const char *scheme;
	const struct driver *driver;
} engines[] = {
	{ "postgresql://", &driver_postgresql },
	{ "postgres://", &driver_postgresql },
	{ "", &driver_sqlite },
};

enum status
db_open(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	size_t i = 0;

	*out = NULL;
	while (strncmp(name, engines[i].scheme, strlen(engines[i].scheme)) != 0)
		i++;
	if (engines[i].driver != &driver_sqlite)
		return engines[i].driver->open(out, name, schema, create);
	if (strstr(name, "://") != NULL)
		return fail(USAGE, "store: found %.*s, expected a file or "
		    "postgresql://...", (int)strcspn(name, "/"), name);
	/* libpq's other form, which may contain a password */
	if (strncmp(name, "host=", 5) == 0 || strstr(name, "dbname=") != NULL)
		return fail(USAGE, "store: found keywords of libpq, expected "
		    "a file or postgresql://...");
	return driver_sqlite.open(out, name, schema, create);
}

void
db_close(struct db *db)
{
	if (db != NULL)
		db->driver->close(db);
}

enum status
db_with(struct db **db, const char *name, const struct schema *schema,
    enum status (*check)(void), enum status (*verb)(void))
{
	enum status status;

	if (check != NULL && (status = check()) != OK)
		return status;
	if ((status = db_open(db, name, schema, true)) == OK)
		status = verb();
	db_close(*db);
	return status;
}

bool
db_is_shared(const struct db *db)
{
	return db->driver->shared;
}

/* ---- transactions ---- */

enum status
db_begin(struct db *db)
{
	return db->driver->begin(db);
}

enum status
db_commit(struct db *db)
{
	enum status status = db->driver->commit(db);
	char why[512];

	if (status == OK)
		return OK;
	snprintf(why, sizeof(why), "%s", fail_text());
	db_rollback(db);
	return fail(status, "%s", why);
}

void
db_rollback(struct db *db)
{
	db->driver->rollback(db);
}

enum status
db_end(struct db *db, enum status status)
{
	if (status == OK)
		return db_commit(db);
	db_rollback(db);
	return status;
}

enum status
db_again(struct db *db, uint64_t ms)
{
	return db->driver->again == NULL ? FAILED : db->driver->again(db, ms);
}

void
db_forget(struct db *db)
{
	db->driver->forget(db);
}

enum status
db_stage_begin(void *db)
{
	return db_begin(db);
}

enum status
db_stage_settle(void *db)
{
	return db_settle(db);
}

enum status
db_stage_commit(void *db)
{
	return db_commit(db);
}

void
db_stage_abandon(void *db)
{
	db_rollback(db);
}

/* As long as it takes somebody to promote a standby. */
enum status
db_stage_again(void *db)
{
	return db_again(db, AGAIN_MS);
}

/* ---- statements ---- */

static size_t
take_values(struct value v[static VALUES_MAX], const char *types, va_list *ap)
{
	size_t n;

	for (n = 0; types[n] != '\0'; n++, v++) {
		assert(n < VALUES_MAX);
		v->type = types[n];
		switch (v->type) {
		case TEXT_VALUE:
			v->v = va_arg(*ap, const char *);
			v->len = v->v == NULL ? 0 : strlen(v->v);
			break;
		case OCTETS_VALUE:
			v->v = va_arg(*ap, const void *);
			v->len = va_arg(*ap, size_t);
			break;
		case NUMBER_VALUE:
			v->n = va_arg(*ap, uint64_t);
			v->v = &v->n;
			break;
		}
	}
	return n;
}

static struct query *
start(struct db *db, const char *sql, const char *types, va_list *ap)
{
	struct value v[VALUES_MAX];

	db->status = OK;
	return db->driver->query(db, sql, v, take_values(v, types, ap));
}

struct query *
db_query(struct db *db, const char *sql, const char *types, ...)
{
	struct query *q;
	va_list ap;

	va_start(ap, types);
	q = start(db, sql, types, &ap);
	va_end(ap);
	return q;
}

bool
db_row(struct query *q)
{
	return q != NULL && q->driver->row(q);
}

uint64_t
db_number(struct query *q, int column)
{
	return q->driver->number(q, column);
}

const char *
db_text(struct query *q, int column)
{
	return q->driver->text(q, column);
}

const void *
db_octets(struct query *q, int column, size_t *len)
{
	return q->driver->octets(q, column, len);
}

bool
db_null(struct query *q, int column)
{
	return q->driver->null(q, column);
}

uint64_t
db_changed(struct query *q)
{
	return q->driver->changed(q);
}

enum status
db_done(struct db *db, struct query *q)
{
	return q == NULL ? db->status : db->driver->done(db, q);
}

enum status
db_run(struct db *db, uint64_t *changed, const char *sql, const char *types,
    ...)
{
	struct query *q;
	va_list ap;

	va_start(ap, types);
	q = start(db, sql, types, &ap);
	va_end(ap);
	while (db_row(q))
		;
	if (changed != NULL)
		*changed = q == NULL ? 0 : db_changed(q);
	return db_done(db, q);
}

enum status
db_ask(struct db *db, db_answer_fn *fn, void *arg, const char *sql,
    const char *types, ...)
{
	struct value v[VALUES_MAX];
	size_t n;
	va_list ap;

	va_start(ap, types);
	n = take_values(v, types, &ap);
	va_end(ap);
	return db->driver->ask(db, fn, arg, sql, v, n);
}

enum status
db_settle(struct db *db)
{
	return db->driver->settle(db);
}

void
db_note_changed(void *changed, struct query *q)
{
	*(bool *)changed = db_changed(q) > 0;
}
