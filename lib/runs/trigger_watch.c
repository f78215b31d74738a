/* trigger_watch.c: the triggers of one run, until each has come to an end. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "pipe/stream.h"
#include "record/p_tid.h"
#include "runs/report_batch.h"
#include "runs/trigger_watch.h"

#define FIRST_PAUSE_MS 20	/* between looks, doubled each time, up to */
#define PAUSE_MS 200
#define SHARE 10		/* of our time at most a tenth goes into them */
#define REPORTS 65536		/* octets that wait for a look */
#define LISTEN 1024		/* looks at one, between two at the loop */

static void
set_due(void *arg, short revents)
{
	struct trigger_watch *w = arg;

	(void)revents;
	w->due = true;
}

enum status
trigger_watch_open(struct trigger_watch *w)
{
	w->pause = FIRST_PAUSE_MS;
	w->watch = (struct watch){ .fd = -1, .wake = 0, .ready = set_due,
	    .arg = w };
	return loop_add(&w->watch);
}

/* ---- which they are ---- */

enum status
trigger_watch_add(struct trigger_watch *w, const char *p_tid)
{
	uint8_t key[P_TID_KEY_MAX] = { 0 };
	struct watched_trigger *one;

	if (!array_reserve(w->v, w->room, w->count + 1))
		return fail(FAILED, "p_tid: no memory");
	one = &w->v[w->count++];
	if (p_tid_key(p_tid, key) != P_TID_OCTETS) {
		assert(w->count == 1);
		snprintf(w->chosen, sizeof(w->chosen), "%s", p_tid);
		memset(key, 0, sizeof(key));
	}
	memcpy(one->key, key, P_TID_OCTETS);
	one->step = STEP_REQUESTED;
	one->again = AGAIN_NOT;
	w->left++;
	w->sorted = false;
	return OK;
}

/* KEY comes first in struct watched_trigger. */
static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, P_TID_OCTETS);
}

struct watched_trigger *
trigger_watch_find(struct trigger_watch *w, const char *p_tid)
{
	static const uint8_t chosen[P_TID_OCTETS];
	uint8_t key[P_TID_KEY_MAX];

	if (!w->sorted)
		qsort(w->v, w->count, sizeof(w->v[0]), compare);
	w->sorted = true;
	if (w->chosen[0] != '\0' && strcmp(w->chosen, p_tid) == 0)
		return bsearch(chosen, w->v, w->count, sizeof(w->v[0]),
		    compare);
	return p_tid_key(p_tid, key) != P_TID_OCTETS ? NULL :
	    bsearch(key, w->v, w->count, sizeof(w->v[0]), compare);
}

static const char *
p_tid_of(const struct trigger_watch *w, const struct watched_trigger *one,
    char out[static P_TID_LEN + 1])
{
	static const uint8_t chosen[P_TID_OCTETS];

	return memcmp(one->key, chosen, P_TID_OCTETS) == 0 ? w->chosen :
	    p_tid_text(one->key, out);
}

/* ---- those without an answer ---- */

static enum status
close_trigger(void *db, size_t i, const struct item *report,
    struct output *out)
{
	const struct record *r = report->r;
	enum status status = trigger_close(db, r->p_tid.v, STATE_FAILED,
	    r->time, r->detail.v);

	(void)i;
	(void)out;
	/* somebody else may have closed it */
	if (status == REJECTED)
		fail_said();
	return status == FAILED ? FAILED : OK;
}

static enum status
put_unanswered(const struct trigger_watch *w, struct stream *stream,
    struct watched_trigger *one)
{
	const char *why = one->step == STEP_REFUSED ?
	    "the BSF's answer was refused" : "the BSF gave no answer";
	char text[P_TID_LEN + 1];
	const char *p_tid = p_tid_of(w, one, text);
	struct record report;

	record_init(&report, RECORD_REPORT);
	record_put(&report, KEY_P_TID, p_tid, strlen(p_tid));
	record_put_uint(&report, KEY_TIME, clock_now());
	record_put(&report, KEY_DETAIL, why, strlen(why));
	one->step = STEP_OPEN;
	return stream_put_record(stream, &report);
}

