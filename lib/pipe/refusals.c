/* refusals.c: says what a stage refused. */
#include <inttypes.h>

#include "pipe/refusals.h"

#define AT_ONCE 2000		/* when sparing; then one a second */

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

	if (r->alike == 2)
		warn("%s%srecord %" PRIu64 ": likewise", input, colon, r->last);
	else if (r->alike > 2)
		warn("%s%srecords %" PRIu64 " to %" PRIu64 ": likewise", input,
		    colon, r->last - r->alike + 2, r->last);
	r->alike = 0;
}

/*
 * A file of something else is CBOR as well: items of an octet or a few that
 * are neither records nor GPIs.  The first of them says it for the others.
 */
static bool
is_alike(struct refusals *r, const struct item *item)
{
	bool alike = r->stage->complain == NULL && item->v != NULL &&
	    item->r == NULL && item->line == 0 && item->arrival == NULL &&
	    !CBOR_IS_ARRAY(item->v[0]) && !CBOR_IS_MAP(item->v[0]);

	if (!alike || r->alike == 0 || item->number != r->last + 1)
		tell_alike(r);
	r->alike += alike;
	r->last = item->number;
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

void
refusals_end(struct refusals *r)
{
	tell_alike(r);
	tell_unsaid(r);
}

void
refusals_say(struct refusals *r, const struct item *item)
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
