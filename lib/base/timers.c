/* timers.c: moments that are waited for. */
#include <stdlib.h>

#include "base/array.h"
#include "base/timers.h"

static void
put(struct timers *ts, size_t place, struct timer *t)
{
	ts->heap[place - 1] = t;
	t->place = place;
}

/* Let T, whose place may be wrong now, find its own: up, or else down. */
static void
settle(struct timers *ts, struct timer *t)
{
	size_t at = t->place, next;

	for (; at > 1 && ts->heap[at / 2 - 1]->at > t->at; at /= 2)
		put(ts, at, ts->heap[at / 2 - 1]);
	while ((next = 2 * at) <= ts->count) {
		if (next < ts->count &&
		    ts->heap[next]->at < ts->heap[next - 1]->at)
			next++;
		if (ts->heap[next - 1]->at >= t->at)
			break;
		put(ts, at, ts->heap[next - 1]);
		at = next;
	}
	put(ts, at, t);
}

enum status
timers_add(struct timers *ts, struct timer *t)
{
	if (!array_reserve(ts->heap, ts->room, ts->count + 1))
		return fail(FAILED, "timers: no memory");
	put(ts, ++ts->count, t);
	settle(ts, t);
	return OK;
}

void
timers_remove(struct timers *ts, struct timer *t)
{
	size_t place = t->place;

	if (place == 0)
		return;
	t->place = 0;
	if (place == ts->count--)
		return;
	put(ts, place, ts->heap[ts->count]);
	settle(ts, ts->heap[place - 1]);
}

void
timers_set(struct timers *ts, struct timer *t, uint64_t at)
{
	if (t->at == at || t->place == 0)
		return;
	t->at = at;
	settle(ts, t);
}

struct timer *
timers_first(const struct timers *ts)
{
	return ts->count == 0 ? NULL : ts->heap[0];
}

void
timers_free(struct timers *ts)
{
	free(ts->heap);
	ts->heap = NULL;
	ts->count = ts->room = 0;
}
