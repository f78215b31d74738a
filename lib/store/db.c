/* db.c: a database, with either engine. */
#include <assert.h>
#include <string.h>

#include "store/driver.h"
#include "store/sqlite.h"

uint64_t db_cache_mib = DB_CACHE_MIB;

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < DB_MEMORIES; i++)
		if (db->memory[i].v != NULL)
			db->memory[i].release(db->memory[i].v);
	db->driver->close(db);
}

void **
db_memory(struct db *db, enum db_memory which,
    enum status (*settle)(struct db *), void (*release)(void *))
{
	db->memory[which].settle = settle;
	db->memory[which].release = release;
	return &db->memory[which].v;
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
	enum status status = db->driver->begin(db);

	db->turn = status == OK ? ++db->turns : 0;
	return status;
}

uint64_t
db_turn(const struct db *db)
{
	return db->turn;
}

uint64_t
db_undone(const struct db *db)
{
	return db->undone;
}

enum status
db_commit(struct db *db)
{
	enum status status = OK;
	struct outcome outcome;

	for (int i = 0; status == OK && i < DB_MEMORIES; i++)
		if (db->memory[i].v != NULL)
			status = db->memory[i].settle(db);
	outcome = outcome_of(status != OK ? status : db->driver->commit(db));

	if (outcome.status != OK)
		db_rollback(db);
	db->turn = 0;
	return fail_as(&outcome);
}

void
db_rollback(struct db *db)
{
	db->driver->rollback(db);
	db->turn = 0;
	db->undone++;
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

void
db_wipe(struct db *db)
{
	db->driver->wipe(db);
}

/* PostgreSQL would have to be asked, and waited for. */
enum status
db_look(struct db *db)
{
	enum status status;

	if (db->turn != 0 || db->driver->shared)
		return OK;
	if ((status = db_run(db, NULL, "BEGIN", "")) != OK)
		return status;
	db->turn = ++db->turns;
	db->looks = true;
	return OK;
}

enum status
db_looked(struct db *db, enum status status)
{
	struct outcome outcome;
	enum status ended;

	if (!db->looks)
		return status;
	outcome = outcome_of(status);
	db->looks = false;
	db->turn = 0;
	ended = db_run(db, NULL, "COMMIT", "");
	return outcome.status != OK ? fail_as(&outcome) : ended;
}

void
db_wipe_thread(void)
{
	sqlite_memory_wipe();
}

/* ---- statements ---- */

static size_t
read_values(struct value v[static VALUES_MAX], const char *types, va_list *ap)
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
	return db->driver->query(db, sql, v, read_values(v, types, ap));
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

struct query *
db_query_all(struct db *db, const char *sql, const char *types, ...)
{
	struct query *q;
	va_list ap;

	if (db->driver->all != NULL)
		db->driver->all(db, true);
	va_start(ap, types);
	q = start(db, sql, types, &ap);
	va_end(ap);
	if (q != NULL && db->driver->all != NULL)
		db->driver->all(db, false);
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
	n = read_values(v, types, &ap);
	va_end(ap);
	return db->driver->ask(db, fn, arg, sql, v, n);
}

enum status
db_ask_many(struct db *db, db_answer_fn *fn, void *arg,
    const struct db_many *many, const char *types, ...)
{
	struct value v[VALUES_MAX];
	size_t n;
	va_list ap;

	va_start(ap, types);
	n = read_values(v, types, &ap);
	va_end(ap);
	return db->driver->ask_many(db, fn, arg, many, v, n);
}

enum status
db_await(struct db *db)
{
	return db->driver->await(db);
}

void
db_note_changed(void *changed, struct query *q)
{
	*(bool *)changed = db_changed(q) > 0;
}
