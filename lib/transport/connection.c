/* connection.c: what transports and their users have in common. */
#include "transport/connection.h"

void
delivery_end(struct delivery *d, enum state state, enum status status)
{
	d->end(d, state, status);
}
