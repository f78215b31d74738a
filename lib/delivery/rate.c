/* rate.c: so many a second, evenly. */
#include "base/clock.h"
#include "delivery/rate.h"

#define TURN 1000	/* what a turn costs; a millisecond brings RATE */
#define LATE_MS 2	/* a wait may end so late, and no turn is lost */

void
rate_begin(struct rate *p, uint64_t rate)
{
	*p = (struct rate){ rate, TURN, clock_monotonic_ms() };
}

bool
rate_take(struct rate *p)
{
	uint64_t most = LATE_MS * p->rate > TURN ? LATE_MS * p->rate : TURN;
	uint64_t now, passed;

	if (p->rate == 0)
		return true;
	now = clock_monotonic_ms();
	passed = now - p->at < 1000 ? now - p->at : 1000;
	p->credit += passed * p->rate;
	/* what is not used is lost: nobody wants them all at once later */
	if (p->credit > most)
		p->credit = most;
	p->at = now;
	if (p->credit < TURN)
		return false;
	p->credit -= TURN;
	return true;
}

uint64_t
rate_next(const struct rate *p)
{
	return p->at + (TURN - p->credit + p->rate - 1) / p->rate;
}
