/*
 * callers.h: who is connected under which P-TID: a hash table.
 */
#ifndef GBA_CALLERS_H
#define GBA_CALLERS_H

#include "octets.h"
#include "status.h"

struct caller {
	const char *p_tid;	/* holds while it is in the table */
	void *arg;		/* the owner's */
	struct caller *next;	/* the table's */
};

struct callers {
	struct caller **chain;
	size_t chains, count;
};

/* An empty table.  OK, or FAILED: no memory. */
MUST_USE enum status callers_open(struct callers *);
void callers_close(struct callers *);

/* Put C into it in place of the one with its P-TID, which is returned. */
struct caller *callers_put(struct callers *, struct caller *c);

/* Take C out of it, if it is in there. */
void callers_remove(struct callers *, struct caller *c);

#endif
