/* bucket.c: so many turns a second, evenly, and some at once. */
#include "base/bucket.h"
#include "base/clock.h"

#define TURN 1000	/* what a turn costs; a millisecond brings RATE */
#define LATE_MS 2	/* a wait may end so late, and no turn is lost */

void
bucket_begin(struct bucket *b, uint64_t rate, uint64_t burst)
{
	*b = (struct bucket){ rate, burst, TURN * burst,
	    clock_monotonic_ms() };
}

/* What a full bucket holds; more than that is lost. */
static uint64_t
full(const struct bucket *b)
{
	uint64_t burst = TURN * b->burst, late = LATE_MS * b->rate;

	return burst > late ? burst : late;
}

bool
bucket_take(struct bucket *b)
{
	uint64_t now, passed, enough;

	if (b->rate == 0)
		return true;
	now = clock_monotonic_ms();
	enough = full(b) / b->rate + 1;	/* milliseconds that fill it */
	passed = now - b->at < enough ? now - b->at : enough;
	b->credit += passed * b->rate;
	if (b->credit > full(b))
		b->credit = full(b);
	b->at = now;
	if (b->credit < TURN)
		return false;
	b->credit -= TURN;
	return true;
}

uint64_t
bucket_next(const struct bucket *b)
{
	return b->at + (TURN - b->credit + b->rate - 1) / b->rate;
}
