/*
 * trigger_window.h: the time in which a device may send: Trigger Time from the
 * trigger on, where there is one, and never beyond Key_LT.
 */
#ifndef GBA_TRIGGER_WINDOW_H
#define GBA_TRIGGER_WINDOW_H

#include "record/record.h"

struct trigger_window {
	bool since_boot;	/* START_MS is, on a clock that nobody sets */
	uint64_t start_ms;	/* else since 1970 */
	uint64_t trigger_time;	/* 0: none */
	uint64_t key_lt;
};

/*
 * Note in ACCEPTED what the clock shows that nobody sets; with --now nothing,
 * so that a run can be repeated.
 */
void trigger_window_note(struct record *accepted);

/* That of TRIGGER, a record that may have a trigger_time. */
void trigger_window_set(struct trigger_window *, const struct record *trigger,
    uint64_t start_ms, uint64_t key_lt);

/*
 * That of an ACCEPTED record.  It counts from the noted moment if the machine
 * has not booted since, so that nobody who sets the clock changes it;
 * otherwise, and with --now, from the record's time.  If that is of a clock
 * that was not set, it counts from now: the server knows better.
 */
void trigger_window_accepted(struct trigger_window *,
    const struct record *accepted);

/* Let it begin now. */
void trigger_window_begin(struct trigger_window *);

/* Milliseconds that are left; 0: it is over. */
uint64_t trigger_window_left_ms(const struct trigger_window *);

/* Say that it is over, as a failure: REJECTED. */
MUST_USE enum status trigger_window_over(const struct trigger_window *);

#endif
