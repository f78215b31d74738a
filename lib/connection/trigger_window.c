/* trigger_window.c: the time in which a device may send. */
#include <inttypes.h>

#include "base/clock.h"
#include "connection/trigger_window.h"

static bool
key_lt_bounds(const struct trigger_window *w)
{
	return w->trigger_time == 0 ||
	    w->key_lt * 1000 <= w->start_ms + w->trigger_time * 1000;
}

void
trigger_window_set(struct trigger_window *w, const struct record *trigger,
    uint64_t start_ms, uint64_t key_lt)
{
	w->start_ms = start_ms;
	w->trigger_time = record_has(trigger, HAS(TRIGGER_TIME)) ?
	    trigger->trigger_time : 0;
	w->key_lt = key_lt;
}

uint64_t
trigger_window_left_ms(const struct trigger_window *w)
{
	uint64_t end = key_lt_bounds(w) ? w->key_lt * 1000 :
	    w->start_ms + w->trigger_time * 1000;
	uint64_t now = clock_now_ms();

	return end > now ? end - now : 0;
}

enum status
trigger_window_over(const struct trigger_window *w)
{
	char date[CLOCK_DATE_MAX];

	if (key_lt_bounds(w))
		return fail(REJECTED, "the key expired at %s",
		    clock_date(w->key_lt, date));
	return fail(REJECTED, "trigger_time: the window of %" PRIu64
	    " seconds is over", w->trigger_time);
}
