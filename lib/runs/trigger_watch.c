/* trigger_watch.c: the triggers of one run, until each has come to an end. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pipe/record_buffer.h"
#include "record/p_tid.h"
#include "runs/trigger_watch.h"

#define FIRST_PAUSE_MS 20	/* between looks, doubled each time, up to */
#define PAUSE_MS 200
#define SHARE 10		/* of our time at most a tenth goes into them */
#define BATCH 10000		/* others want the store, too */
#define REPORTS 65536		/* octets that wait for a look */
#define LISTEN 1024		/* looks at one, between two at the loop */

static void
set_due(void *arg, short revents)
{
	struct trigger_watch *f = arg;

	(void)revents;
	f->due = true;
}

enum status
trigger_watch_open(struct trigger_watch *f)
{
	f->pause = FIRST_PAUSE_MS;
	f->watch = (struct watch){ .fd = -1, .wake = 0, .ready = set_due,
	    .arg = f };
	return loop_add(&f->watch);
}

/* ---- which they are ---- */

static enum status
make_room(struct trigger_watch *f)
{
	size_t room = f->room + f->room / 4 + 64;
	struct watched_trigger *v;

	if (f->count < f->room)
		return OK;
	v = realloc(f->v, room * sizeof(v[0]));
	if (v == NULL)
		return fail(FAILED, "p_tid: no memory");
	f->v = v;
	f->room = room;
	return OK;
}

enum status
trigger_watch_add(struct trigger_watch *f, const char *p_tid)
{
	enum status status = make_room(f);
	uint8_t key[P_TID_KEY_MAX] = { 0 };
	struct watched_trigger *one;

	if (status != OK)
		return status;
	one = &f->v[f->count++];
	if (p_tid_key(p_tid, key) != P_TID_OCTETS) {
		assert(f->count == 1);
		snprintf(f->chosen, sizeof(f->chosen), "%s", p_tid);
		memset(key, 0, sizeof(key));
	}
	memcpy(one->key, key, P_TID_OCTETS);
	one->step = STEP_ASKED;
	f->left++;
	f->sorted = false;
	return OK;
}

/* KEY comes first in struct watched_trigger. */
static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, P_TID_OCTETS);
}

struct watched_trigger *
trigger_watch_find(struct trigger_watch *f, const char *p_tid)
{
	uint8_t key[P_TID_KEY_MAX];

	if (f->chosen[0] != '\0')
		return strcmp(f->chosen, p_tid) == 0 ? f->v : NULL;
	if (!f->sorted)
		qsort(f->v, f->count, sizeof(f->v[0]), compare);
	f->sorted = true;
	return p_tid_key(p_tid, key) != P_TID_OCTETS ? NULL :
	    bsearch(key, f->v, f->count, sizeof(f->v[0]), compare);
}

static const char *
p_tid_of(const struct trigger_watch *f, const struct watched_trigger *one,
    char out[static P_TID_LEN + 1])
{
	return f->chosen[0] != '\0' ? f->chosen : p_tid_text(one->key, out);
}

/* ---- those without an answer ---- */

static enum status
close_unanswered(struct trigger_watch *f, struct watched_trigger *one)
{
	char p_tid[P_TID_LEN + 1];
	enum status status = trigger_close(f->db, p_tid_of(f, one, p_tid),
	    STATE_FAILED, clock_now(), one->step == STEP_REFUSED ?
	    "the BSF's answer was refused" : "the BSF gave no answer");

	/* somebody else may have closed it */
	if (status == REJECTED)
		fail_said();
	one->step = STEP_OPEN;
	return status == FAILED ? FAILED : OK;
}

enum status
trigger_watch_unanswered(struct trigger_watch *f)
{
	enum status status = db_begin(f->db);
	uint64_t closed = 0;

	for (size_t i = 0; status == OK && i < f->count; i++) {
		if (f->v[i].step >= STEP_OPEN)
			continue;
		status = close_unanswered(f, &f->v[i]);
		if (status == OK && ++closed % BATCH == 0 &&
		    (status = db_commit(f->db)) == OK)
			status = db_begin(f->db);
	}
	if (status == OK)
		return db_commit(f->db);
	db_rollback(f->db);
	return status;
}

