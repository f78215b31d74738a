/* trigger.c: the state of each trigger, in an SA store. */
#include <string.h>

#include "gba/request.h"
#include "record/p_tid.h"
#include "store/expiry.h"
#include "store/keys.h"
#include "store/store.h"

#define COLUMNS "id, state, closed, time, detail, requested, answered, " \
    "stored, sent, delivered, responded, connected, expired, failed, request"

#define PAGE 128	/* rows at a time */

enum column {
	COL_ID, COL_STATE, COL_CLOSED, COL_TIME, COL_DETAIL, COL_REQUESTED,
	COL_REQUEST = COL_REQUESTED + 9
};

/* With keys, what does not change of a trigger has a table of its own. */
#define BOTH(db, sql) \
    (has_keys(db) ? sql("trigger_state JOIN trigger_request USING (id)") : \
    sql("trigger_state"))

static const struct db_many add_state = {
	"INSERT INTO trigger_state (id, p_tid, ue_id, state, time, expires, "
	"requested) VALUES ($1, $2, $3, $4, $5, $6, nullif($7, 0)) "
	"ON CONFLICT DO NOTHING", NULL, true, 0,
	"INSERT INTO trigger_state (id, p_tid, ue_id, state, time, expires, "
	"requested) SELECT p1, p2, p3, p4, p5, p6, nullif(p7, 0) FROM u"
}, add_request = {
	"INSERT INTO trigger_request (id, ue_trp, naf_id, request) "
	"VALUES ($1, $2, $3, $4)", NULL, true, 0,
	"INSERT INTO trigger_request (id, ue_trp, naf_id, request) "
	"SELECT p1, p2, p3, p4 FROM u"
};

/* Where the P-TID is known, what else there is of the row is no matter. */
static enum status
insert_keyed(struct db *db, const struct record *request, uint64_t now,
    uint64_t requested, bool *added)
{
	uint8_t record[RECORD_MAX], p_tid[P_TID_KEY_MAX];
	uint64_t row;
	enum status status = keys_next_row(db, &row);

	if (status == OK)
		status = db_ask_many(db, db_note_changed, added, &add_state,
		    "notnnnn", row, p_tid, p_tid_key(request->p_tid.v, p_tid),
		    request->ue_id.v, (uint64_t)STATE_REQUESTED, now,
		    request->key_lt, requested);
	if (status == OK)
		status = db_ask_many(db, NULL, NULL, &add_request, "ntoo", row,
		    record_has(request, HAS(UE_TRP)) ? request->ue_trp.v :
		    NULL, request->naf_id.v, (size_t)request->naf_id.len,
		    record, record_encode(request, record));
	if (status == OK)
		status = expiry_note(db, row, request->key_lt);
	return status == OK ? keys_put(db, KEYS_UE, keys_hash(
	    request->ue_id.v, request->ue_id.len), row) : status;
}

#define ADD_SQL "INSERT INTO trigger_state (p_tid, ue_id, ue_trp, naf_id, " \
    "state, time, expires, requested, request) "

static const struct db_many add_trigger = {
	ADD_SQL "VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0), $9) "
	"ON CONFLICT DO NOTHING",
	ADD_SQL "SELECT unnest($1), unnest($2), unnest($3), unnest($4), "
	"unnest($5), unnest($6), unnest($7), nullif(unnest($8), 0), "
	"unnest($9)", true, 0, NULL
};

/* REQUESTED is the time of the request, or 0 if there was none here. */
static enum status
insert(struct db *db, const struct record *request, uint64_t now,
    uint64_t requested, bool *added)
{
	uint8_t record[RECORD_MAX], p_tid[P_TID_KEY_MAX];

	*added = false;
	if (has_keys(db))
		return insert_keyed(db, request, now, requested, added);
	return db_ask_many(db, db_note_changed, added, &add_trigger,
	    "ottonnnno", p_tid, p_tid_key(request->p_tid.v, p_tid),
	    request->ue_id.v,
	    record_has(request, HAS(UE_TRP)) ? request->ue_trp.v : NULL,
	    request->naf_id.v, (size_t)request->naf_id.len,
	    (uint64_t)STATE_REQUESTED, now, request->key_lt, requested, record,
	    record_encode(request, record));
}

