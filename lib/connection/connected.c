/*
 * connected.c: who is connected under which P-TID.  Whoever is in here has
 * proved a key, and so did not choose the P-TID: the hash needs no secret.
 */
#include "connection/connected.h"

struct connected_device *
connected_put(struct connected *cs, struct connected_device *c,
    const char *p_tid)
{
	struct connected_device *older;

	HASH_FIND_STR(cs->first, p_tid, older);
	if (older == c)
		return c;
	if (older != NULL)
		connected_remove(cs, older);
	c->p_tid = p_tid;
	HASH_ADD_KEYPTR(hh, cs->first, c->p_tid, strlen(c->p_tid), c);
	if (!HASH_ADDED(c))
		c->p_tid = NULL;
	return older;
}

void
connected_remove(struct connected *cs, struct connected_device *c)
{
	if (c->p_tid != NULL)
		HASH_DEL(cs->first, c);
	c->p_tid = NULL;
}
