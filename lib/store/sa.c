/* sa.c: the SAs of an SA store (declared in store.h). */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "record/p_tid.h"
#include "store/expiry.h"
#include "store/keys.h"
#include "store/store.h"

const char *
sa_ue(const struct record *sa)
{
	return record_has(sa, HAS(UE_ID)) ? sa->ue_id.v : sa->ue_priv_id.v;
}

/* An SA is found by its RAND, so its DL_SA_Id must have the same RAND. */
enum status
sa_check(const struct record *r)
{
	char hex[HEX_LEN(16)];
	size_t naf = r->naf_id.len - UA_LEN;

	return r->dl_sa_id.len == 33 + naf &&
	    memcmp(r->dl_sa_id.v, hex_encode(hex, r->rand.v, 16), 32) == 0 &&
	    memcmp(r->dl_sa_id.v + 33, r->naf_id.v, naf) == 0 ? OK :
	    fail(MALFORMED, "dl_sa_id: found %s, expected RAND and NAF of the "
	    "record", r->dl_sa_id.v);
}

/* ---- searches ---- */

/* Which SAs are wanted. */
struct search {
	enum { BY_UL, BY_DL, BY_RAND, BY_UE } by;
	const char *id;		/* by any but RAND */
	uint8_t rand[16];	/* by RAND and DL_SA_Id, which begins so */
	each_fn *fn;		/* or NULL */
	void *arg;
	uint64_t row;		/* of the one that FN is called with */
	uint64_t found;
};

static bool
is_wanted(const struct search *s, const struct record *sa)
{
	switch (s->by) {
	case BY_DL:
		return strcmp(sa->dl_sa_id.v, s->id) == 0;
	case BY_RAND:
		return memcmp(sa->rand.v, s->rand, sizeof(s->rand)) == 0;
	case BY_UE:
		return strcmp(sa_ue(sa), s->id) == 0;
	case BY_UL:
		break;
	}
	return true;
}

/* Call FN for what is wanted of the few rows of Q: id and record. */
static enum status
each(struct db *db, struct query *q, struct search *s)
{
	enum status status = OK, done;
	struct record r;

	record_init(&r, RECORD_GPI);
	while (status == OK && db_row(q)) {
		s->row = db_number(q, 0);
		status = store_read_record(q, &r);
		if (status != OK || !is_wanted(s, &r))
			continue;
		s->found++;
		status = s->fn == NULL ? OK : s->fn(s->arg, &r);
	}
	record_wipe(&r);
	done = db_done(db, q);
	return done != OK ? done : status;
}

/* The same for the rows that may have a key. */
static enum status
each_with_key(struct db *db, struct search *s)
{
	uint64_t hash = s->by == BY_UE ? keys_hash(s->id, strlen(s->id)) :
	    keys_hash(s->rand, sizeof(s->rand));
	struct rows rows = { 0 };
	enum status status = db_look(db);

	if (status != OK)
		return status;
	status = keys_find(db, s->by == BY_UE ? KEYS_UE : KEYS_RAND, hash,
	    &rows);
	for (size_t i = 0; status == OK && i < rows.count; i++)
		status = each(db, db_query(db, "SELECT id, record FROM sa "
		    "WHERE id = $1", "n", rows.v[i]), s);
	free(rows.v);
	return db_looked(db, status);
}

static enum status
find(struct db *db, struct search *s)
{
	uint8_t ul[P_TID_KEY_MAX];

	s->found = 0;
	if (s->by == BY_UL)
		return each(db, db_query(db, has_keys(db) ?
		    "SELECT sa.id, sa.record FROM trigger_state t JOIN sa "
		    "ON sa.id = t.id WHERE t.p_tid = $1 UNION ALL "
		    "SELECT id, record FROM sa WHERE ul = $1" :
		    "SELECT id, record FROM sa WHERE ul = $1", "o", ul,
		    p_tid_key(s->id, ul)), s);
	if (has_keys(db))
		return each_with_key(db, s);
	return each(db, s->by == BY_UE ?
	    db_query(db, "SELECT id, record FROM sa WHERE ue = $1 ORDER BY id",
	    "t", s->id) :
	    db_query(db, "SELECT id, record FROM sa WHERE rand = $1", "o",
	    s->rand, sizeof(s->rand)), s);
}