/* The request in a column of the current row of Q. */
static enum status
read_request(struct query *q, int column, struct record *request)
{
	size_t len;
	const void *v = db_octets(q, column, &len);

	return record_decode_as(request, RECORD_REQUEST, v, len) == OK ? OK :
	    fail_in(FAILED, "trigger");
}

static enum status
known(const struct record *request)
{
	return fail(REJECTED, "p_tid: the trigger %s exists already",
	    request->p_tid.v);
}

enum status
trigger_row(struct db *db, const char *p_tid, uint64_t *row)
{
	uint8_t key[P_TID_KEY_MAX];
	struct query *q = db_query(db, "SELECT id FROM trigger_state "
	    "WHERE p_tid = $1", "o", key, p_tid_key(p_tid, key));

	*row = db_row(q) ? db_number(q, 0) : 0;
	return db_done(db, q);
}

enum status
trigger_add(struct db *db, const struct record *request, uint64_t now)
{
	uint64_t row;
	enum status status = trigger_row(db, request->p_tid.v, &row);
	bool added;

	if (status == OK && row != 0)
		return known(request);
	if (status == OK)
		status = insert(db, request, now, now, &added);
	if (status == OK)
		status = db_await(db);
	return status != OK || added ? status : known(request);
}

enum status
trigger_ask(struct db *db, const struct record *request, uint64_t now,
    bool *added)
{
	return insert(db, request, now, now, added);
}

/* A response must repeat the request: ue_trp decides where the GPI goes. */
static enum status
same_as_asked(const struct record *request, const struct record *sa)
{
	if (strcmp(request->ue_id.v, sa->ue_id.v) != 0)
		return fail(REJECTED, "ue_id: found %s, expected %s of the "
		    "trigger %s", sa->ue_id.v, request->ue_id.v,
		    request->p_tid.v);
	if (record_has(request, HAS(UE_TRP)) &&
	    strcmp(request->ue_trp.v, sa->ue_trp.v) != 0)
		return fail(REJECTED, "ue_trp: found %s, expected %s of the "
		    "trigger %s", sa->ue_trp.v, request->ue_trp.v,
		    request->p_tid.v);
	if (request->naf_id.len != sa->naf_id.len || memcmp(request->naf_id.v,
	    sa->naf_id.v, sa->naf_id.len) != 0)
		return fail(REJECTED, "naf_id: found another NAF's, expected "
		    "that of the trigger %s", request->p_tid.v);
	return OK;
}

#define ANSWERED_SQL(tables) \
    "SELECT request, closed FROM " tables " WHERE p_tid = $1"

/* Check that the trigger of SA, if FOUND, is open and asked for this SA. */
static enum status
check_answer(struct db *db, const struct record *sa, bool *found)
{
	uint8_t p_tid[P_TID_KEY_MAX];
	struct query *q = db_query(db, BOTH(db, ANSWERED_SQL), "o", p_tid,
	    p_tid_key(sa->ul_sa_id.v, p_tid));
	struct record request;
	enum status status, read = OK;
	bool closed = false;

	*found = db_row(q);
	if (*found) {
		read = read_request(q, 0, &request);
		closed = db_number(q, 1) != 0;
	}
	if ((status = db_done(db, q)) != OK || read != OK)
		return status != OK ? status : read;
	if (closed)
		return fail(REJECTED, "the trigger %s is closed",
		    sa->ul_sa_id.v);
	return *found ? same_as_asked(&request, sa) : OK;
}

/* Add a trigger for an SA that nobody here requested: plain GBA Push. */
static enum status
add_unrequested(struct db *db, const struct record *sa, uint64_t now)
{
	struct record request;
	enum status status;
	bool added;

	record_init(&request, RECORD_REQUEST);
	record_copy(&request, sa, HAS(NAF_ID) | HAS(KEY_LT) | HAS(UE_ID) |
	    HAS(UE_PRIV_ID) | HAS(UE_TRP) | HAS(APP_LBL) | HAS(UM));
	record_put(&request, KEY_P_TID, sa->ul_sa_id.v, sa->ul_sa_id.len);
	status = insert(db, &request, now, 0, &added);
	return status == OK ? db_await(db) : status;
}

