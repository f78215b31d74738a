/*
 * trigger_window.h: the time in which a device may send: Trigger Time from the
 * trigger on, where there is one, and never beyond Key_LT.
 */
#ifndef GBA_TRIGGER_WINDOW_H
#define GBA_TRIGGER_WINDOW_H

#include "record/record.h"

struct trigger_window {
	uint64_t start_ms;	/* since 1970 */
	uint64_t trigger_time;	/* 0: none */
	uint64_t key_lt;
};

/* That of TRIGGER, a record that may have a trigger_time. */
void trigger_window_set(struct trigger_window *, const struct record *trigger,
    uint64_t start_ms, uint64_t key_lt);

/* Milliseconds that are left; 0: it is over. */
uint64_t trigger_window_left_ms(const struct trigger_window *);

/* Say that it is over, as a failure: REJECTED. */
MUST_USE enum status trigger_window_over(const struct trigger_window *);

#endif
