/*
 * commit.h: what sessions have to store, in one transaction, and what they may
 * then say: that the trigger response is accepted, or that all is well.
 */
#ifndef GBA_COMMIT_H
#define GBA_COMMIT_H

#include "connection/session.h"

/* Sessions in the order in which they came. */
struct commit {
	struct session *first, **last;
};

static inline void
commit_empty(struct commit *g)
{
	g->first = NULL;
	g->last = &g->first;
}

static inline void
commit_add(struct commit *g, struct session *s)
{
	s->next = NULL;
	*g->last = s;
	g->last = &s->next;
}

/*
 * Store what the sessions have to, which all want that, as what SERVICE has;
 * each then goes on, whatever became of it.  One that is refused or fails
 * costs itself only; where the store itself fails, all of them fail.
 */
void commit_store(const struct service *, const struct commit *);

#endif
