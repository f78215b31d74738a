/*
 * connected.h: who is connected under which P-TID: a hash table.
 */
#ifndef GBA_CONNECTED_H
#define GBA_CONNECTED_H

#include "base/octets.h"
#include "base/status.h"

struct connected_device {
	const char *p_tid;	/* holds while it is in the table */
	void *arg;		/* the owner's */
	struct connected_device *next;	/* the table's */
};

struct connected {
	struct connected_device **chain;
	size_t chains, count;
};

/* An empty table.  OK, or FAILED: no memory. */
MUST_USE enum status connected_open(struct connected *);
void connected_close(struct connected *);

/* Put C into it in place of the one with its P-TID, which is returned. */
struct connected_device *connected_put(struct connected *,
    struct connected_device *c);

/* Take C out of it, if it is in there. */
void connected_remove(struct connected *, struct connected_device *c);

#endif
