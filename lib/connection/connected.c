/* connected.c: who is connected under which P-TID. */
#include <stdlib.h>
#include <string.h>

#include "connection/connected.h"

#define CHAINS 64		/* at first */

/* FNV-1a: who is in here has proved a key, and so did not choose P-TIDs. */
static struct connected_device **
chain_of(const struct connected *cs, const char *p_tid)
{
	uint64_t h = 0xcbf29ce484222325;

	while (*p_tid != '\0')
		h = (h ^ (uint8_t)*p_tid++) * 0x100000001b3;
	return &cs->chain[(h ^ h >> 32) & (cs->chains - 1)];
}

enum status
connected_open(struct connected *cs)
{
	cs->count = 0;
	cs->chains = CHAINS;
	cs->chain = calloc(CHAINS, sizeof(cs->chain[0]));
	return cs->chain != NULL ? OK : fail(FAILED, "callers: no memory");
}

void
connected_close(struct connected *cs)
{
	free(cs->chain);
	cs->chain = NULL;
}

/* Without memory for more chains, they become longer. */
static void
grow(struct connected *cs)
{
	struct connected more = { .chains = 2 * cs->chains };
	struct connected_device *c, **chain;

	more.chain = calloc(more.chains, sizeof(more.chain[0]));
	if (more.chain == NULL)
		return;
	for (size_t i = 0; i < cs->chains; i++)
		while ((c = cs->chain[i]) != NULL) {
			cs->chain[i] = c->next;
			chain = chain_of(&more, c->p_tid);
			c->next = *chain;
			*chain = c;
		}
	free(cs->chain);
	cs->chain = more.chain;
	cs->chains = more.chains;
}

struct connected_device *
connected_put(struct connected *cs, struct connected_device *c)
{
	struct connected_device **at = chain_of(cs, c->p_tid), *older;

	while (*at != NULL && strcmp((*at)->p_tid, c->p_tid) != 0)
		at = &(*at)->next;
	older = *at;
	c->next = older == NULL ? NULL : older->next;
	*at = c;
	if (older == NULL && ++cs->count > cs->chains)
		grow(cs);
	return older;
}

void
connected_remove(struct connected *cs, struct connected_device *c)
{
	struct connected_device **at;

	if (c->p_tid == NULL)
		return;
	for (at = chain_of(cs, c->p_tid); *at != NULL && *at != c; )
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = c->next;
	cs->count--;
}
