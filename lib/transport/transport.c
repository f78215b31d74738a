/* transport.c: how a delivery ends; names of connections. */
#include <stdio.h>

#include "transport/transport.h"

void
delivery_end(struct delivery *d, enum state state,
    const struct outcome *outcome)
{
	static const struct outcome good = { .status = OK };

	d->end(d, state, outcome == NULL ? &good : outcome);
}

void
delivery_came_to(struct delivery *d, enum state state, enum status status)
{
	struct outcome outcome;

	if (status == OK) {
		delivery_end(d, state, NULL);
		return;
	}
	outcome = outcome_of(status);
	delivery_end(d, STATE_FAILED, &outcome);
}

void
transport_name_all(const char *where, char name[static CONNECTION_NAME])
{
	snprintf(name, CONNECTION_NAME, "%s", where);
}
