/* source.c: where time and randomness come from. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "source.h"

static struct {
	bool fixed, running;
	uint64_t now_ms, since_ms;	/* fixed time, and when it was fixed */
} fixed_time;

static struct {
	bool fixed, used;
	uint8_t v[64];
	size_t len;
} fixed_random;

/* Unused random octets; one system call serves many vectors. */
static struct {
	uint8_t v[4096];
	size_t left;
} pool;

static uint64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
source_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

uint64_t
source_now_ms(void)
{
	if (!fixed_time.fixed)
		return clock_ms(CLOCK_REALTIME);
	if (!fixed_time.running)
		return fixed_time.now_ms;
	return fixed_time.now_ms + source_monotonic_ms() - fixed_time.since_ms;
}

uint64_t
source_now(void)
{
	return source_now_ms() / 1000;
}

void
source_fix_time(uint64_t now)
{
	fixed_time.fixed = true;
	fixed_time.now_ms = now * 1000;
	fixed_time.since_ms = source_monotonic_ms();
}

void
source_let_time_run(void)
{
	fixed_time.running = true;
}

void
source_fix_random(const uint8_t *v, size_t len)
{
	fixed_random.fixed = true;
	fixed_random.len = len < sizeof(fixed_random.v) ? len :
	    sizeof(fixed_random.v);
	memcpy(fixed_random.v, v, fixed_random.len);
}

static enum status
refill(void)
{
	ssize_t n = getrandom(pool.v, sizeof(pool.v), 0);

	if (n < (ssize_t)sizeof(pool.v))
		return fail(FAILED, "random: %s", strerror(errno));
	pool.left = sizeof(pool.v);
	return OK;
}

enum status
source_random(uint8_t *out, size_t len)
{
	enum status status;

	if (fixed_random.fixed) {
		if (fixed_random.used)
			return fail(REJECTED, "rand: found a second record, "
			    "expected one with --rand");
		if (len != fixed_random.len)
			return fail(USAGE, "--rand: found %zu octets, "
			    "expected %zu", fixed_random.len, len);
		memcpy(out, fixed_random.v, len);
		fixed_random.used = true;
		return OK;
	}
	if (len > pool.left && (status = refill()) != OK)
		return status;
	pool.left -= len;
	memcpy(out, pool.v + pool.left, len);
	wipe(pool.v + pool.left, len);
	return OK;
}
