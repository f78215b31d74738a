/* trigger.c: the state of each trigger, in an SA store. */
#include <string.h>

#include "store.h"

#define COLUMNS "id, state, closed, time, detail, requested, answered, " \
    "stored, sent, delivered, responded, connected, expired, failed, request"

enum column {
	COL_ID, COL_STATE, COL_CLOSED, COL_TIME, COL_DETAIL, COL_REQUESTED,
	COL_REQUEST = COL_REQUESTED + 9
};

/* REQUESTED is when, or 0 where nobody here did. */
static enum status
insert(struct db *db, const struct record *request, uint64_t now,
    uint64_t requested)
{
	uint8_t record[RECORD_MAX];

	return db_run(db, NULL, "INSERT INTO trigger_state "
	    "(p_tid, ue_id, state, time, expires, requested, request) "
	    "VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7)", "ttnnnno",
	    request->p_tid.v, request->ue_id.v, (uint64_t)STATE_REQUESTED,
	    now, request->key_lt, requested, record,
	    record_encode(request, record));
}

/* The request in a column of the current row of Q. */
static enum status
read_request(struct query *q, int column, struct record *request)
{
	size_t len;
	const void *v = db_octets(q, column, &len);

	return record_decode_as(request, REQUEST, v, len) == OK ? OK :
	    fail_in(FAILED, "trigger");
}

enum status
trigger_add(struct db *db, const struct record *request, uint64_t now)
{
	struct query *q = db_query(db, "SELECT 1 FROM trigger_state "
	    "WHERE p_tid = $1", "t", request->p_tid.v);
	bool found = db_row(q);
	enum status status = db_done(db, q);

	if (status == OK && found)
		return fail(REJECTED, "p_tid: found a trigger %s already, "
		    "expected a new one", request->p_tid.v);
	return status == OK ? insert(db, request, now, now) : status;
}

/* An answer brings back what was asked, and so whom the GPI goes to. */
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

/* Whether the trigger of SA, if FOUND, wants this answer. */
static enum status
check_answer(struct db *db, const struct record *sa, bool *found)
{
	struct query *q = db_query(db, "SELECT request, closed FROM "
	    "trigger_state WHERE p_tid = $1", "t", sa->ul_sa_id.v);
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
		return fail(REJECTED, "p_tid: found the trigger %s closed, "
		    "expected an open one", sa->ul_sa_id.v);
	return *found ? same_as_asked(&request, sa) : OK;
}

/* The trigger of an SA that nobody here requested: plain GBA Push. */
static enum status
add_unrequested(struct db *db, const struct record *sa, uint64_t now)
{
	struct record request;

	record_init(&request, REQUEST);
	record_copy(&request, sa, HAS(NAF_ID) | HAS(KEY_LT) | HAS(UE_ID) |
	    HAS(UE_PRIV_ID) | HAS(UE_TRP) | HAS(APP_LBL) | HAS(UM));
	record_put(&request, KEY_P_TID, sa->ul_sa_id.v, sa->ul_sa_id.len);
	return insert(db, &request, now, 0);
}

enum status
sa_put_naf(struct db *db, const struct record *sa, uint64_t now)
{
	enum status status;
	bool found;

	/* whatever may say no comes before whatever writes */
	if ((status = check_answer(db, sa, &found)) == OK &&
	    (status = sa_put(db, sa)) == OK && !found)
		status = add_unrequested(db, sa, now);
	return status != OK ? status : db_run(db, NULL,
	    "UPDATE trigger_state SET state = $1, time = $2, answered = $2, "
	    "stored = $2, expires = $3 WHERE p_tid = $4 AND state < $1",
	    "nnnt", (uint64_t)STATE_STORED, now, sa->key_lt,
	    sa->ul_sa_id.v);
}

