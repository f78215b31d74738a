/*
 * clock.h: the time.  --now replaces it, so that a run can be repeated.
 */
#ifndef GBA_CLOCK_H
#define GBA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#define CLOCK_BOOT_ID 16

/* The time since 1970-01-01 UTC, in seconds and in milliseconds. */
uint64_t clock_now(void);
uint64_t clock_now_ms(void);

/* SECONDS since 1970 as in RFC 3339, 2026-11-25T20:10:08Z; returns OUT. */
#define CLOCK_DATE_MAX 32
char *clock_date(uint64_t seconds, char out[static CLOCK_DATE_MAX]);

/*
 * Read a moment, the TEXT of an OPTION: seconds since 1970; a date, with a time
 * of UTC or without, as clock_date() has it; or 90s, 15m, 12h, 30d: so long
 * before now.  OK, perhaps with a warning; or USAGE where it is none of these.
 */
MUST_USE enum status clock_read(const char *option, const char *text,
    uint64_t *seconds);

/*
 * The moment on a clock that nobody sets, and that goes on while the machine
 * sleeps: milliseconds since it booted, and the UUID of that boot.  --now
 * leaves it as it is.  False where the system does not tell.
 */
bool clock_since_boot(uint8_t boot_id[static CLOCK_BOOT_ID], uint64_t *ms);

/* --now: the time is NOW.  clock_release() lets it run on from there. */
void clock_fix(uint64_t now);
void clock_release(void);
bool clock_is_fixed(void);	/* whether there was a --now */

/* Milliseconds of a clock that nobody can set: for time-outs and windows. */
uint64_t clock_monotonic_ms(void);

#endif