/* The RAND at the beginning of a DL_SA_Id, or REJECTED. */
static enum status
dl_rand(const char *dl, uint8_t rand[static 16])
{
	return strlen(dl) > 33 && dl[32] == '@' &&
	    hex_decode(rand, 16, dl, 32) == 16 ? OK :
	    fail(REJECTED, "dl_sa_id: found %s, expected RAND in hex, @, NAF "
	    "FQDN", dl);
}

static enum status
search_for(struct search *s, enum sa_key key, const char *id, each_fn *fn,
    void *arg)
{
	*s = (struct search){ .id = id, .fn = fn, .arg = arg,
	    .by = key == SA_UL ? BY_UL : key == SA_UE ? BY_UE : BY_DL };
	return key == SA_DL ? dl_rand(id, s->rand) : OK;
}

enum status
sa_find(struct db *db, enum sa_key key, const char *id, each_fn *fn,
    void *arg)
{
	struct search s;
	enum status status = search_for(&s, key, id, fn, arg);

	return status == OK ? find(db, &s) : status;
}

enum status
sa_find_rand(struct db *db, const uint8_t rand[static 16], each_fn *fn,
    void *arg)
{
	struct search s = { .by = BY_RAND, .fn = fn, .arg = arg };

	memcpy(s.rand, rand, sizeof(s.rand));
	return find(db, &s);
}

enum status
sa_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT id, record FROM sa WHERE id > $1 "
	    "ORDER BY id LIMIT $2", store_read_record, fn, arg);
}

enum status
sa_count(struct db *db, uint64_t *n)
{
	struct query *q = db_query(db, "SELECT count(*) FROM sa", "");

	*n = db_row(q) ? db_number(q, 0) : 0;
	return db_done(db, q);
}

/* ---- one more ---- */

/* What is stored already, beside what is to be stored. */
struct same {
	const uint8_t *record;
	size_t len;
	bool is;
};

static enum status
compare(void *arg, const struct record *sa)
{
	struct same *same = arg;
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(sa, record);

	same->is = len == same->len && same_octets(record, same->record, len);
	wipe(record, len);
	return OK;
}

/* OK if what S finds, if anything, is exactly this. */
static enum status
is_same(struct db *db, struct search *s, struct same *same, const char *field)
{
	enum status status;

	same->is = true;
	s->fn = compare;
	s->arg = same;
	if ((status = find(db, s)) == OK && !same->is)
		return fail(REJECTED, "%s: it is stored with other content",
		    field);
	return status;
}

static const struct db_many add_sa = {
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5)",
	true, 0
};

static enum status
ask_indexed(struct db *db, const struct record *sa, const uint8_t *record,
    size_t len, bool *inserted)
{
	uint8_t ul[P_TID_KEY_MAX];

	return db_ask_many(db, db_note_changed, inserted, &add_sa, "ootno", ul,
	    p_tid_key(sa->ul_sa_id.v, ul), sa->rand.v, (size_t)16, sa_ue(sa),
	    sa->key_lt, record, len);
}

enum status
sa_index(struct db *db, const struct record *sa, uint64_t row, bool alone)
{
	const char *ue = sa_ue(sa);
	enum status status = keys_put(db, KEYS_RAND, keys_hash(sa->rand.v,
	    sa->rand.len), row);

	if (status == OK && alone)
		status = keys_put(db, KEYS_UE, keys_hash(ue, strlen(ue)), row);
	return status == OK ? expiry_note(db, row, sa->key_lt) : status;
}

/* One that has no trigger. */
static enum status
insert_alone(struct db *db, const struct record *sa, const uint8_t *record,
    size_t len, bool *inserted)
{
	uint8_t ul[P_TID_KEY_MAX];
	uint64_t row;
	enum status status = keys_next_row(db, &row);

	if (status == OK)
		status = db_ask(db, db_note_changed, inserted, "INSERT INTO "
		    "sa (id, ul, expires, record) VALUES ($1, $2, $3, $4) "
		    "ON CONFLICT DO NOTHING", "nono", row, ul,
		    p_tid_key(sa->ul_sa_id.v, ul), sa->key_lt, record, len);
	return status == OK && *inserted ? sa_index(db, sa, row, true) :
	    status;
}

