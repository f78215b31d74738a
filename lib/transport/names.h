/*
 * names.h: the addresses that deliveries go to.  A delivery waits for its name
 * without holding up the loop; many that want one name share one look-up, and
 * what it found holds for some seconds.
 */
#ifndef GBA_NAMES_H
#define GBA_NAMES_H

#include "base/resolve.h"
#include "transport/transport.h"

/* Those of one connection; zeros at first, but for the two of its owner. */
struct names {
	/*
	 * D may go on: names_next() has its addresses, or OUTCOME is why it
	 * has none.
	 */
	void (*found)(void *arg, struct delivery *d, const struct outcome *);
	void *arg;
	struct name *name;	/* a hash table by HOST:PORT */
};

/* Have found() called for D and WHERE, HOST:PORT, perhaps at once. */
void names_find(struct names *, const char *where, struct delivery *d);

/*
 * The next address that D has not tried, which holds until names_forget(); or
 * NULL: there is none, or D was never looked up.  D's OWN has them.
 */
const struct address *names_next(struct delivery *d);

/* How many addresses D had, those that were tried included. */
size_t names_count(const struct delivery *d);

/* D is about to end. */
void names_forget(struct delivery *d);

/* Look up no more: found() is called with WHY for those that wait. */
void names_close(struct names *, const struct outcome *why);

#endif
