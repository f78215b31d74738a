/*
 * connected.h: who is connected under which P-TID: a hash table.
 */
#ifndef GBA_CONNECTED_H
#define GBA_CONNECTED_H

#include "base/hash.h"

/* All zero at first; it stays where it is while it is in the table. */
struct connected_device {
	const char *p_tid;	/* holds so long; NULL: it is not in there */
	void *arg;		/* the owner's */
	UT_hash_handle hh;
};

/* An empty table is all zero, and has nothing to free. */
struct connected {
	struct connected_device *first;
};

/*
 * Put C into it, under P_TID, in place of the one that is there, which is
 * returned, or NULL.  Without memory C stays outside.
 */
struct connected_device *connected_put(struct connected *,
    struct connected_device *c, const char *p_tid);

/* Take C out of it, if it is in there. */
void connected_remove(struct connected *, struct connected_device *c);

#endif
