/* trigger_watch.c: the triggers of one run, until each has come to an end. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/progress.h"
#include "pipe/stream.h"
#include "record/p_tid.h"
#include "record/show.h"
#include "runs/report_batch.h"
#include "runs/trigger_watch.h"

#define FIRST_PAUSE_MS 20	/* between looks, doubled each time, up to */
#define PAUSE_MS 200
#define SHARE 10		/* of our time at most a tenth goes into them */
#define REPORTS 65536		/* octets that wait for a look */
#define LISTEN 1024		/* looks at one, between two at the loop */
#define NAMED 10		/* that are not connected; then only counted */

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
	one->reached = 0;
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
	static const char *const whys[] = {
		[STEP_REQUESTED] = "the BSF gave no answer",
		[STEP_REFUSED] = "the BSF's answer was refused",
		[STEP_DENIED] = "the BSF refused, or its answer was refused"
	};
	const char *why = whys[one->step];
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

/* How far T has come: a bit for each of enum reached. */
static uint8_t
reached_by(const struct record *t)
{
	static const struct {
		enum key key;
		uint8_t bits;
	} steps[] = {
#define BIT(name) (1u << REACHED_ ## name)
		{ KEY_STORED, BIT(STORED) },
		{ KEY_SENT, BIT(STORED) | BIT(SENT) },
		{ KEY_DELIVERED, BIT(STORED) | BIT(SENT) | BIT(DELIVERED) },
		{ KEY_RESPONDED, BIT(STORED) | BIT(SENT) | BIT(RESPONDED) },
		{ KEY_CONNECTED, BIT(STORED) | BIT(SENT) | BIT(RESPONDED) |
		    BIT(CONNECTED) },
	};
	uint8_t bits = t->state == STATE_EXPIRED || t->state == STATE_FAILED ?
	    BIT(FAILED) : 0;

	for (size_t i = 0; i < COUNT(steps); i++)
		if (record_has(t, UINT64_C(1) << steps[i].key))
			bits |= steps[i].bits;
	return bits;
#undef BIT
}

static void
count_reached(struct trigger_watch *w, struct watched_trigger *one,
    const struct record *t)
{
	uint8_t bits = reached_by(t);

	for (size_t i = 0; i < REACHED_COUNT; i++)
		w->reached[i] += ((bits & ~one->reached) >> i) & 1;
	one->reached |= bits;
}

static void
forget_reached(struct trigger_watch *w, struct watched_trigger *one)
{
	for (size_t i = 0; i < REACHED_COUNT; i++)
		w->reached[i] -= (one->reached >> i) & 1;
	one->reached = 0;
	w->replaced++;
}

static void
count_end(struct trigger_watch *w, const struct record *t)
{
	struct watched_end *end = &w->end[t->state];

	end->count++;
	strcpy(end->ue_id, t->ue_id.v);
	snprintf(end->why, sizeof(end->why), "%s", record_has(t,
	    HAS(DETAIL)) ? t->detail.v : "");
}

/* One by one, while there are few. */
static void
complain_of_end(struct trigger_watch *w, const struct record *t, bool ended)
{
	bool why = record_has(t, HAS(DETAIL));

	if (w->named++ >= NAMED)
		return;
	w->end[t->state].named++;
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
	count_reached(w, one, &t);
	if (!ended && !end)
		return OK;
	one->step = STEP_ENDED;
	w->left--;
	/* another took its place, which counts instead */
	if (one->again == AGAIN_REPLACED) {
		forget_reached(w, one);
		return output_each(w->out, &t);
	}
	count_end(w, &t);
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

/* ---- in a few words ---- */

void
trigger_watch_text(const struct trigger_watch *w, char *text, size_t max)
{
	static const struct {
		enum reached reached;
		const char *name;
	} shown[] = {
		{ REACHED_CONNECTED, "connected" },
		{ REACHED_FAILED, "failed" },
		{ REACHED_RESPONDED, "responded" },
		{ REACHED_DELIVERED, "delivered" },
		{ REACHED_SENT, "sent" },
		{ REACHED_STORED, "stored" },
	};
	struct text t = { text, 0, max };

	for (size_t i = 0; i < COUNT(shown); i++)
		text_put(&t, "%s %zu, ", shown[i].name,
		    w->reached[shown[i].reached]);
	text_put(&t, "asked %zu", w->count - w->replaced);
}

static void
sum_up_state(const struct trigger_watch *w, enum state state)
{
	const struct watched_end *end = &w->end[state];
	const char *name = field_word(KEY_STATE, state);

	if (end->count == end->named || state == STATE_CONNECTED)
		return;
	if (end->why[0] != '\0')
		warn("%zu %s; the last, %s: %s", end->count, name, end->ue_id,
		    end->why);
	else if (state < STATE_CONNECTED)
		warn("%zu %s, without a connection so far; the last: %s",
		    end->count, name, end->ue_id);
	else
		warn("%zu %s; the last: %s", end->count, name, end->ue_id);
}

void
trigger_watch_sum_up(const struct trigger_watch *w, uint64_t seconds)
{
	size_t devices = w->count - w->replaced;
	char v[256], took[PROGRESS_TIME_MAX];
	struct text t = { v, 0, sizeof(v) };

	for (uint64_t i = 0; i <= STATE_FAILED; i++)
		if (w->end[i].count > 0)
			text_put(&t, "%s%zu %s", t.len > 0 ? ", " : "",
			    w->end[i].count, field_word(KEY_STATE, i));
	if (t.len > 0)
		warn("%zu device%s: %s; %s", devices, plural(devices),
		    v, progress_time(seconds, took));
	for (uint64_t i = 0; i <= STATE_FAILED; i++)
		sum_up_state(w, (enum state)i);
}