/* That of the trigger of this ROW. */
static enum status
insert_at(struct db *db, const struct record *sa, uint64_t row,
    const uint8_t *record, size_t len, bool *inserted)
{
	static const struct db_many add = {
		"INSERT INTO sa (id, expires, record) VALUES ($1, $2, $3) "
		"ON CONFLICT DO NOTHING", NULL, true, 0
	};

	return db_ask_many(db, db_note_changed, inserted, &add, "nno", row,
	    sa->key_lt, record, len);
}

/*
 * The trigger that asked for exactly this SA, or row 0; the statement itself
 * compares them.  Where an SA without a trigger has its P-TID, all is looked at
 * closely; but none waits to be inserted.
 */
static enum status
find_asked(struct db *db, const struct record *sa, uint64_t *row,
    uint64_t *expires)
{
	uint8_t p_tid[P_TID_KEY_MAX];
	struct query *q = db_query_aside(db, "SELECT t.id, t.expires "
	    "FROM trigger_state t JOIN trigger_request r ON r.id = t.id "
	    "WHERE t.p_tid = $1 AND t.ue_id = $2 AND r.ue_trp = $3 "
	    "AND r.naf_id = $4 AND t.state < $5 AND t.closed + 0 = 0 "
	    "AND NOT EXISTS (SELECT 1 FROM sa WHERE ul = $1)", "otton", p_tid,
	    p_tid_key(sa->ul_sa_id.v, p_tid), sa->ue_id.v, sa->ue_trp.v,
	    sa->naf_id.v, (size_t)sa->naf_id.len, (uint64_t)STATE_STORED);

	*row = 0;
	if (db_row(q)) {
		*row = db_number(q, 0);
		*expires = db_number(q, 1);
	}
	return db_done(db, q);
}

static enum status
insert_noted(struct db *db, const struct record *sa, const uint8_t *record,
    size_t len, uint64_t now, struct sa_asked *a)
{
	uint64_t expires = 0;
	enum status status = find_asked(db, sa, &a->row, &expires);

	if (status == OK && a->row != 0)
		status = insert_at(db, sa, a->row, record, len, &a->inserted);
	if (status != OK || a->row == 0)
		return status;
	if (expires != sa->key_lt) {
		if ((status = db_await(db)) != OK || !a->inserted)
			return status;
		a->noted = true;
		status = db_ask(db, NULL, NULL, "UPDATE trigger_state "
		    "SET state = $1, time = $2, answered = $2, stored = $2, "
		    "expires = $3 WHERE id = $4", "nnnn",
		    (uint64_t)STATE_STORED, now, sa->key_lt, a->row);
		if (status == OK)
			status = expiry_note(db, a->row, sa->key_lt);
	}
	return status == OK ? keys_put(db, KEYS_RAND, keys_hash(sa->rand.v,
	    sa->rand.len), a->row) : status;
}

enum status
sa_note_rows(struct db *db, uint64_t row, uint64_t last, uint64_t now)
{
	return db_ask(db, NULL, NULL, "UPDATE trigger_state SET state = $1, "
	    "time = $2, answered = $2, stored = $2 WHERE id BETWEEN $3 AND $4",
	    "nnnn", (uint64_t)STATE_STORED, now, row, last);
}

/* With keys, nothing but this looks whether the RAND is there. */
static enum status
ask_keyed(struct db *db, const struct record *sa, const uint8_t *record,
    size_t len, uint64_t now, struct sa_asked *a)
{
	struct search s = { .by = BY_RAND };
	enum status status;

	memcpy(s.rand, sa->rand.v, sizeof(s.rand));
	if ((status = find(db, &s)) != OK || s.found > 0)
		return status;
	return sa->type == RECORD_NAF_SA ?
	    insert_noted(db, sa, record, len, now, a) :
	    insert_alone(db, sa, record, len, &a->inserted);
}

