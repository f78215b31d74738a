/* sa.c: the SAs of an SA store (declared in store.h). */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "record/p_tid.h"
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

/* By what its RAND and its UE are found. */
static void
hash_sa(const struct record *sa, uint64_t hash[static TABLE_KEYS])
{
	hash[KEYS_SA_RAND] = keys_hash(sa->rand.v, sa->rand.len);
	hash[KEYS_SA_UE] = keys_hash(sa_ue(sa), strlen(sa_ue(sa)));
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
	struct key_rows rows = { 0 };
	enum status status = db_look(db);

	if (status != OK)
		return status;
	status = keys_find(db, s->by == BY_UE ? KEYS_SA_UE : KEYS_SA_RAND,
	    hash, &rows);
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
		return each(db, db_query(db, "SELECT id, record FROM sa "
		    "WHERE ul = $1", "o", ul, p_tid_key(s->id, ul)), s);
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

/* With keys, nothing but this looks whether the RAND is there. */
static enum status
ask_keyed(struct db *db, const struct record *sa, const uint8_t *record,
    size_t len, bool *inserted)
{
	uint64_t row, hash[TABLE_KEYS];
	struct search s = { .by = BY_RAND };
	uint8_t ul[P_TID_KEY_MAX];
	enum status status;

	memcpy(s.rand, sa->rand.v, sizeof(s.rand));
	if ((status = find(db, &s)) != OK || s.found > 0 ||
	    (status = keys_next(db, KEYED_SA, &row)) != OK)
		return status;
	status = db_ask(db, db_note_changed, inserted, "INSERT INTO sa "
	    "(id, ul, expires, record) VALUES ($1, $2, $3, $4) "
	    "ON CONFLICT DO NOTHING", "nono", row, ul,
	    p_tid_key(sa->ul_sa_id.v, ul), sa->key_lt, record, len);
	if (status != OK || !*inserted)
		return status;
	hash_sa(sa, hash);
	return keys_put(db, KEYED_SA, row, hash);
}

enum status
sa_ask(struct db *db, const struct record *sa, bool *inserted)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(sa, record);
	enum status status;

	*inserted = false;
	status = has_keys(db) ? ask_keyed(db, sa, record, len, inserted) :
	    ask_indexed(db, sa, record, len, inserted);
	wipe(record, len);
	return status;
}

enum status
sa_put(struct db *db, const struct record *sa)
{
	uint8_t record[RECORD_MAX];
	struct same same = { record, record_encode(sa, record), false };
	struct search by_rand = { .by = BY_RAND },
	    by_ul = { .by = BY_UL, .id = sa->ul_sa_id.v };
	bool inserted;
	enum status status;

	memcpy(by_rand.rand, sa->rand.v, sizeof(by_rand.rand));
	if ((status = sa_check(sa)) == OK)
		status = is_same(db, &by_rand, &same, "dl_sa_id");
	if (status == OK && by_rand.found == 0)
		status = is_same(db, &by_ul, &same, "ul_sa_id");
	wipe(record, same.len);
	if (status != OK || by_rand.found + by_ul.found > 0)
		return status;
	if ((status = sa_ask(db, sa, &inserted)) == OK &&
	    (status = db_await(db)) == OK && !inserted)
		status = fail(FAILED, "%s: stored by another program at the "
		    "same time", sa->ul_sa_id.v);
	return status;
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

/*
 * The same on each row whose number is between $2 and $3: what was stored
 * together expires together, so most rows follow each other.
 */
static enum status
change_ranges(struct db *db, struct query *q, const char *change,
    uint64_t expires, uint64_t *changed)
{
	struct key_rows rows = { 0 };
	bool full = false;
	enum status status;

	*changed = 0;
	while (!full && db_row(q)) {
		full = !array_reserve(rows.v, rows.room, rows.count + 1);
		if (!full)
			rows.v[rows.count++] = db_number(q, 0);
	}
	status = db_done(db, q);
	if (status == OK && full)
		status = fail(FAILED, "expire: no memory");
	for (size_t i = 0, n; status == OK && i < rows.count; i += n) {
		for (n = 1; i + n < rows.count &&
		    rows.v[i + n] == rows.v[i] + n; n++)
			continue;
		status = db_ask(db, count_changed, changed, change, "nnn",
		    expires, rows.v[i], rows.v[i + n - 1]);
	}
	free(rows.v);
	return status;
}

/* What is removed by hand takes its keys with it. */
struct removal {
	struct db *db;
	struct search search;
	uint64_t limit, removed;
};

static enum status
remove_one(void *arg, const struct record *sa)
{
	struct removal *r = arg;
	uint64_t hash[TABLE_KEYS];
	enum status status;

	if (r->removed == r->limit)
		return OK;
	r->removed++;
	hash_sa(sa, hash);
	status = db_run(r->db, NULL, "DELETE FROM sa WHERE id = $1", "n",
	    r->search.row);
	return status == OK ? keys_drop(r->db, KEYED_SA, r->search.row, hash) :
	    status;
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
	struct removal r = { .db = db, .search.by = BY_RAND, .limit = 1 };

	if (!has_keys(db))
		return db_ask(db, NULL, NULL, "DELETE FROM sa WHERE rand = $1 "
		    "AND ue = $2", "ot", sa->rand.v, (size_t)16, sa_ue(sa));
	memcpy(r.search.rand, sa->rand.v, sizeof(r.search.rand));
	return remove_keyed(&r);
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
expire_indexed(struct db *db, uint64_t now, uint64_t limit, uint64_t *closed,
    uint64_t *removed)
{
	enum status status = change_each(db, db_query(db, "SELECT id, ue_id "
	    "FROM trigger_state WHERE closed = 0 AND expires <= $1 LIMIT $2",
	    "nn", now, limit), &end_trigger, now, closed);

	return status != OK ? status : change_each(db, db_query(db, "SELECT "
	    "id, ue FROM sa WHERE expires <= $1 LIMIT $2", "nn", now, limit),
	    &remove_sa, now, removed);
}

static enum status
expire_keyed(struct db *db, uint64_t now, uint64_t limit, uint64_t *closed,
    uint64_t *removed)
{
	enum status status = change_ranges(db, db_query(db, "SELECT id "
	    "FROM trigger_state WHERE closed = 0 AND expires <= $1 "
	    "ORDER BY expires, id LIMIT $2", "nn", now, limit),
	    END_SQL "id BETWEEN $2 AND $3 AND closed + 0 = 0", now, closed);

	if (status == OK)
		status = change_ranges(db, db_query(db, "SELECT id FROM sa "
		    "WHERE expires <= $1 ORDER BY expires, id LIMIT $2", "nn",
		    now, limit), "DELETE FROM sa WHERE expires + 0 <= $1 "
		    "AND id BETWEEN $2 AND $3", now, removed);
	return status == OK ? keys_tidy(db, KEYED_SA) : status;
}

enum status
sa_expire(struct db *db, uint64_t now, uint64_t limit, uint64_t *removed,
    bool *more)
{
	uint64_t closed;
	enum status status = has_keys(db) ?
	    expire_keyed(db, now, limit, &closed, removed) :
	    expire_indexed(db, now, limit, &closed, removed);

	*more = status == OK && (closed >= limit || *removed >= limit);
	return status;
}
