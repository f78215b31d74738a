/* status_run.c: the triggers of a store, for people and monitors. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "record/json.h"
#include "record/table.h"
#include "runs/choice.h"
#include "runs/status_run.h"

#define LINE_MAX 1024
#define ROWS_MAX ((SUMMARY_REASONS + 2) * 512)	/* of a state, and a head */

enum status
status_check(struct status_options *o)
{
	enum status status = OK;

	if (o->since != NULL)
		status = clock_read("--since", o->since, &o->view.since);
	if (status != OK)
		return status;
	if (o->metrics != NULL && !o->summary)
		return fail(USAGE, "--metrics needs --summary");
	return choice_states(o->state, &o->view.states);
}

struct wanted {
	const struct opt_list *ids;
	struct output *out;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status
show_wanted(void *arg, const struct record *trigger)
{
	const struct wanted *w = arg;
	const char *ue_id = trigger->ue_id.v;

	return bsearch(&ue_id, w->ids->v, w->ids->count, sizeof(ue_id),
	    compare) == NULL ? OK : output_each(w->out, trigger);
}

enum status
status_show(const struct status_options *o, struct db *db,
    struct opt_list *ids, struct output *out)
{
	struct wanted wanted = { ids, out };

	if (ids == NULL)
		return trigger_view_each(db, &o->view, output_each, out);
	if (o->state == NULL && o->since == NULL && !o->view.latest)
		return trigger_each_of(db, ids->v, ids->count, output_each,
		    out);
	if (ids->count > 0)
		qsort(ids->v, ids->count, sizeof(*ids->v), compare);
	return trigger_view_each(db, &o->view, show_wanted, &wanted);
}

/* ---- a summary ---- */

static const int width[] = { 9, 9, 20, 20, 0 };

static void
put_head(struct text *t)
{
	static const char *const word[] = { "STATE", "COUNT", "OLDEST",
	    "NEWEST", "REASON" };

	table_put(t, word, width, COUNT(word));
}

/* Reason I of S, from 0; the last is all others. */
static void
reason_text(const struct state_summary *s, size_t i, char *text, size_t max)
{
	text[0] = '\0';
	if (i < s->reason_count)
		snprintf(text, max, "%s (%" PRIu64 ")", s->reason[i].text,
		    s->reason[i].count);
	else if (i == SUMMARY_REASONS)
		snprintf(text, max, "%" PRIu64 " other%s (%" PRIu64 ")",
		    s->others, plural(s->others), s->with_others);
	message_clean(text);
}

/* A line of the state, with its first reason, and one for each other. */
static void
put_rows(struct text *t, const char *state, const struct state_summary *s)
{
	char count[24], oldest[CLOCK_DATE_MAX], newest[CLOCK_DATE_MAX];
	char reason[sizeof(s->reason[0].text) + 24];
	const char *word[] = { state, count, oldest, newest, reason };
	size_t n = s->reason_count + (s->others > 0);

	snprintf(count, sizeof(count), "%" PRIu64, s->count);
	clock_date(s->oldest, oldest);
	clock_date(s->newest, newest);
	for (size_t i = 0; i == 0 || i < n; i++) {
		reason_text(s, i, reason, sizeof(reason));
		table_put(t, word, width, COUNT(word));
		word[0] = word[1] = word[2] = word[3] = NULL;
	}
}

/* The reasons of S, as members of OBJECT.  Whether there was memory. */
static bool
set_reasons(json_t *object, const struct state_summary *s)
{
	json_t *more = json_array();
	bool good = more != NULL;

	for (size_t i = 1; good && i < s->reason_count; i++)
		good = json_array_append_new(more, json_pack("{s:o, s:I}",
		    "reason", json_text(s->reason[i].text,
		    strlen(s->reason[i].text)), "count",
		    (json_int_t)s->reason[i].count)) == 0;
	if (good && s->reason_count > 0)
		good = json_object_set_new(object, "reason", json_text(
		    s->reason[0].text, strlen(s->reason[0].text))) == 0 &&
		    json_object_set_new(object, "reasons", json_integer(
		    (json_int_t)s->reason[0].count)) == 0;
	if (good && s->reason_count > 1)
		good = json_object_set(object, "more_reasons", more) == 0;
	if (good && s->others > 0)
		good = json_object_set_new(object, "other_reasons",
		    json_integer((json_int_t)s->with_others)) == 0;
	json_decref(more);
	return good;
}

static enum status
put_json(struct output *out, const char *state, const struct state_summary *s)
{
	json_t *object = json_pack("{s:s, s:I, s:I, s:I}", "state", state,
	    "count", (json_int_t)s->count, "oldest", (json_int_t)s->oldest,
	    "newest", (json_int_t)s->newest);
	char *v = NULL;

	if (object != NULL && set_reasons(object, s))
		v = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (v == NULL)
		return fail(FAILED, "summary: no memory");
	output_put(out, v, strlen(v));
	output_put(out, "\n", 1);
	free(v);
	return OK;
}

static enum status
put_summary(struct output *out, const struct state_summary summary[])
{
	enum status status = OK;
	char v[ROWS_MAX];
	struct text t = { v, 0, sizeof(v) };
	bool json = out->format == FORMAT_JSON;

	for (uint64_t i = 0; i < STATES && status == OK; i++) {
		const char *state = field_word(KEY_STATE, i);

		if (summary[i].count == 0)
			continue;
		t.len = 0;
		if (json) {
			status = put_json(out, state, &summary[i]);
			continue;
		}
		if (!out->headed)
			put_head(&t);
		out->headed = true;
		put_rows(&t, state, &summary[i]);
		output_put(out, v, t.len);
	}
	return status;
}

/* ---- figures for Prometheus ---- */

/* A state that nobody is in is 0, and has no times. */
static void
put_figures(struct output *out, const struct state_summary summary[],
    const char *name, const char *help, size_t offset)
{
	bool is_count = offset == offsetof(struct state_summary, count);
	char v[LINE_MAX];
	struct text t = { v, 0, sizeof(v) };

	text_put(&t, "# HELP gba_push_%s %s\n# TYPE gba_push_%s gauge\n", name,
	    help, name);
	for (uint64_t i = STATE_REQUESTED; i < STATES; i++) {
		const struct state_summary *s = &summary[i];

		if (s->count > 0 || is_count)
			text_put(&t, "gba_push_%s{state=\"%s\"} %" PRIu64 "\n",
			    name, field_word(KEY_STATE, i), *(const uint64_t *)
			    (const void *)((const char *)s + offset));
	}
	output_put(out, v, t.len);
}

/* Who gathers them is another user, and nothing in them is secret. */
static enum status
write_metrics(const char *name, const struct state_summary summary[])
{
	struct output out = { .name = name };
	enum status status = output_open(&out, name);

	if (status == OK && output_appears(&out))
		(void)fchmod(out.fd, 0644);
	put_figures(&out, summary, "triggers", "Triggers by state.",
	    offsetof(struct state_summary, count));
	put_figures(&out, summary, "trigger_oldest_timestamp_seconds",
	    "Since when the oldest trigger is in its state.",
	    offsetof(struct state_summary, oldest));
	put_figures(&out, summary, "trigger_newest_timestamp_seconds",
	    "Since when the newest trigger is in its state.",
	    offsetof(struct state_summary, newest));
	return output_close(&out, status);
}

enum status
status_summarize(const struct status_options *o, struct db *db,
    struct output *out)
{
	struct state_summary summary[STATES];
	enum status status = trigger_summary(db, &o->view, summary);

	if (status != OK)
		return status;
	return o->metrics != NULL ? write_metrics(o->metrics, summary) :
	    put_summary(out, summary);
}
