/*
 * clock.h: the time.  --now replaces it, so that a run can be repeated.
 */
#ifndef GBA_CLOCK_H
#define GBA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The time since 1970-01-01 UTC, in seconds and in milliseconds. */
uint64_t clock_now(void);
uint64_t clock_now_ms(void);

/* SECONDS since 1970 as in RFC 3339, 2026-11-25T20:10:08Z; returns OUT. */
#define CLOCK_DATE_MAX 32
char *clock_date(uint64_t seconds, char out[static CLOCK_DATE_MAX]);

/*
 * Read a moment: seconds since 1970; a date, with a time of UTC or without, as
 * clock_date() has it; or 90s, 15m, 12h, 30d: so long before now.  False where
 * it is none of these.
 */
bool clock_read(const char *text, uint64_t *seconds);

/* --now: the time is NOW.  clock_release() lets it run on from there. */
void clock_fix(uint64_t now);
void clock_release(void);

/* Milliseconds of a clock that nobody can set: for time-outs and windows. */
uint64_t clock_monotonic_ms(void);

#endif
