/* pool.c: the connections that are open. */
#include <string.h>

#include "base/clock.h"
#include "delivery/pool.h"

static void
close_one(struct pool *all, struct connection **at)
{
	static const struct outcome stopped = { FAILED,
	    "stopped by a signal" };
	struct connection *c = *at;

	*at = c->next;
	all->count--;
	c->transport->close(c, &stopped);
}

/* Room for one more: the one that was not used for longest goes. */
static bool
make_room(struct pool *all)
{
	struct connection **oldest = NULL;

	if (all->count < POOL_MAX)
		return true;
	for (struct connection **c = &all->first; *c != NULL; c = &(*c)->next)
		if ((*c)->busy == 0 &&
		    (oldest == NULL || (*c)->used < (*oldest)->used))
			oldest = c;
	if (oldest != NULL)
		close_one(all, oldest);
	return oldest != NULL;
}

static enum status
open_one(struct pool *all, const struct transport *t,
    const struct transport_options *options, const char *name,
    struct connection **opened)
{
	enum status status = t->open(opened, name, options);
	struct connection *c = *opened;

	if (status != OK)
		return status;
	c->transport = t;
	c->options = options;
	strcpy(c->name, name);
	c->used = all->used;
	c->next = all->first;
	all->first = c;
	all->count++;
	return OK;
}

enum status
pool_find(struct pool *all, const struct transport *t,
    const struct transport_options *options, const char *where,
    struct connection **found)
{
	char name[TRANSPORT_WHERE_MAX] = "";

	if (t->name != NULL)
		t->name(where, name);
	all->used++;
	for (struct connection *c = all->first; c != NULL; c = c->next)
		if (c->transport == t && strcmp(c->name, name) == 0) {
			c->used = all->used;
			*found = c;
			return OK;
		}
	*found = NULL;
	return !make_room(all) ? OK : open_one(all, t, options,
	    name, found);
}

void
pool_finish(struct pool *all, uint64_t ms)
{
	/* all are told at once, then waited for */
	uint64_t deadlines[] = { 0, clock_monotonic_ms() + ms };

	for (size_t i = 0; i < COUNT(deadlines); i++)
		for (struct connection *c = all->first; c != NULL; c = c->next)
			if (c->transport->finish != NULL)
				c->transport->finish(c, deadlines[i]);
}

void
pool_close(struct pool *all)
{
	while (all->first != NULL)
		close_one(all, &all->first);
}
