/*
 * source.h: where time and randomness come from, so that a run can be
 * repeated: --now and --rand replace them.
 */
#ifndef GBA_SOURCE_H
#define GBA_SOURCE_H

#include "octets.h"
#include "status.h"

/* Seconds since 1970-01-01 UTC, and milliseconds for ids that sort. */
uint64_t source_now(void);
uint64_t source_now_ms(void);

/* --now: it is NOW from now on; and, for servers, let time run from there. */
void source_fix_time(uint64_t now);
void source_let_time_run(void);

/* Milliseconds of a clock that nobody sets: for time-outs and windows. */
uint64_t source_monotonic_ms(void);

/* --rand: the first random octets are these LEN, and there are no others. */
void source_fix_random(const uint8_t *v, size_t len);

/*
 * LEN random octets.  OK; REJECTED where --rand is used up; USAGE where it has
 * another length; FAILED.
 */
MUST_USE enum status source_random(uint8_t *out, size_t len);

#endif
