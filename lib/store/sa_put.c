/* sa_put.c: one more SA, or many (declared in store.h). */
#include <string.h>

#include "record/p_tid.h"
#include "store/expiry.h"
#include "store/keys.h"
#include "store/store.h"

/* What is stored already, beside what is to be stored. */
struct same {
	const uint8_t *record;
	size_t len;
	bool found, is;
};

static enum status
compare(void *arg, const struct record *sa)
{
	struct same *same = arg;
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(sa, record);

	same->found = true;
	same->is = len == same->len && same_octets(record, same->record, len);
	wipe(record, len);
	return OK;
}

/* OK if what was found by this FIELD, if anything, is the same. */
static enum status
is_same(enum status status, const struct same *same, const char *field)
{
	return status != OK || !same->found || same->is ? status :
	    fail(REJECTED, "%s: it is stored with other content", field);
}

enum status
sa_is_new(struct db *db, const struct record *sa, bool *is)
{
	uint8_t record[RECORD_MAX];
	struct same same = { record, record_encode(sa, record), false, false };
	enum status status;

	if ((status = sa_check(sa)) == OK)
		status = is_same(sa_find_rand(db, sa->rand.v, compare, &same),
		    &same, "dl_sa_id");
	if (status == OK && !same.found)
		status = is_same(sa_find(db, SA_UL, sa->ul_sa_id.v, compare,
		    &same), &same, "ul_sa_id");
	wipe(record, same.len);
	*is = !same.found;
	return status;
}

static const struct db_many add_sa = {
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5)",
	true, 0, NULL
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

static enum status
index_rand(struct db *db, const struct record *sa, uint64_t row)
{
	return keys_put(db, KEYS_RAND, keys_hash(sa->rand.v, sa->rand.len),
	    row);
}

enum status
sa_index(struct db *db, const struct record *sa, uint64_t row, bool alone)
{
	const char *ue = sa_ue(sa);
	enum status status = index_rand(db, sa, row);

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
		"ON CONFLICT DO NOTHING", NULL, true, 0,
		"INSERT INTO sa (id, expires, record) SELECT p1, p2, p3 FROM u"
	};

	return db_ask_many(db, db_note_changed, inserted, &add, "nno", row,
	    sa->key_lt, record, len);
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

/* ---- the usual case for many ---- */

#define ASKED(p_tid, ue, trp, naf, state) \
    " WHERE t.p_tid = " p_tid " AND t.ue_id = " ue " AND r.ue_trp = " trp \
    " AND r.naf_id = " naf " AND t.state < " state " AND t.closed + 0 = 0 " \
    "AND NOT EXISTS (SELECT 1 FROM sa WHERE ul = " p_tid ")"

static void
note_asked(void *asked, struct query *q)
{
	struct sa_asked *a = asked;

	if (db_row(q)) {
		a->row = db_number(q, 0);
		a->expires = db_number(q, 1);
	}
}

/*
 * Ask for the trigger that asked for exactly this SA; the statement itself
 * compares them.  Where an SA without a trigger has its P-TID, all is looked at
 * closely.
 */
static enum status
ask_trigger(struct db *db, const struct record *sa, struct sa_asked *a)
{
	static const struct db_many find = {
		"SELECT t.id, t.expires FROM trigger_state t "
		"JOIN trigger_request r ON r.id = t.id"
		ASKED("$1", "$2", "$3", "$4", "$5"), NULL, false, 0,
		"SELECT t.id, t.expires, u.n FROM u CROSS JOIN trigger_state t "
		"CROSS JOIN trigger_request r ON r.id = t.id"
		ASKED("p1", "p2", "p3", "p4", "p5")
	};
	uint8_t p_tid[P_TID_KEY_MAX];

	return db_ask_many(db, note_asked, a, &find, "otton", p_tid,
	    p_tid_key(sa->ul_sa_id.v, p_tid), sa->ue_id.v, sa->ue_trp.v,
	    sa->naf_id.v, (size_t)sa->naf_id.len, (uint64_t)STATE_STORED);
}

static enum status
note_found(void *found, const struct record *sa)
{
	(void)sa;
	*(bool *)found = true;
	return OK;
}

/* With keys, nothing but this looks whether the RAND is there. */
static enum status
has_rand(struct db *db, const struct record *sa, bool *has)
{
	*has = false;
	return sa_find_rand(db, sa->rand.v, note_found, has);
}

static enum status
ask_keyed(struct db *db, const struct record *sa, struct sa_asked *a)
{
	uint8_t record[RECORD_MAX];
	uint64_t trigger;
	enum status status;
	size_t len;
	bool has;

	if (sa->type == RECORD_NAF_SA)
		return ask_trigger(db, sa, a);
	/* a trigger with its P-TID has an SA, or may get one yet */
	if ((status = has_rand(db, sa, &has)) != OK || has ||
	    (status = trigger_row(db, sa->ul_sa_id.v, &trigger)) != OK ||
	    trigger != 0)
		return status;
	len = record_encode(sa, record);
	status = insert_alone(db, sa, record, len, &a->inserted);
	wipe(record, len);
	return status;
}

enum status
sa_ask(struct db *db, const struct record *sa, struct sa_asked *a)
{
	uint8_t record[RECORD_MAX];
	enum status status;
	size_t len;

	*a = (struct sa_asked){ false, false, 0, 0 };
	if (has_keys(db))
		return ask_keyed(db, sa, a);
	len = record_encode(sa, record);
	status = ask_indexed(db, sa, record, len, &a->inserted);
	wipe(record, len);
	return status;
}

/* The BSF granted another lifetime than was asked for. */
static enum status
note_lifetime(struct db *db, const struct record *sa, uint64_t now,
    struct sa_asked *a)
{
	enum status status = db_await(db);

	if (status != OK || !a->inserted)
		return status;
	a->noted = true;
	status = db_ask(db, NULL, NULL, "UPDATE trigger_state SET state = $1, "
	    "time = $2, answered = $2, stored = $2, expires = $3 "
	    "WHERE id = $4", "nnnn", (uint64_t)STATE_STORED, now, sa->key_lt,
	    a->row);
	return status == OK ? expiry_note(db, a->row, sa->key_lt) : status;
}

enum status
sa_ask_found(struct db *db, const struct record *sa, uint64_t now,
    struct sa_asked *a)
{
	uint8_t record[RECORD_MAX];
	enum status status;
	size_t len;
	bool has;

	if (a->row == 0)
		return OK;
	if ((status = has_rand(db, sa, &has)) != OK || has)
		return status;
	len = record_encode(sa, record);
	status = insert_at(db, sa, a->row, record, len, &a->inserted);
	wipe(record, len);
	if (status == OK)
		status = index_rand(db, sa, a->row);
	return status == OK && a->expires != sa->key_lt ?
	    note_lifetime(db, sa, now, a) : status;
}

enum status
sa_note_rows(struct db *db, uint64_t row, uint64_t last, uint64_t now)
{
	return db_ask(db, NULL, NULL, "UPDATE trigger_state SET state = $1, "
	    "time = $2, answered = $2, stored = $2 WHERE id BETWEEN $3 AND $4",
	    "nnnn", (uint64_t)STATE_STORED, now, row, last);
}

enum status
sa_take_back(struct db *db, const struct record *sa)
{
	return db_ask(db, NULL, NULL, "DELETE FROM sa WHERE rand = $1 "
	    "AND ue = $2", "ot", sa->rand.v, (size_t)16, sa_ue(sa));
}
