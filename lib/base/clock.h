/*
 * clock.h: where time comes from, so that a run can be repeated: --now
 * replaces it.
 */
#ifndef GBA_CLOCK_H
#define GBA_CLOCK_H

#include <stdint.h>

/* Seconds since 1970-01-01 UTC, and milliseconds for ids that sort. */
uint64_t clock_now(void);
uint64_t clock_now_ms(void);

/* --now: it is NOW from now on; and, for servers, let time run from there. */
void clock_fix(uint64_t now);
void clock_release(void);

/* Milliseconds of a clock that nobody sets: for time-outs and windows. */
uint64_t clock_monotonic_ms(void);

#endif