/*
 * Store SA for its trigger, or where it is not NEW, in a file, give it to that:
 * an earlier trigger of the same P-TID may have been removed.
 */
static enum status
put_for_trigger(struct db *db, const struct record *sa, bool new)
{
	uint8_t p_tid[P_TID_KEY_MAX];
	uint64_t row, moved;
	enum status status;

	if (!has_keys(db))
		return new ? sa_add(db, sa, 0) : OK;
	if ((status = trigger_row(db, sa->ul_sa_id.v, &row)) != OK)
		return status;
	if (new)
		return sa_add(db, sa, row);
	status = db_run(db, &moved, "UPDATE sa SET id = $1, ul = NULL "
	    "WHERE ul = $2", "no", row, p_tid, p_tid_key(sa->ul_sa_id.v,
	    p_tid));
	return status == OK && moved > 0 ? sa_index(db, sa, row, false) :
	    status;
}

enum status
sa_put_naf(struct db *db, const struct record *sa, uint64_t now,
    bool unrequested)
{
	uint8_t p_tid[P_TID_KEY_MAX];
	enum status status;
	bool found, new;

	/* all checks come before all writes */
	if ((status = check_answer(db, sa, &found)) != OK)
		return status;
	if (!found && !unrequested)
		return fail(REJECTED, "p_tid: found %s, expected one that was "
		    "requested here; --unrequested takes others",
		    sa->ul_sa_id.v);
	if ((status = sa_is_new(db, sa, &new)) == OK && !found)
		status = add_unrequested(db, sa, now);
	if (status == OK)
		status = put_for_trigger(db, sa, new);
	return status != OK ? status : db_run(db, NULL,
	    "UPDATE trigger_state SET state = $1, time = $2, answered = $2, "
	    "stored = $2, expires = $3 WHERE p_tid = $4 AND state < $1",
	    "nnno", (uint64_t)STATE_STORED, now, sa->key_lt,
	    p_tid, p_tid_key(sa->ul_sa_id.v, p_tid));
}

/*
 * The statement itself compares the SA with the request.  If the BSF granted a
 * SHORTER lifetime, an index changes, which costs more than all the rest.  (+ 0
 * keeps planners from using that index, which finds too many rows.)
 */
#define NOTE_SQL(expires) "UPDATE trigger_state SET state = $1, " \
    "time = $2, answered = $2, stored = $2" expires \
    " p_tid = $4 AND ue_id = $5 AND ue_trp = $6 AND naf_id = $7 " \
    "AND state < $1 AND closed + 0 = 0"
#define NOTE_MANY_SQL(expires, same) "UPDATE trigger_state t SET " \
    "state = u.state, time = u.time, answered = u.time, stored = u.time" \
    expires " FROM " DB_EACH("unnest($1) AS state, unnest($2) AS time, " \
    "unnest($3) AS expires, unnest($4) AS p_tid, unnest($5) AS ue_id, " \
    "unnest($6) AS ue_trp, unnest($7) AS naf_id") \
    "WHERE t.p_tid = u.p_tid AND t.ue_id = u.ue_id " \
    "AND t.ue_trp = u.ue_trp AND t.naf_id = u.naf_id " \
    "AND t.state + 0 < u.state AND t.closed + 0 = 0" same " RETURNING u.n"

enum status
sa_ask_noted(struct db *db, const struct record *sa, uint64_t now,
    bool shorter, bool *noted)
{
	static const struct db_many sql[2] = {
		{ NOTE_SQL(" WHERE expires + 0 = $3 AND"), NOTE_MANY_SQL("",
		    " AND t.expires + 0 = u.expires"), false, 4, NULL },
		{ NOTE_SQL(", expires = $3 WHERE"), NOTE_MANY_SQL(
		    ", expires = u.expires", ""), false, 4, NULL },
	};
	uint8_t p_tid[P_TID_KEY_MAX];

	*noted = false;
	return db_ask_many(db, db_note_changed, noted, &sql[shorter],
	    "nnnotto", (uint64_t)STATE_STORED, now, sa->key_lt, p_tid,
	    p_tid_key(sa->ul_sa_id.v, p_tid), sa->ue_id.v, sa->ue_trp.v,
	    sa->naf_id.v, (size_t)sa->naf_id.len);
}

