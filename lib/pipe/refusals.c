/* refusals.c: says what a stage refused. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "pipe/refusals.h"

#define AT_ONCE 2000		/* when sparing; then one a second */
#define HELD_MS 5000		/* until the last part may have come */

void
refusals_begin(struct refusals *r, const struct stage *stage, void *arg)
{
	*r = (struct refusals){ .stage = stage, .arg = arg };
	bucket_begin(&r->allowed, 1, AT_ONCE);
}

static void
tell_alike(struct refusals *r)
{
	const char *input = r->input != NULL ? r->input : "";
	const char *colon = r->input != NULL ? ": " : "";
	const char *what = r->lines ? "line" : "record";

	if (r->alike == 2)
		warn("%s%s%s %" PRIu64 ": likewise", input, colon, what,
		    r->last);
	else if (r->alike > 2)
		warn("%s%s%ss %" PRIu64 " to %" PRIu64 ": likewise", input,
		    colon, what, r->last - r->alike + 2, r->last);
	r->alike = 0;
}

/* Whether it does not even begin as a record or a GPI, or as JSON. */
static bool
is_none(const struct item *item)
{
	uint8_t first = item->v[0];

	return item->line > 0 ? first != '{' && first != '[' :
	    !CBOR_IS_ARRAY(first) && !CBOR_IS_MAP(first);
}

/*
 * A file of something else is CBOR as well: items of an octet or a few that
 * are neither records nor GPIs.  Or it is lines of CSV.  The first of them says
 * it for the others.
 */
static bool
is_alike(struct refusals *r, const struct item *item)
{
	bool alike = r->stage->complain == NULL && item->v != NULL &&
	    item->r == NULL && item->arrival == NULL && is_none(item);
	uint64_t number = item->line > 0 ? item->line : item->number;

	if (!alike || r->alike == 0 || number != r->last + 1)
		tell_alike(r);
	r->alike += alike;
	r->lines = item->line > 0;
	r->last = number;
	return r->alike > 1;
}

static void
tell_unsaid(struct refusals *r)
{
	if (r->unsaid > 0)
		warn("%" PRIu64 " more %s refused, too many at once to "
		    "report each", r->unsaid, r->unsaid == 1 ? "was" : "were");
	r->unsaid = 0;
}

static void
tell(struct refusals *r, const struct item *item)
{
	if (is_alike(r, item)) {
		fail_said();
		return;
	}
	if (r->stage->sparing && !bucket_take(&r->allowed)) {
		r->unsaid++;
		fail_said();
		return;
	}
	tell_unsaid(r);
	if (r->stage->complain != NULL)
		r->stage->complain(r->arg, item);
	else
		complain("%s%s%s %" PRIu64 ": ", r->input != NULL ? r->input :
		    "", r->input != NULL ? ": " : "", item->line > 0 ? "line" :
		    "record", item->line > 0 ? item->line : item->number);
}

/* ---- GPIs of which another may prove itself ---- */

static enum status
tell_held(struct refusals *r, struct refused *held)
{
	held->until = 0;
	held->item.arrival = &held->arrival;
	(void)fail_as(&held->outcome);
	tell(r, &held->item);
	return held->item.status;
}

/* All whose time has come at NOW. */
static enum status
tell_until(struct refusals *r, uint64_t now)
{
	enum status worst = OK;

	for (size_t i = 0; i < REFUSALS_HELD; i++)
		if (r->held[i].until != 0 && r->held[i].until <= now)
			worst = status_worst(worst, tell_held(r, &r->held[i]));
	return worst;
}

enum status
refusals_say(struct refusals *r, const struct item *item)
{
	struct refused *held = r->held;
	struct outcome outcome;
	enum status told = OK;

	if (item->arrival == NULL || item->arrival->message == 0) {
		tell(r, item);
		return item->status;
	}
	/* a free place, or that of the oldest */
	for (size_t i = 1; i < REFUSALS_HELD; i++)
		if (r->held[i].until < held->until)
			held = &r->held[i];
	outcome = outcome_of(item->status);
	if (held->until != 0)
		told = tell_held(r, held);
	held->until = clock_monotonic_ms() + HELD_MS;
	held->item = *item;
	held->arrival.listener = item->arrival->listener;
	held->arrival.message = item->arrival->message;
	memcpy(held->arrival.peer, item->arrival->peer,
	    sizeof(held->arrival.peer));
	held->outcome = outcome;
	return told;
}

void
refusals_proved(struct refusals *r, const struct item *item)
{
	const struct arrival *a = item->arrival;

	for (size_t i = 0; a != NULL && i < REFUSALS_HELD; i++)
		if (r->held[i].arrival.listener == a->listener &&
		    r->held[i].arrival.message == a->message)
			r->held[i].until = 0;
}

uint64_t
refusals_wake(const struct refusals *r)
{
	uint64_t next = LOOP_NEVER;

	for (size_t i = 0; i < REFUSALS_HELD; i++)
		if (r->held[i].until != 0 && r->held[i].until < next)
			next = r->held[i].until;
	return next;
}

enum status
refusals_due(struct refusals *r)
{
	return tell_until(r, clock_monotonic_ms());
}

enum status
refusals_end(struct refusals *r)
{
	enum status worst = tell_until(r, LOOP_NEVER);

	tell_alike(r);
	tell_unsaid(r);
	return worst;
}
