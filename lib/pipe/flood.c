/* flood.c: failures of many items for few reasons. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "pipe/flood.h"

static struct flood_reason *
find(struct flood *f, const char *reason)
{
	struct flood_reason *r = f->v, *others = &f->v[FLOOD_REASONS];

	while (r < others && r->count > 0 &&
	    strncmp(r->text, reason, sizeof(r->text) - 1) != 0)
		r++;
	if (r->count > 0)
		return r;
	snprintf(r->text, sizeof(r->text), "%s", r < others ? reason :
	    "other reasons");
	bucket_begin(&r->turns, 1, FLOOD_AT_ONCE);
	return r;
}

bool
flood_passes(struct flood *f, const char *reason)
{
	struct flood_reason *r = find(f, reason);
	bool alone = r->unsaid == 0;

	r->count++;
	if (!bucket_take(&r->turns)) {
		r->flooded = true;
		r->unsaid++;
		return false;
	}
	if (!alone)
		warn("%" PRIu64 " more failed: %s", r->unsaid + 1, r->text);
	r->unsaid = 0;
	return alone;
}

void
flood_end(const struct flood *f)
{
	for (size_t i = 0; i < COUNT(f->v); i++)
		if (f->v[i].flooded)
			warn("%" PRIu64 " failed in all: %s", f->v[i].count,
			    f->v[i].text);
}