enum status
trigger_watch_unanswered(struct trigger_watch *w)
{
	const struct stage stage = { .type = RECORD_REPORT,
	    .decide = close_trigger, .db = w->db };
	struct output none = { .fd = -1 };
	struct stream *stream;
	enum status status = stream_open(&stream, &stage, w->db, &none);

	for (size_t i = 0; status == OK && i < w->count; i++)
		if (w->v[i].step < STEP_OPEN)
			status = put_unanswered(w, stream, &w->v[i]);
	return stream_close(stream, status);
}

/* ---- reports ---- */

void
trigger_watch_report(struct trigger_watch *w, const struct record *report)
{
	output_record(&w->reports, report);
}

static void
complain_of_report(void *unused, const struct item *report)
{
	(void)unused;
	complain("%s: ", report->r->p_tid.v);
}

static enum status
note_reports(struct trigger_watch *w)
{
	struct report_batch batch = { .db = w->db };
	struct stage stage = report_batch_stage(&batch);
	struct output none = { .fd = -1 };
	struct stream *stream;
	enum status status;

	if (w->reports.len == 0)
		return OK;
	stage.complain = complain_of_report;
	if ((status = stream_open(&stream, &stage, &batch, &none)) == OK)
		status = stream_put_sequence(stream, w->reports.v,
		    w->reports.len);
	output_drop(&w->reports);
	/* who is refused was named */
	return stream_close(stream, status) == FAILED ? FAILED : OK;
}

/* ---- how they end ---- */

static void
complain_of_end(struct trigger_watch *w, const struct record *t, bool ended)
{
	bool why = record_has(t, HAS(DETAIL));

	if (ended)
		fail_because("%s%s%s", field_word(KEY_STATE, t->state),
		    why ? ": " : "", why ? t->detail.v : "");
	else
		fail_because("%s; no connection within %" PRIu64 " s",
		    field_word(KEY_STATE, t->state), w->timeout);
	complain("%s: ", t->ue_id.v);
}

/* Show ONE where it has ended, or where this is the END for all. */
static enum status
look_at(struct trigger_watch *w, struct watched_trigger *one, bool end)
{
	char p_tid[P_TID_LEN + 1];
	struct record t;
	bool closed, ended;

	if (trigger_find(w->db, p_tid_of(w, one, p_tid), &t, &closed) != OK)
		return FAILED;	/* even where it is not there: it was */
	ended = t.state >= STATE_CONNECTED;
	if (!ended && !end)
		return OK;
	one->step = STEP_ENDED;
	w->left--;
	/* another took its place, which counts instead */
	if (one->again == AGAIN_REPLACED)
		return output_each(w->out, &t);
	if (t.state != STATE_CONNECTED)
		w->worst = status_worst(w->worst, REJECTED);
	if (t.state != STATE_CONNECTED && (ended || !loop_signalled()))
		complain_of_end(w, &t, ended);
	return output_each(w->out, &t);
}

/* One that the BSF may still answer, has not ended. */
static enum status
look_at_all(struct trigger_watch *w, bool end)
{
	enum status status = OK;
	struct watched_trigger *one;

	for (size_t i = 0; status == OK && i < w->count; i++) {
		one = &w->v[i];
		if (one->step == STEP_OPEN ||
		    (end && one->step != STEP_ENDED))
			status = look_at(w, one, end);
		if (!end && i % LISTEN == LISTEN - 1 &&
		    loop_wait(-1, 0) == LOOP_SIGNAL)
			break;
	}
	return status == OK ? output_flush(w->out) : status;
}

enum status
trigger_watch_look(struct trigger_watch *w)
{
	uint64_t since = clock_monotonic_ms(), now, pause;
	enum status status = OK;

	if (w->due || w->reports.len > REPORTS)
		status = note_reports(w);
	if (status != OK || !w->due)
		return status;
	w->due = false;
	status = look_at_all(w, false);
	now = clock_monotonic_ms();
	pause = SHARE * (now - since);
	loop_wake(&w->watch, now + (pause > w->pause ? pause : w->pause));
	w->pause = 2 * w->pause < PAUSE_MS ? 2 * w->pause : PAUSE_MS;
	return status;
}

enum status
trigger_watch_end(struct trigger_watch *w)
{
	enum status status = note_reports(w);

	return status == OK ? look_at_all(w, true) : status;
}

enum status
trigger_watch_close(struct trigger_watch *w)
{
	enum status status = note_reports(w);

	loop_remove(&w->watch);
	output_drop(&w->reports);
	free(w->reports.v);
	free(w->v);
	w->v = NULL;
	return status;
}
