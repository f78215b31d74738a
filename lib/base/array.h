/*
 * array.h: arrays that grow.
 */
#ifndef GBA_ARRAY_H
#define GBA_ARRAY_H

#include "base/octets.h"

/*
 * Make room for WANT elements in the array V, a pointer, which has room for
 * ROOM, a size_t; both begin as zero, and free(V) ends it.  V may move.
 * Returns false, and leaves both as they were, where memory runs out.
 */
#define array_reserve(v, room, want) \
	((want) <= (room) || \
	    array_grow(&(v), &(room), (want), sizeof((v)[0]), false))

/* The same for secrets: no copy of what V held stays behind. */
#define array_reserve_secret(v, room, want) \
	((want) <= (room) || \
	    array_grow(&(v), &(room), (want), sizeof((v)[0]), true))

/* What both do, V being the address of a pointer to elements of SIZE. */
bool array_grow(void *v, size_t *room, size_t want, size_t size, bool secret);

#endif