/* The current row of Q as a record of type TRIGGER. */
static enum status
read_row(struct query *q, struct record *trigger)
{
	struct record request;
	enum status status;

	if ((status = read_request(q, COL_REQUEST, &request)) != OK)
		return status;
	record_init(trigger, RECORD_TRIGGER);
	record_copy(trigger, &request, HAS(APP_LBL) | HAS(UM) | HAS(NAF_ID) |
	    HAS(KEY_LT) | HAS(P_TID) | HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) |
	    HAS(TRIGGER_MODE) | HAS(UE_ID) | HAS(UE_PRIV_ID) | HAS(UE_TRP) |
	    HAS(UE_ID_TYPE));
	record_put_uint(trigger, KEY_TIME, db_number(q, COL_TIME));
	record_put_uint(trigger, KEY_STATE, db_number(q, COL_STATE));
	if (!db_null(q, COL_DETAIL))
		record_put(trigger, KEY_DETAIL, db_text(q, COL_DETAIL),
		    strlen(db_text(q, COL_DETAIL)));
	for (int i = 0; i < COL_REQUEST - COL_REQUESTED; i++)
		if (!db_null(q, COL_REQUESTED + i))
			record_put_uint(trigger, KEY_REQUESTED + i,
			    db_number(q, COL_REQUESTED + i));
	return OK;
}

static enum status
no_trigger(const char *p_tid)
{
	return fail(REJECTED, "no trigger has p_tid %s", p_tid);
}

#define FIND_SQL(tables) \
    "SELECT " COLUMNS " FROM " tables " WHERE p_tid = $1"

