/* trigger_many.c: many triggers at once, by their devices. */
#include <stdlib.h>
#include <string.h>

#include "store/keys.h"
#include "store/store.h"

/*
 * Rows need not be numbered in the order of time where several programs write
 * to one server; a trigger that nobody here requested begins with its answer.
 */
#define NEWEST(ue_id) "(SELECT n.state FROM trigger_state n " \
    "WHERE n.ue_id = " ue_id " ORDER BY coalesce(n.requested, n.answered, " \
    "n.time) DESC, n.id DESC LIMIT 1)"

/* Those with keys that may be of UE_ID. */
static enum status
find_keyed(struct db *db, const char *ue_id, struct rows *rows)
{
	return keys_find(db, KEYS_UE, keys_hash(ue_id, strlen(ue_id)), rows);
}

/* The state of the newest trigger of UE_ID, as a bit; 0: there is none. */
static enum status
newest_keyed(struct db *db, const char *ue_id, uint64_t *bit)
{
	struct rows rows = { 0 };
	enum status status = find_keyed(db, ue_id, &rows);
	uint64_t newest = 0;

	*bit = 0;
	for (size_t i = 0; status == OK && i < rows.count; i++) {
		struct query *q = db_query(db, "SELECT coalesce(requested, "
		    "answered, time), state FROM trigger_state WHERE id = $1 "
		    "AND ue_id = $2", "nt", rows.v[i], ue_id);

		if (db_row(q) && db_number(q, 0) >= newest) {
			newest = db_number(q, 0);
			*bit = STATE_BIT(db_number(q, 1));
		}
		status = db_done(db, q);
	}
	free(rows.v);
	return status;
}

enum status
trigger_newest_in(struct db *db, const char *ue_id, uint64_t states, bool *in)
{
	struct query *q;
	enum status status;
	uint64_t bit;

	if (has_keys(db)) {
		status = newest_keyed(db, ue_id, &bit);
		*in = (bit & states) != 0;
		return status;
	}
	q = db_query(db, "SELECT " NEWEST("$1"), "t", ue_id);
	*in = db_row(q) && !db_null(q, 0) &&
	    (states & STATE_BIT(db_number(q, 0))) != 0;
	return db_done(db, q);
}

/* ---- walks ---- */

/* A walk over devices that shows some. */
struct sieve {
	struct db *db;
	uint64_t states;
	each_fn *fn;
	void *arg;
	unsigned left_out;	/* since the last */
};

#define LEFT_OUT 1000	/* then the function is called without any */

/* The record of a device, and as its state that of its newest trigger. */
static enum status
read_device(struct query *q, struct record *device)
{
	size_t len;
	const void *v = db_octets(q, 1, &len);

	if (record_decode_as(device, RECORD_DEVICE, v, len) != OK)
		return fail_in(FAILED, "store");
	if (!db_null(q, 2))
		record_put_uint(device, KEY_STATE, db_number(q, 2));
	return OK;
}

static enum status
show(struct sieve *s, const struct record *device, bool in)
{
	if (in) {
		s->left_out = 0;
		return s->fn(s->arg, device);
	}
	return ++s->left_out % LEFT_OUT == 0 ? s->fn(s->arg, NULL) : OK;
}

static enum status
sift(void *arg, const struct record *found)
{
	struct sieve *s = arg;
	struct record device = *found;

	device.has &= ~HAS(STATE);
	return show(s, &device, record_has(found, HAS(STATE)) &&
	    (s->states & STATE_BIT(found->state)) != 0);
}

static enum status
sift_keyed(void *arg, const struct record *device)
{
	struct sieve *s = arg;
	enum status status;
	bool in;

	status = trigger_newest_in(s->db, device->ue_id.v, s->states, &in);
	return status == OK ? show(s, device, in) : status;
}

enum status
device_each_in(struct db *db, uint64_t states, each_fn *fn, void *arg)
{
	struct sieve s = { db, states, fn, arg, 0 };

	if (has_keys(db))
		return device_each(db, sift_keyed, &s);
	return walk(db, "SELECT d.id, d.record, " NEWEST("d.ue_id")
	    " FROM device d WHERE d.id > $1 ORDER BY d.id LIMIT $2",
	    read_device, sift, &s);
}

/* Rows that are found by and by. */
struct finding {
	struct rows rows;
	enum status status;
};

static void
note_rows(void *arg, struct query *q)
{
	struct finding *f = arg;

	while (db_row(q) && f->status == OK)
		f->status = rows_add(&f->rows, db_number(q, 0));
}

static enum status
note_keyed(struct db *db, const char *ue_id, struct finding *f)
{
	struct rows found = { 0 };
	enum status status = find_keyed(db, ue_id, &found);

	for (size_t i = 0; status == OK && i < found.count; i++)
		status = db_ask(db, note_rows, f, "SELECT id FROM "
		    "trigger_state WHERE id = $1 AND ue_id = $2", "nt",
		    found.v[i], ue_id);
	free(found.v);
	return status;
}

