/* clock.c: the time, which --now replaces. */
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

static struct {
	bool fixed, running;
	uint64_t now_ms, since_ms;	/* --now, and when it was set */
} fixed_time;

static uint64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

uint64_t
clock_now_ms(void)
{
	if (!fixed_time.fixed)
		return clock_ms(CLOCK_REALTIME);
	if (!fixed_time.running)
		return fixed_time.now_ms;
	return fixed_time.now_ms + clock_monotonic_ms() - fixed_time.since_ms;
}

uint64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

char *
clock_date(uint64_t seconds, char out[static CLOCK_DATE_MAX])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	strftime(out, CLOCK_DATE_MAX, "%Y-%m-%dT%H:%M:%SZ",
	    gmtime_r(&when, &tm));
	return out;
}

void
clock_fix(uint64_t now)
{
	fixed_time.fixed = true;
	fixed_time.now_ms = now * 1000;
	fixed_time.since_ms = clock_monotonic_ms();
}

void
clock_release(void)
{
	fixed_time.running = true;
}
