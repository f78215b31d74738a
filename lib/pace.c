/* pace.c: so many a second, evenly. */
#include "pace.h"
#include "source.h"

#define TURN 1000	/* what a turn costs; a millisecond brings RATE */
#define LATE_MS 2	/* a wait may end so late, and no turn is lost */

void
pace_begin(struct pace *p, uint64_t rate)
{
	*p = (struct pace){ rate, TURN, source_monotonic_ms() };
}

bool
pace_take(struct pace *p)
{
	uint64_t most = LATE_MS * p->rate > TURN ? LATE_MS * p->rate : TURN;
	uint64_t now, passed;

	if (p->rate == 0)
		return true;
	now = source_monotonic_ms();
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
pace_next(const struct pace *p)
{
	return p->at + (TURN - p->credit + p->rate - 1) / p->rate;
}
