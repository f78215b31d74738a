/*
 * trigger_view.h: some triggers of an SA store, and a summary of them.
 */
#ifndef GBA_TRIGGER_VIEW_H
#define GBA_TRIGGER_VIEW_H

#include "store/store.h"

#define STATES (STATE_FAILED + 1)

/* Which triggers are meant. */
struct trigger_view {
	uint64_t states;	/* a bit for each, or 0: in any */
	uint64_t since;		/* in their state since this moment or later */
	bool latest;		/* the newest of each device alone */
};

/* Walk them in the order of the requests.  OK; FAILED; or what EACH returns. */
MUST_USE enum status trigger_view_each(struct db *,
    const struct trigger_view *, each_fn *, void *);

/*
 * Those in one state: their number, since when they are in it, and what most of
 * them have as the reason: the detail without the address at its beginning.
 */
#define SUMMARY_REASONS 10

struct state_summary {
	uint64_t count, oldest, newest;
	size_t reason_count;
	struct {
		uint64_t count;		/* of those that have it */
		char text[255 + 1];
	} reason[SUMMARY_REASONS];	/* the most frequent first */
	uint64_t others, with_others;	/* other reasons, and who has them */
};

/* The summary of each state.  OK or FAILED. */
MUST_USE enum status trigger_summary(struct db *,
    const struct trigger_view *, struct state_summary[static STATES]);

#endif
