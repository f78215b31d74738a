/*
 * flood.h: failures of many items for few reasons.  The first of each reason
 * are said one by one, and then one line a second says how many there were.
 */
#ifndef GBA_FLOOD_H
#define GBA_FLOOD_H

#include "base/bucket.h"

#define FLOOD_AT_ONCE 10
#define FLOOD_REASONS 8

struct flood {
	struct flood_reason {
		char text[128];
		struct bucket turns;	/* begun with the first */
		uint64_t count, unsaid;	/* in all; since the last line */
		bool flooded;		/* not all had a line of their own */
	} v[FLOOD_REASONS + 1];		/* the last: all other reasons */
};

/*
 * One more item has failed for REASON, which does not name the item.  True: the
 * caller says so.  False: the caller does not; it is counted, and a line may
 * have said how many are.
 */
bool flood_passes(struct flood *, const char *reason);

/* Say how many there were in all, of each reason that was counted. */
void flood_end(const struct flood *);

#endif