enum status
trigger_each_of(struct db *db, const char *const *ue_id, size_t count,
    each_fn *fn, void *arg)
{
	struct finding f = { .status = OK };
	enum status status = OK;

	for (size_t i = 0; status == OK && i < count; i++)
		status = has_keys(db) ? note_keyed(db, ue_id[i], &f) :
		    db_ask(db, note_rows, &f, "SELECT id FROM "
		    "trigger_state WHERE ue_id = $1", "t", ue_id[i]);
	if (status == OK && (status = db_await(db)) == OK)
		status = f.status;
	rows_sort(&f.rows);	/* a device may be named twice */
	if (status == OK)
		status = trigger_each_row(db, f.rows.v, f.rows.count, fn, arg);
	free(f.rows.v);
	return status;
}

/* ---- changes ---- */

static void
count_changed(void *changed, struct query *q)
{
	*(uint64_t *)changed += db_changed(q);
}

#define CANCEL_SQL "UPDATE trigger_state SET state = $1, time = $2, " \
    "closed = 1, detail = 'cancelled', failed = coalesce(failed, $2) " \
    "WHERE ue_id = $3 AND closed + 0 = 0"

static const struct db_many cancel = {
	CANCEL_SQL,
	"UPDATE trigger_state t SET state = u.state, time = u.time, "
	"closed = 1, detail = 'cancelled', failed = coalesce(t.failed, u.time) "
	"FROM unnest($1, $2, $3) WITH ORDINALITY AS u (state, time, ue_id, n) "
	"WHERE t.ue_id = u.ue_id AND t.closed + 0 = 0 RETURNING u.n", false, 3,
	NULL
};

static enum status
cancel_keyed(struct db *db, const char *ue_id, uint64_t now, uint64_t *closed)
{
	struct rows rows = { 0 };
	enum status status = find_keyed(db, ue_id, &rows);

	for (size_t i = 0; status == OK && i < rows.count; i++)
		status = db_ask(db, count_changed, closed, CANCEL_SQL
		    " AND id = $4", "nntn", (uint64_t)STATE_FAILED, now, ue_id,
		    rows.v[i]);
	free(rows.v);
	return status;
}

enum status
trigger_ask_cancel(struct db *db, const char *ue_id, uint64_t now,
    uint64_t *closed)
{
	return has_keys(db) ? cancel_keyed(db, ue_id, now, closed) :
	    db_ask_many(db, count_changed, closed, &cancel, "nnt",
	    (uint64_t)STATE_FAILED, now, ue_id);
}

/* End Q, of whose rows N were taken, LIMIT at most. */
static enum status
end_some(struct db *db, struct query *q, enum status status, uint64_t n,
    uint64_t limit, bool *more)
{
	enum status done = db_done(db, q);

	*more = n == limit;
	if (status == OK)
		status = done;
	return status == OK ? db_await(db) : status;
}

enum status
trigger_cancel_next(struct db *db, uint64_t states, uint64_t now,
    uint64_t limit, uint64_t *after, uint64_t *closed, bool *more)
{
	struct query *q = states == 0 || has_keys(db) ?
	    db_query(db, "SELECT id, ue_id FROM trigger_state WHERE id > $1 "
	    "AND closed + 0 = 0 ORDER BY id LIMIT $2", "nn", *after, limit) :
	    db_query(db, "SELECT t.id, t.ue_id, " NEWEST("t.ue_id")
	    " FROM trigger_state t WHERE t.id > $1 AND t.closed + 0 = 0 "
	    "ORDER BY t.id LIMIT $2", "nn", *after, limit);
	enum status status = OK;
	uint64_t n = 0;

	for (; status == OK && db_row(q); n++) {
		bool in = true;

		*after = db_number(q, 0);
		if (states != 0 && has_keys(db))
			status = trigger_newest_in(db, db_text(q, 1), states,
			    &in);
		else if (states != 0)
			in = (states & STATE_BIT(db_number(q, 2))) != 0;
		if (status == OK && in)
			status = trigger_ask_cancel(db, db_text(q, 1), now,
			    closed);
	}
	return end_some(db, q, status, n, limit, more);
}

/* An SA that outlives its trigger takes over the P-TID. */
static enum status
remove_row(struct db *db, uint64_t row, const char *ue_id, uint64_t *removed)
{
	enum status status = !has_keys(db) ? OK : db_ask(db, NULL, NULL,
	    "UPDATE sa SET ul = (SELECT p_tid FROM trigger_state t "
	    "WHERE t.id = sa.id) WHERE id = $1", "n", row);

	if (status == OK)
		status = db_ask(db, count_changed, removed, "DELETE FROM "
		    "trigger_state WHERE id = $1 AND ue_id = $2", "nt", row,
		    ue_id);
	return status == OK && has_keys(db) ? db_ask(db, NULL, NULL, "DELETE "
	    "FROM trigger_request WHERE id = $1", "n", row) : status;
}

enum status
trigger_prune_next(struct db *db, uint64_t before, uint64_t now,
    uint64_t limit, uint64_t *after, uint64_t *removed, bool *more)
{
	struct query *q = db_query(db, "SELECT id, ue_id, closed, time, "
	    "expires FROM trigger_state WHERE id > $1 ORDER BY id LIMIT $2",
	    "nn", *after, limit);
	enum status status = OK;
	uint64_t n = 0;

	for (; status == OK && db_row(q); n++) {
		*after = db_number(q, 0);
		if (db_number(q, 2) != 0 && db_number(q, 3) < before &&
		    db_number(q, 4) <= now)
			status = remove_row(db, *after, db_text(q, 1),
			    removed);
	}
	status = end_some(db, q, status, n, limit, more);
	return status == OK && has_keys(db) ? keys_tidy(db) : status;
}
