/* submits.c: the requests of a session, and how many there may be. */
#include <string.h>

#include "submits.h"

#define WIDER 50		/* that are taken, for one more */

void
submits_clear(struct submits *s)
{
	memset(s->submit, 0, sizeof(s->submit));
	s->count = 0;
	s->narrowed = 0;
	if (s->window == 0)
		s->window = SUBMITS_MAX;
}

bool
submits_free(const struct submits *s, uint32_t sequence)
{
	return !s->submit[sequence % SUBMITS_MAX].taken;
}

void
submits_put(struct submits *s, uint32_t sequence, void *of, uint64_t deadline)
{
	s->submit[sequence % SUBMITS_MAX] = (struct submit){ true, sequence,
	    of, deadline };
	s->count++;
}

bool
submits_answered(struct submits *s, uint32_t sequence, void **of)
{
	struct submit *at = &s->submit[sequence % SUBMITS_MAX];

	if (!at->taken || at->sequence != sequence)
		return false;
	at->taken = false;
	s->count--;
	*of = at->of;
	return true;
}

void
submits_disown(struct submits *s, uint32_t sequence)
{
	s->submit[sequence % SUBMITS_MAX].of = NULL;
}

bool
submits_overdue(const struct submits *s, uint64_t now, uint64_t *next)
{
	*next = UINT64_MAX;
	for (size_t i = 0; i < SUBMITS_MAX && s->count > 0; i++)
		if (s->submit[i].taken && s->submit[i].deadline < *next)
			*next = s->submit[i].deadline;
	return *next <= now;
}

void
submits_wider(struct submits *s)
{
	if (++s->taken % WIDER == 0 && s->window < SUBMITS_MAX)
		s->window++;
}

/*
 * Those that were on their way when it became narrower, tell nothing of how it
 * is now.
 */
void
submits_narrower(struct submits *s, uint32_t sequence, uint64_t window,
    uint32_t last)
{
	if (sequence <= s->narrowed)
		return;
	s->narrowed = last;
	if (s->window < window)
		window = s->window;
	s->window = window > 1 ? window / 2 : 1;
}
