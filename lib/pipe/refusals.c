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

void
refusals_end(struct refusals *r)
{
	if (r->unsaid > 0)
		warn("%" PRIu64 " more were refused, too many at once to "
		    "report each", r->unsaid);
	r->unsaid = 0;
}

void
refusals_say(struct refusals *r, const struct item *item)
{
	if (r->stage->sparing && !bucket_take(&r->allowed)) {
		r->unsaid++;
		fail_said();
		return;
	}
	refusals_end(r);
	if (r->stage->complain != NULL)
		r->stage->complain(r->arg, item);
	else
		complain("%s%s%s %" PRIu64 ": ", r->input != NULL ? r->input :
		    "", r->input != NULL ? ": " : "", item->line > 0 ? "line" :
		    "record", item->line > 0 ? item->line : item->number);
}
