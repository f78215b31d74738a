/* smpp_window.c: the requests of a session, and how many there may be. */
#include <string.h>

#include "transport/smpp/smpp_window.h"

#define WIDER 50		/* that are taken, for one more */

void
smpp_window_clear(struct smpp_window *s)
{
	memset(s->submit, 0, sizeof(s->submit));
	s->count = 0;
	s->narrowed = 0;
	if (s->window == 0)
		s->window = SMPP_WINDOW_MAX;
}

bool
smpp_window_free(const struct smpp_window *s, uint32_t sequence)
{
	return !s->submit[sequence % SMPP_WINDOW_MAX].taken;
}

void
smpp_window_put(struct smpp_window *s, uint32_t sequence, void *of,
    uint64_t deadline)
{
	s->submit[sequence % SMPP_WINDOW_MAX] = (struct submit){ true, sequence,
	    of, deadline };
	s->count++;
}

bool
smpp_window_answered(struct smpp_window *s, uint32_t sequence, void **of)
{
	struct submit *at = &s->submit[sequence % SMPP_WINDOW_MAX];

	if (!at->taken || at->sequence != sequence)
		return false;
	at->taken = false;
	s->count--;
	*of = at->of;
	return true;
}

void
smpp_window_disown(struct smpp_window *s, uint32_t sequence)
{
	s->submit[sequence % SMPP_WINDOW_MAX].of = NULL;
}

bool
smpp_window_overdue(const struct smpp_window *s, uint64_t now, uint64_t *next)
{
	*next = UINT64_MAX;
	for (size_t i = 0; i < SMPP_WINDOW_MAX && s->count > 0; i++)
		if (s->submit[i].taken && s->submit[i].deadline < *next)
			*next = s->submit[i].deadline;
	return *next <= now;
}

void
smpp_window_wider(struct smpp_window *s)
{
	if (++s->taken % WIDER == 0 && s->window < SMPP_WINDOW_MAX)
		s->window++;
}

/*
 * Those that were on their way when it became narrower, tell nothing of how it
 * is now.
 */
void
smpp_window_narrower(struct smpp_window *s, uint32_t sequence, uint64_t window,
    uint32_t last)
{
	if (sequence <= s->narrowed)
		return;
	s->narrowed = last;
	if (s->window < window)
		window = s->window;
	s->window = window > 1 ? window / 2 : 1;
}
