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

/* In a file, most have their P-TID from their trigger. */
static enum status
find_ul(struct db *db, struct search *s)
{
	uint8_t ul[P_TID_KEY_MAX];
	size_t len = p_tid_key(s->id, ul);
	enum status status = !has_keys(db) ? OK : each(db, db_query(db,
	    "SELECT sa.id, sa.record FROM trigger_state t JOIN sa "
	    "ON sa.id = t.id WHERE t.p_tid = $1", "o", ul, len), s);

	return status != OK || s->found > 0 ? status : each(db, db_query(db,
	    "SELECT id, record FROM sa WHERE ul = $1", "o", ul, len), s);
}

static enum status
find(struct db *db, struct search *s)
{
	s->found = 0;
	if (s->by == BY_UL)
		return find_ul(db, s);
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
	"AND sa.id = u.id AND sa.ue = u.ue RETURNING u.n", false, 2, NULL
}, end_trigger = {
	END_SQL "id = $2 AND ue_id = $3 AND closed + 0 = 0",
	"UPDATE trigger_state t SET state = 9, expired = u.until, "
	"time = u.until, closed = 1 FROM " EACH_ROW "WHERE t.expires + 0 <= "
	"u.until AND t.id = u.id AND t.ue_id = u.ue AND t.closed + 0 = 0 "
	"RETURNING u.n", false, 2, NULL
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