enum status
trigger_find(struct db *db, const char *p_tid, struct record *trigger,
    bool *closed)
{
	uint8_t key[P_TID_KEY_MAX];
	struct query *q = db_query(db, BOTH(db, FIND_SQL), "o", key,
	    p_tid_key(p_tid, key));
	bool found = db_row(q);
	enum status read = found ? read_row(q, trigger) : OK;
	enum status status;

	*closed = found && db_number(q, COL_CLOSED) != 0;
	status = db_done(db, q);
	if (status != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : no_trigger(p_tid);
}

/* For trigger_find_rand(). */
static enum status
note_p_tid(void *arg, const struct record *sa)
{
	strcpy(arg, sa->ul_sa_id.v);
	return OK;
}

#define OF_RAND_SQL(tables) \
    "SELECT request, requested, answered, state FROM " tables \
    " WHERE p_tid = $1 AND closed + 0 = 0 AND expires + 0 > $2"

enum status
trigger_find_rand(struct db *db, const uint8_t rand[static 16], uint64_t now,
    struct record *request, uint64_t *when, enum state *state)
{
	char p_tid[sizeof(request->p_tid.v)] = "";
	uint8_t key[P_TID_KEY_MAX];
	enum status status, read = OK;
	struct query *q;
	bool found;

	if ((status = sa_find_rand(db, rand, note_p_tid, p_tid)) != OK)
		return status;
	q = db_query(db, BOTH(db, OF_RAND_SQL), "on", key,
	    p_tid_key(p_tid, key), now);
	if ((found = db_row(q))) {
		read = read_request(q, 0, request);
		*when = db_number(q, db_null(q, 1) ? 2 : 1);
		*state = db_number(q, 3);
	}
	if ((status = db_done(db, q)) != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : fail(REJECTED, "rand: no open trigger has it");
}

/* ---- changes of state ---- */

/*
 * A report of state NEW, with this DETAIL, was made at TIME.  A report does not
 * undo what the device itself did since.  After a failure the later one counts.
 */
#define MOVES(t, time, new) t "closed = 0 AND CASE WHEN " t "state = 10 " \
    "THEN " time " >= " t "time ELSE " t "state < 7 AND " t "state < " new \
    " END"
#define REPORT(column, t, time, new, detail) "SET " \
    column " = coalesce(" t column ", " time "), state = CASE WHEN " \
    MOVES(t, time, new) " THEN " new " ELSE " t "state END, " \
    "detail = CASE WHEN " MOVES(t, time, new) " THEN nullif(" detail \
    ", '') ELSE " t "detail END, time = CASE WHEN " MOVES(t, time, new) \
    " THEN " time " ELSE " t "time END "
#define REPORT_SQL(column) { "UPDATE trigger_state " \
    REPORT(column, "", "$1", "$2", "$3") "WHERE p_tid = $4", \
    "UPDATE trigger_state t " \
    REPORT(column, "t.", "u.time", "u.state", "u.detail") \
    "FROM " DB_EACH("unnest($1) AS time, unnest($2) AS state, " \
    "unnest($3) AS detail, unnest($4) AS p_tid") \
    "WHERE t.p_tid = u.p_tid RETURNING u.n", false, 4, NULL }

_Static_assert(STATE_FAILED == 10 && STATE_RESPONDED == 7, "as in MOVES");

enum status
trigger_ask_report(struct db *db, const struct record *report, bool *known)
{
	static const struct db_many sql[] = {
		[STATE_SENT] = REPORT_SQL("sent"),
		[STATE_DELIVERED] = REPORT_SQL("delivered"),
		[STATE_FAILED] = REPORT_SQL("failed"),
	};
	uint8_t p_tid[P_TID_KEY_MAX];

	*known = false;
	if (report->state >= COUNT(sql) || sql[report->state].one == NULL)
		return fail(REJECTED, "state: found %s, expected sent, "
		    "delivered or failed",
		    field_word(KEY_STATE, report->state));
	return db_ask_many(db, db_note_changed, known, &sql[report->state],
	    "nnto", report->time, report->state,
	    record_has(report, HAS(DETAIL)) ? report->detail.v : "",
	    p_tid, p_tid_key(report->p_tid.v, p_tid));
}

enum status
trigger_reported(const struct record *report, bool known)
{
	return known ? OK : no_trigger(report->p_tid.v);
}

#define CLOSE_SQL(column) "UPDATE trigger_state SET state = $1, time = $2, " \
    "closed = 1, detail = nullif($3, ''), " \
    column " = coalesce(" column ", $2) WHERE p_tid = $4 AND closed + 0 = 0"

enum status
trigger_close(struct db *db, const char *p_tid, enum state state,
    uint64_t now, const char *detail)
{
	static const char *const sql[] = {
		[STATE_CONNECTED] = CLOSE_SQL("connected"),
		[STATE_EXPIRED] = CLOSE_SQL("expired"),
		[STATE_FAILED] = CLOSE_SQL("failed"),
	};
	uint8_t key[P_TID_KEY_MAX];
	uint64_t changed;
	enum status status = db_run(db, &changed, sql[state], "nnto",
	    (uint64_t)state, now, detail == NULL ? "" : detail,
	    key, p_tid_key(p_tid, key));

	return status == OK && changed == 0 ? fail(REJECTED, "no open trigger "
	    "has p_tid %s", p_tid) : status;
}

#define WALK_SQL(tables) "SELECT " COLUMNS " FROM " tables \
    " WHERE id > $1 ORDER BY id LIMIT $2"
#define ROW_SQL(tables) "SELECT " COLUMNS " FROM " tables " WHERE id = $1"

enum status
trigger_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, BOTH(db, WALK_SQL), read_row, fn, arg);
}

/* A page of rows that were asked for together. */
struct page {
	struct record record[PAGE];
	size_t count;
	enum status status;
};

/* One that is gone meanwhile is left out. */
static void
note_row(void *arg, struct query *q)
{
	struct page *page = arg;

	if (db_row(q) && page->status == OK)
		page->status = read_row(q, &page->record[page->count++]);
}

enum status
trigger_each_row(struct db *db, const uint64_t *row, size_t count,
    each_fn *fn, void *arg)
{
	struct page page;
	enum status status = OK;

	for (size_t at = 0; status == OK && at < count; at += PAGE) {
		page.count = 0;
		page.status = OK;
		for (size_t i = at; status == OK && i < at + PAGE && i < count;
		    i++)
			status = db_ask(db, note_row, &page,
			    BOTH(db, ROW_SQL), "n", row[i]);
		if (status == OK && (status = db_await(db)) == OK)
			status = page.status;
		for (size_t i = 0; status == OK && i < page.count; i++)
			status = fn(arg, &page.record[i]);
	}
	return status;
}
