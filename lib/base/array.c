/* array.c: arrays that grow. */
#include <stdlib.h>

#include "base/array.h"

#define ROOM_MIN 16

/* Like reallocarray(), but what is left behind is erased. */
static void *
move_secret(void *old, size_t old_count, size_t count, size_t size)
{
	void *new = reallocarray(NULL, count, size);

	if (new == NULL || old == NULL)
		return new;
	memcpy(new, old, old_count * size);
	wipe(old, old_count * size);
	free(old);
	return new;
}

bool
array_grow(void *v, size_t *room, size_t want, size_t size, bool secret)
{
	size_t more = *room < ROOM_MIN / 2 ? ROOM_MIN : 2 * *room;
	void *old, *new;

	if (more < want)
		more = want;
	/* V may be of any type of pointer: its octets are copied */
	memcpy(&old, v, sizeof(old));
	new = secret ? move_secret(old, *room, more, size) :
	    reallocarray(old, more, size);
	if (new == NULL)
		return false;
	memcpy(v, &new, sizeof(new));
	*room = more;
	return true;
}