/* The current row of Q as a record of type TRIGGER. */
static enum status
read_row(struct query *q, struct record *trigger)
{
	struct record request;
	enum status status;

	if ((status = read_request(q, COL_REQUEST, &request)) != OK)
		return status;
	record_init(trigger, TRIGGER);
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

enum status
trigger_find(struct db *db, const char *p_tid, struct record *trigger,
    bool *closed)
{
	struct query *q = db_query(db, "SELECT " COLUMNS " FROM trigger_state "
	    "WHERE p_tid = $1", "t", p_tid);
	bool found = db_row(q);
	enum status read = found ? read_row(q, trigger) : OK;
	enum status status;

	*closed = found && db_number(q, COL_CLOSED) != 0;
	status = db_done(db, q);
	if (status != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : fail(REJECTED, "p_tid: found no trigger %s, "
	    "expected one that was requested", p_tid);
}

enum status
trigger_find_rand(struct db *db, const uint8_t rand[static 16], uint64_t now,
    struct record *request, uint64_t *when, enum state *state)
{
	struct query *q = db_query(db, "SELECT t.request, t.requested, "
	    "t.answered, t.state FROM sa JOIN trigger_state t "
	    "ON t.p_tid = sa.ul WHERE sa.rand = $1 AND t.closed = 0 "
	    "AND t.expires > $2", "on", rand, (size_t)16, now);
	enum status status, read = OK;
	bool found = db_row(q);

	if (found) {
		read = read_request(q, 0, request);
		*when = db_number(q, db_null(q, 1) ? 2 : 1);
		*state = db_number(q, 3);
	}
	if ((status = db_done(db, q)) != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : fail(REJECTED, "rand: found no open trigger with "
	    "it, expected one");
}

/* ---- changes of state ---- */

#define SET_TIME(state) "UPDATE trigger_state SET " state " = " \
    "coalesce(" state ", $1) WHERE p_tid = $2"

/* Note when STATE was first seen. */
static enum status
set_time(struct db *db, const char *p_tid, enum state state, uint64_t when)
{
	static const char *const sql[] = {
		[STATE_SENT] = SET_TIME("sent"),
		[STATE_DELIVERED] = SET_TIME("delivered"),
		[STATE_RESPONDED] = SET_TIME("responded"),
		[STATE_CONNECTED] = SET_TIME("connected"),
		[STATE_EXPIRED] = SET_TIME("expired"),
		[STATE_FAILED] = SET_TIME("failed"),
	};

	return db_run(db, NULL, sql[state], "nt", when, p_tid);
}

enum status
trigger_report(struct db *db, const struct record *report)
{
	const char *detail = record_has(report, HAS(DETAIL)) ?
	    report->detail.v : "";
	struct record trigger;
	enum status status;
	bool closed, moves;

	if (report->state != STATE_SENT && report->state != STATE_DELIVERED &&
	    report->state != STATE_FAILED)
		return fail(REJECTED, "state: found %s, expected sent, "
		    "delivered or failed",
		    field_word(KEY_STATE, report->state));
	status = trigger_find(db, report->p_tid.v, &trigger, &closed);
	if (status != OK || (status = set_time(db, report->p_tid.v,
	    report->state, report->time)) != OK)
		return status;
	/* what the device itself did since, says more than a report */
	moves = !closed && (trigger.state == STATE_FAILED ?
	    report->time >= trigger.time : trigger.state < STATE_RESPONDED &&
	    trigger.state < report->state);
	return !moves ? OK : db_run(db, NULL, "UPDATE trigger_state "
	    "SET state = $1, time = $2, detail = nullif($3, '') "
	    "WHERE p_tid = $4", "nntt", report->state, report->time, detail,
	    report->p_tid.v);
}

enum status
trigger_responded(struct db *db, const char *p_tid, uint64_t now)
{
	uint64_t changed;
	enum status status = db_run(db, &changed, "UPDATE trigger_state "
	    "SET state = $1, time = $2, responded = coalesce(responded, $2), "
	    "detail = NULL WHERE p_tid = $3 AND closed = 0", "nnt",
	    (uint64_t)STATE_RESPONDED, now, p_tid);

	return status == OK && changed == 0 ? fail(REJECTED, "p_tid: found "
	    "the trigger %s closed, expected an open one", p_tid) : status;
}

enum status
trigger_close(struct db *db, const char *p_tid, enum state state,
    uint64_t now, const char *detail)
{
	uint64_t changed;
	enum status status = db_run(db, &changed, "UPDATE trigger_state "
	    "SET state = $1, time = $2, closed = 1, detail = nullif($3, '') "
	    "WHERE p_tid = $4 AND closed = 0", "nntt", (uint64_t)state, now,
	    detail == NULL ? "" : detail, p_tid);

	if (status == OK && changed == 0)
		return fail(REJECTED, "p_tid: found no open trigger %s, "
		    "expected one", p_tid);
	return status == OK ? set_time(db, p_tid, state, now) : status;
}

enum status
trigger_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT " COLUMNS " FROM trigger_state WHERE id > $1 "
	    "ORDER BY id LIMIT $2", read_row, fn, arg);
}