enum status
sa_ask(struct db *db, const struct record *sa, uint64_t now,
    struct sa_asked *a)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(sa, record);
	enum status status;

	*a = (struct sa_asked){ false, false, 0 };
	status = has_keys(db) ? ask_keyed(db, sa, record, len, now, a) :
	    ask_indexed(db, sa, record, len, &a->inserted);
	wipe(record, len);
	return status;
}

enum status
sa_is_new(struct db *db, const struct record *sa, bool *is)
{
	uint8_t record[RECORD_MAX];
	struct same same = { record, record_encode(sa, record), false };
	struct search by_rand = { .by = BY_RAND },
	    by_ul = { .by = BY_UL, .id = sa->ul_sa_id.v };
	enum status status;

	memcpy(by_rand.rand, sa->rand.v, sizeof(by_rand.rand));
	if ((status = sa_check(sa)) == OK)
		status = is_same(db, &by_rand, &same, "dl_sa_id");
	if (status == OK && by_rand.found == 0)
		status = is_same(db, &by_ul, &same, "ul_sa_id");
	wipe(record, same.len);
	*is = by_rand.found + by_ul.found == 0;
	return status;
}

enum status
sa_add(struct db *db, const struct record *sa, uint64_t row)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(sa, record);
	bool inserted = false;
	enum status status;

	if (!has_keys(db))
		status = ask_indexed(db, sa, record, len, &inserted);
	else if (row == 0)
		status = insert_alone(db, sa, record, len, &inserted);
	else
		status = insert_at(db, sa, row, record, len, &inserted);
	wipe(record, len);
	if (status == OK && (status = db_await(db)) == OK && !inserted)
		status = fail(FAILED, "%s: stored by another program at the "
		    "same time", sa->ul_sa_id.v);
	return status == OK && row != 0 && has_keys(db) ?
	    sa_index(db, sa, row, false) : status;
}

enum status
sa_put(struct db *db, const struct record *sa)
{
	bool new;
	enum status status = sa_is_new(db, sa, &new);

	return status == OK && new ? sa_add(db, sa, 0) : status;
}

/* ---- fewer ---- */

#define EVER INT64_MAX	/* as expires <= */
#define END_SQL "UPDATE trigger_state SET state = 9, expired = $1, " \
    "time = $1, closed = 1 WHERE expires + 0 <= $1 AND "

_Static_assert(STATE_EXPIRED == 9, "as in END_SQL");

#define EACH_ROW DB_EACH("unnest($1) AS until, unnest($2) AS id, " \
    "unnest($3) AS ue")

static const struct db_many remove_sa = {
	"DELETE FROM sa WHERE expires <= $1 AND id = $2 AND ue = $3",
	"DELETE FROM sa USING " EACH_ROW "WHERE sa.expires <= u.until "
	"AND sa.id = u.id AND sa.ue = u.ue RETURNING u.n", false, 2
}, end_trigger = {
	END_SQL "id = $2 AND ue_id = $3 AND closed + 0 = 0",
	"UPDATE trigger_state t SET state = 9, expired = u.until, "
	"time = u.until, closed = 1 FROM " EACH_ROW "WHERE t.expires + 0 <= "
	"u.until AND t.id = u.id AND t.ue_id = u.ue AND t.closed + 0 = 0 "
	"RETURNING u.n", false, 2
};

static void
count_changed(void *changed, struct query *q)
{
	*(uint64_t *)changed += db_changed(q);
}

/*
 * Run a statement on each row that Q finds.  With one statement for all,
 * IN (SELECT ... LIMIT), a planner may read the whole table each time.
 */
static enum status
change_each(struct db *db, struct query *q, const struct db_many *change,
    uint64_t expires, uint64_t *changed)
{
	enum status status = OK, done;

	*changed = 0;
	while (status == OK && db_row(q))
		status = db_ask_many(db, count_changed, changed, change,
		    "nnt", expires, db_number(q, 0), db_text(q, 1));
	done = db_done(db, q);
	if (status == OK)
		status = done;
	return status == OK ? db_await(db) : status;
}

