/* trigger_view.c: some triggers of an SA store, and a summary of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/keys.h"
#include "store/trigger_view.h"

/*
 * Rows need not be numbered in the order of time where several programs write
 * to one server; a trigger that nobody here requested begins with its answer.
 */
#define NEWEST(columns) "(SELECT " columns ", row_number() OVER (PARTITION " \
    "BY ue_id ORDER BY coalesce(requested, answered, time) DESC, id DESC) " \
    "AS nth FROM trigger_state) newest WHERE nth = 1 AND time >= $1"

static bool
is_wanted(const struct trigger_view *view, uint64_t state)
{
	return state < STATES && (view->states == 0 ||
	    (view->states & STATE_BIT(state)) != 0);
}

/* ---- some of them ---- */

/* Add the rows of Q: their id and state. */
static enum status
add_rows(struct db *db, struct query *q, const struct trigger_view *view,
    struct rows *rows)
{
	enum status status = OK, done;

	while (status == OK && db_row(q))
		if (is_wanted(view, db_number(q, 1)))
			status = rows_add(rows, db_number(q, 0));
	done = db_done(db, q);
	return done != OK ? done : status;
}

static enum status
find_rows(struct db *db, const struct trigger_view *view, struct rows *rows)
{
	if (view->latest)
		return add_rows(db, db_query(db, "SELECT id, state FROM "
		    NEWEST("id, state, time"), "n", view->since), view, rows);
	return add_rows(db, db_query_all(db, "SELECT id, state FROM "
	    "trigger_state WHERE time >= $1 AND "
	    "($2 >> CAST(state AS INTEGER)) & 1 = 1", "nn", view->since,
	    view->states == 0 ? INT64_MAX : view->states), view, rows);
}

enum status
trigger_view_each(struct db *db, const struct trigger_view *view,
    each_fn *fn, void *arg)
{
	struct rows rows = { 0 };
	enum status status;

	if (view->states == 0 && view->since == 0 && !view->latest)
		return trigger_each(db, fn, arg);
	if ((status = find_rows(db, view, &rows)) == OK) {
		rows_sort(&rows);
		status = trigger_each_row(db, rows.v, rows.count, fn, arg);
	}
	free(rows.v);
	return status;
}

/* ---- a summary ---- */

/* How many have a reason, in one state. */
struct reason {
	UT_hash_handle hh;
	uint64_t count;
	char text[];
};

/*
 * What a detail says, without the address before it: many devices may be out of
 * reach for one reason.
 */
static const char *
reason_of(const char *detail)
{
	const char *end = strstr(detail, ": "), *colon = strchr(detail, ':');

	return end != NULL && colon < end && end[2] != '\0' &&
	    memchr(detail, ' ', (size_t)(end - detail)) == NULL ? end + 2 :
	    detail;
}

static enum status
count_reason(struct reason **reasons, const char *text, uint64_t count)
{
	size_t len = strlen(text);
	struct reason *r;

	HASH_FIND_STR(*reasons, text, r);
	if (r == NULL) {
		if ((r = malloc(sizeof(*r) + len + 1)) == NULL)
			return fail(FAILED, "triggers: no memory");
		r->count = 0;
		memcpy(r->text, text, len + 1);
		HASH_ADD_STR(*reasons, text, r);
		if (!HASH_ADDED(r)) {
			free(r);
			return fail(FAILED, "triggers: no memory");
		}
	}
	r->count += count;
	return OK;
}

static int
more_frequent(const struct reason *a, const struct reason *b)
{
	return a->count != b->count ? (a->count < b->count) -
	    (a->count > b->count) : strcmp(a->text, b->text);
}

/* The most frequent of REASONS into S; REASONS are freed. */
static void
take_reasons(struct state_summary *s, struct reason **reasons)
{
	struct reason *r, *next;
	size_t n = 0;

	HASH_SORT(*reasons, more_frequent);
	HASH_ITER(hh, *reasons, r, next) {
		if (n < SUMMARY_REASONS) {
			s->reason[n].count = r->count;
			snprintf(s->reason[n].text, sizeof(s->reason[n].text),
			    "%s", r->text);
			s->reason_count = ++n;
		} else {
			s->others++;
			s->with_others += r->count;
		}
		HASH_DEL(*reasons, r);
		free(r);
	}
}

/* A group of Q: state, detail, how many, and since when. */
static enum status
add_group(struct query *q, struct state_summary *s, struct reason **reasons)
{
	uint64_t count = db_number(q, 2), oldest = db_number(q, 3),
	    newest = db_number(q, 4);

	if (s->count == 0 || oldest < s->oldest)
		s->oldest = oldest;
	if (newest > s->newest)
		s->newest = newest;
	s->count += count;
	return db_null(q, 1) ? OK :
	    count_reason(reasons, reason_of(db_text(q, 1)), count);
}

#define GROUPS "SELECT state, detail, count(*), min(time), max(time) FROM "

/* To sort a million rows by a reason takes longer than to look at each. */
#define ROWS "SELECT state, detail, 1, time, time FROM trigger_state " \
    "WHERE time >= $1"

enum status
trigger_summary(struct db *db, const struct trigger_view *view,
    struct state_summary summary[static STATES])
{
	struct query *q = view->latest ?
	    db_query(db, GROUPS NEWEST("state, detail, time")
	    " GROUP BY state, detail", "n", view->since) :
	    has_keys(db) ? db_query(db, ROWS, "n", view->since) :
	    db_query_all(db, GROUPS "trigger_state WHERE time >= $1 "
	    "GROUP BY state, detail", "n", view->since);
	struct reason *reasons[STATES] = { NULL };
	enum status status = OK, done;
	uint64_t state;

	memset(summary, 0, STATES * sizeof(summary[0]));
	while (status == OK && db_row(q))
		if (is_wanted(view, state = db_number(q, 0)))
			status = add_group(q, &summary[state],
			    &reasons[state]);
	done = db_done(db, q);
	for (size_t i = 0; i < STATES; i++)
		take_reasons(&summary[i], &reasons[i]);
	return done != OK ? done : status;
}
