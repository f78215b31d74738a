/* random.c: random octets, which --rand replaces. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/random.h"

static struct {
	bool fixed, used;
	uint8_t v[64];
	size_t len;
} fixed_random;

/* Unused random octets: one system call serves many vectors of a thread. */
static _Thread_local struct {
	uint8_t v[4096];
	size_t left;
} pool;

void
random_fix(const uint8_t *v, size_t len)
{
	fixed_random.fixed = true;
	fixed_random.len = len < sizeof(fixed_random.v) ? len :
	    sizeof(fixed_random.v);
	memcpy(fixed_random.v, v, fixed_random.len);
}

bool
random_is_fixed(void)
{
	return fixed_random.fixed;
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
random_octets(uint8_t *out, size_t len)
{
	enum status status;

	if (fixed_random.fixed) {
		if (fixed_random.used)
			return fail(REJECTED, "--rand is for one record only");
		if (len != fixed_random.len)
			return fail(USAGE, "--rand: %zu octet%s given, %zu "
			    "needed", fixed_random.len,
			    plural(fixed_random.len), len);
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