/* ---- reports ---- */

void
trigger_watch_report(struct trigger_watch *f, const struct record *report)
{
	output_record(&f->reports, report);
}

static enum status
note(void *db, const struct record *report)
{
	enum status status;
	bool known;

	if ((status = trigger_ask_report(db, report, &known)) == OK &&
	    (status = db_settle(db)) == OK)
		status = trigger_reported(report, known);
	if (status == REJECTED)
		complain("%s: ", report->p_tid.v);
	return status == FAILED ? FAILED : OK;
}

static enum status
note_reports(struct trigger_watch *f)
{
	enum status status;

	if (f->reports.len == 0)
		return OK;
	if ((status = db_begin(f->db)) == OK &&
	    (status = record_buffer_each(&f->reports, note, f->db)) == OK)
		return db_commit(f->db);
	db_rollback(f->db);
	return status;
}

/* ---- how they end ---- */

static void
complain_of(struct trigger_watch *f, const struct record *t, bool ended)
{
	bool why = record_has(t, HAS(DETAIL));

	if (ended)
		fail_because("state: found %s%s%s%s, expected connected",
		    field_word(KEY_STATE, t->state), why ? " (" : "",
		    why ? t->detail.v : "", why ? ")" : "");
	else
		fail_because("state: found %s after %" PRIu64 " seconds, "
		    "expected connected", field_word(KEY_STATE, t->state),
		    f->timeout);
	complain("%s: ", t->ue_id.v);
}

/* Show ONE where it has ended, or where this is the END for all. */
static enum status
look_at(struct trigger_watch *f, struct watched_trigger *one, bool end)
{
	char p_tid[P_TID_LEN + 1];
	struct record t;
	bool closed, ended;

	if (trigger_find(f->db, p_tid_of(f, one, p_tid), &t, &closed) != OK)
		return FAILED;	/* even where it is not there: it was */
	ended = t.state >= STATE_CONNECTED;
	if (!ended && !end)
		return OK;
	one->step = STEP_ENDED;
	f->left--;
	if (t.state != STATE_CONNECTED)
		f->worst = status_worst(f->worst, REJECTED);
	if (t.state != STATE_CONNECTED && (ended || !loop_signalled()))
		complain_of(f, &t, ended);
	return output_each(f->out, &t);
}

/* One that the BSF may still answer, has not ended. */
static enum status
look_at_all(struct trigger_watch *f, bool end)
{
	enum status status = OK;
	struct watched_trigger *one;

	for (size_t i = 0; status == OK && i < f->count; i++) {
		one = &f->v[i];
		if (one->step == STEP_OPEN ||
		    (end && one->step != STEP_ENDED))
			status = look_at(f, one, end);
		if (!end && i % LISTEN == LISTEN - 1 &&
		    loop_wait(-1, 0) == LOOP_SIGNAL)
			break;
	}
	return status == OK ? output_flush(f->out) : status;
}

enum status
trigger_watch_look(struct trigger_watch *f)
{
	uint64_t since = clock_monotonic_ms(), now, pause;
	enum status status = OK;

	if (f->due || f->reports.len > REPORTS)
		status = note_reports(f);
	if (status != OK || !f->due)
		return status;
	f->due = false;
	status = look_at_all(f, false);
	now = clock_monotonic_ms();
	pause = SHARE * (now - since);
	loop_wake(&f->watch, now + (pause > f->pause ? pause : f->pause));
	f->pause = 2 * f->pause < PAUSE_MS ? 2 * f->pause : PAUSE_MS;
	return status;
}

enum status
trigger_watch_end(struct trigger_watch *f)
{
	enum status status = note_reports(f);

	return status == OK ? look_at_all(f, true) : status;
}

enum status
trigger_watch_close(struct trigger_watch *f)
{
	enum status status = note_reports(f);

	loop_remove(&f->watch);
	record_buffer_free(&f->reports);
	free(f->v);
	f->v = NULL;
	return status;
}
