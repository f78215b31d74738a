/* trigger_window.c: the time in which a device may send. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "connection/trigger_window.h"

/* No clock that showed less was set: 2020-01-01. */
#define NO_DATE_MS (1577836800 * UINT64_C(1000))

void
trigger_window_note(struct record *accepted)
{
	uint8_t boot_id[CLOCK_BOOT_ID];
	uint64_t ms;

	if (clock_is_fixed() || !clock_since_boot(boot_id, &ms))
		return;
	record_put(accepted, KEY_BOOT_ID, boot_id, sizeof(boot_id));
	record_put_uint(accepted, KEY_UPTIME, ms);
}

void
trigger_window_set(struct trigger_window *w, const struct record *trigger,
    uint64_t start_ms, uint64_t key_lt)
{
	w->since_boot = false;
	w->start_ms = start_ms;
	w->trigger_time = record_has(trigger, HAS(TRIGGER_TIME)) ?
	    trigger->trigger_time : 0;
	w->key_lt = key_lt;
}

void
trigger_window_accepted(struct trigger_window *w, const struct record *r)
{
	uint8_t boot_id[CLOCK_BOOT_ID];
	uint64_t ms;

	trigger_window_set(w, r, r->time * 1000, r->key_lt);
	if (clock_is_fixed())
		return;
	/* a moment to come is one of another time namespace */
	if (record_has(r, HAS(BOOT_ID) | HAS(UPTIME)) &&
	    clock_since_boot(boot_id, &ms) && r->uptime <= ms &&
	    memcmp(boot_id, r->boot_id.v, CLOCK_BOOT_ID) == 0) {
		w->since_boot = true;
		w->start_ms = r->uptime;
	} else if (w->start_ms < NO_DATE_MS) {
		trigger_window_begin(w);
	}
}

void
trigger_window_begin(struct trigger_window *w)
{
	uint8_t boot_id[CLOCK_BOOT_ID];

	w->since_boot = clock_since_boot(boot_id, &w->start_ms);
	if (!w->since_boot)
		w->start_ms = clock_now_ms();
}

/* What is left of the key and of Trigger Time; below 0 once it is over. */
static int64_t
key_left_ms(const struct trigger_window *w)
{
	return (int64_t)(w->key_lt * 1000 - clock_now_ms());
}

static int64_t
trigger_left_ms(const struct trigger_window *w)
{
	uint8_t boot_id[CLOCK_BOOT_ID];
	uint64_t now = clock_now_ms();

	if (w->trigger_time == 0)
		return INT64_MAX;
	if (w->since_boot)
		(void)clock_since_boot(boot_id, &now);
	return (int64_t)(w->start_ms + w->trigger_time * 1000 - now);
}

uint64_t
trigger_window_left_ms(const struct trigger_window *w)
{
	int64_t key = key_left_ms(w), trigger = trigger_left_ms(w);
	int64_t left = key < trigger ? key : trigger;

	return left > 0 ? (uint64_t)left : 0;
}

enum status
trigger_window_over(const struct trigger_window *w)
{
	char date[CLOCK_DATE_MAX];

	if (key_left_ms(w) <= trigger_left_ms(w))
		return fail(REJECTED, "the key expired at %s",
		    clock_date(w->key_lt, date));
	return fail(REJECTED, "trigger_time: the window of %" PRIu64
	    " second%s is over", w->trigger_time, plural(w->trigger_time));
}
