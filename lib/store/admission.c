/* admission.c: what a store knows of a device that connects. */
#include "gba/request.h"
#include "record/p_tid.h"
#include "store/admission.h"
#include "store/keys.h"

enum column { COL_STATE, COL_CLOSED, COL_RESPONDED, COL_REQUEST, COL_SA };

static enum status
read_row(struct query *q, struct record *sa, struct record *trigger)
{
	size_t len;
	const void *v = db_octets(q, COL_REQUEST, &len);

	if (record_decode_as(trigger, RECORD_REQUEST, v, len) != OK)
		return fail_in(FAILED, "trigger");
	record_put_uint(trigger, KEY_STATE, db_number(q, COL_STATE));
	if (!db_null(q, COL_RESPONDED))
		record_put_uint(trigger, KEY_RESPONDED,
		    db_number(q, COL_RESPONDED));
	if (db_null(q, COL_SA))
		return OK;
	v = db_octets(q, COL_SA, &len);
	return record_decode(sa, v, len) == OK ? OK :
	    fail_in(FAILED, "store");
}

static void
answered(void *arg, struct query *q)
{
	const struct admission *a = arg;
	struct record sa, trigger;
	enum status status = OK;
	bool closed = false;

	sa.has = trigger.has = 0;
	if (db_row(q)) {
		status = read_row(q, &sa, &trigger);
		closed = db_number(q, COL_CLOSED) != 0;
	}
	a->found(a->arg, status, &sa, &trigger, closed);
	record_wipe(&sa);
}

#define SELECT(request) "SELECT t.state, t.closed, t.responded, " request \
    ", sa.record FROM trigger_state t "

enum status
admission_ask(struct db *db, const char *p_tid, struct admission *a)
{
	return db_ask(db, answered, a, has_keys(db) ?
	    SELECT("r.request") "JOIN trigger_request r ON r.id = t.id "
	    "LEFT JOIN sa ON sa.id = t.id WHERE t.p_tid = $1" :
	    SELECT("t.request") "LEFT JOIN sa ON sa.ul = t.p_tid "
	    "AND sa.ue = t.ue_id WHERE t.p_tid = $1", "o", a->key,
	    p_tid_key(p_tid, a->key));
}

enum status
admission_open(struct db *db, const char *p_tid, bool *open)
{
	uint8_t key[P_TID_KEY_MAX];
	struct query *q = db_query(db, "SELECT 1 FROM trigger_state "
	    "WHERE p_tid = $1 AND closed + 0 = 0", "o", key,
	    p_tid_key(p_tid, key));

	*open = db_row(q);
	return db_done(db, q);
}

static void
note_responded(void *first, struct query *q)
{
	if (db_row(q))
		*(uint64_t *)first = db_number(q, 0);
}

/* RETURNING would have SQLite make a table and a journal for one number. */
enum status
admission_responded(struct db *db, const char *p_tid, uint64_t now,
    uint64_t *first)
{
	uint8_t key[P_TID_KEY_MAX];
	size_t len = p_tid_key(p_tid, key);
	bool found = false;
	enum status status = db_ask(db, db_note_changed, &found,
	    "UPDATE trigger_state SET state = $1, time = $2, "
	    "responded = coalesce(responded, $2), detail = NULL "
	    "WHERE p_tid = $3 AND closed + 0 = 0", "nno",
	    (uint64_t)STATE_RESPONDED, now, key, len);

	if (status == OK)
		status = db_ask(db, note_responded, first, "SELECT responded "
		    "FROM trigger_state WHERE p_tid = $1", "o", key, len);
	if (status == OK)
		status = db_await(db);
	return status != OK || found ? status : fail(REJECTED, "the trigger %s "
	    "is closed", p_tid);
}