/* By hand, from a file. */
struct removal {
	struct db *db;
	struct search search;
	uint64_t limit, removed;
};

static enum status
remove_one(void *arg, const struct record *sa)
{
	struct removal *r = arg;

	(void)sa;
	if (r->removed == r->limit)
		return OK;
	r->removed++;
	return db_run(r->db, NULL, "DELETE FROM sa WHERE id = $1", "n",
	    r->search.row);
}

static enum status
remove_keyed(struct removal *r)
{
	r->search.fn = remove_one;
	r->search.arg = r;
	return find(r->db, &r->search);
}

enum status
sa_take_back(struct db *db, const struct record *sa)
{
	return db_ask(db, NULL, NULL, "DELETE FROM sa WHERE rand = $1 "
	    "AND ue = $2", "ot", sa->rand.v, (size_t)16, sa_ue(sa));
}

static enum status
remove_indexed(struct db *db, struct search *s, uint64_t limit,
    uint64_t *removed)
{
	uint8_t ul[P_TID_KEY_MAX];
	enum status status;

	if (s->by == BY_UL)
		return db_run(db, removed, "DELETE FROM sa WHERE ul = $1", "o",
		    ul, p_tid_key(s->id, ul));
	if (s->by == BY_UE)
		return change_each(db, db_query(db, "SELECT id, ue FROM sa "
		    "WHERE ue = $1 LIMIT $2", "tn", s->id, limit), &remove_sa,
		    EVER, removed);
	if ((status = find(db, s)) != OK || s->found == 0)
		return status;
	return db_run(db, removed, "DELETE FROM sa WHERE rand = $1", "o",
	    s->rand, sizeof(s->rand));
}

enum status
sa_remove(struct db *db, enum sa_key key, const char *id, uint64_t limit,
    uint64_t *removed)
{
	struct removal r = { .db = db, .limit = limit };
	enum status status = search_for(&r.search, key, id, NULL, NULL);

	*removed = 0;
	if (status != OK)
		return status;
	if (!has_keys(db))
		return remove_indexed(db, &r.search, limit, removed);
	status = remove_keyed(&r);
	*removed = r.removed;
	return status;
}

static enum status
expire_indexed(struct db *db, uint64_t now, uint64_t limit, uint64_t *removed,
    bool *more)
{
	uint64_t closed;
	enum status status = change_each(db, db_query(db, "SELECT id, ue_id "
	    "FROM trigger_state WHERE closed = 0 AND expires <= $1 LIMIT $2",
	    "nn", now, limit), &end_trigger, now, &closed);

	if (status == OK)
		status = change_each(db, db_query(db, "SELECT id, ue FROM sa "
		    "WHERE expires <= $1 LIMIT $2", "nn", now, limit),
		    &remove_sa, now, removed);
	*more = status == OK && (closed >= limit || *removed >= limit);
	return status;
}

struct expiring {
	struct db *db;
	uint64_t now, removed;
};

static enum status
expire_range(void *arg, const struct row_range *rows)
{
	struct expiring *e = arg;
	uint64_t removed = 0;
	enum status status = db_run(e->db, NULL, END_SQL
	    "id BETWEEN $2 AND $3 AND closed + 0 = 0", "nnn", e->now,
	    rows->first, rows->last);

	if (status == OK)
		status = db_run(e->db, &removed, "DELETE FROM sa WHERE "
		    "expires <= $1 AND id BETWEEN $2 AND $3", "nnn", e->now,
		    rows->first, rows->last);
	e->removed += removed;
	return status;
}

enum status
sa_expire(struct db *db, uint64_t now, uint64_t limit, uint64_t *removed,
    bool *more)
{
	struct expiring e = { db, now, 0 };
	enum status status;

	*removed = 0;
	if (!has_keys(db))
		return expire_indexed(db, now, limit, removed, more);
	status = expiry_take(db, now, limit, expire_range, &e, more);
	*removed = e.removed;
	return status == OK ? keys_tidy(db) : status;
}
