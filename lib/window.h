/*
 * window.h: the time in which a device may send: Trigger Time from the
 * trigger on, where there is one, and never beyond Key_LT.
 */
#ifndef GBA_WINDOW_H
#define GBA_WINDOW_H

#include "record.h"

struct window {
	uint64_t start_ms;	/* since 1970 */
	uint64_t trigger_time;	/* 0: none */
	uint64_t key_lt;
};

/* That of TRIGGER, a record that may have a trigger_time. */
void window_set(struct window *, const struct record *trigger,
    uint64_t start_ms, uint64_t key_lt);

/* Milliseconds that are left; 0: it is over. */
uint64_t window_left_ms(const struct window *);

/* Say that it is over, as a failure: REJECTED. */
MUST_USE enum status window_over(const struct window *);

#endif
