/*
 * source.h: what each kind of HSS provides, from which vectors come: a row of
 * the table in vectors.c.  Requests come in turns: want() says who the next one
 * is about, find() does for all of them what is best done at once, vector() has
 * what came of one, forget() ends the turn and wipes what is left of it.
 */
#ifndef GBA_SOURCE_H
#define GBA_SOURCE_H

#include "gba/steps.h"
#include "record/record.h"

#define VECTORS_TURN 2048	/* at most */
#define VECTORS_TURN_ALONE 64	/* of a file, whose pages are still near */

struct source_kind {
	const char *scheme;	/* how its URI begins; "": all others */
	/*
	 * It knows IMSIs alone: a private identity of the request names the
	 * subscriber, and nobody compares it with the public one.
	 */
	bool by_imsi;
	/* it waits in the loop; else it may be used on a thread */
	bool in_loop;

	/* OK; USAGE where URI cannot be used; FAILED where nobody is there. */
	enum status (*open)(void **source, const char *uri);
	void (*close)(void *source);

	/* How many requests make a turn: up to VECTORS_TURN. */
	size_t (*turn)(const void *source);

	/*
	 * What was spent since begin() is durable with commit(), or undone by
	 * abandon().  again(), after a failure: OK where all since begin() is
	 * to be repeated, which is possible within MS milliseconds.  NULL:
	 * what was asked is spent, and nothing is repeated.
	 */
	enum status (*begin)(void *source);
	enum status (*commit)(void *source);
	void (*abandon)(void *source);
	enum status (*again)(void *source, uint64_t ms);

	/* Request I of the turn, the next.  OK, REJECTED or FAILED. */
	enum status (*want)(void *source, size_t i,
	    const struct record *request);
	enum status (*find)(void *source);	/* OK or FAILED */

	/*
	 * The vector for request I, which nobody else gets: OK, REJECTED, or
	 * FAILED.  With RAND and AUTS in the request it comes after a
	 * resynchronisation.  AUTN is that of a USIM, also for GBA_U.
	 */
	enum status (*vector)(void *source, size_t i,
	    const struct record *request, struct vector *);
	void (*forget)(void *source);

	/* Before a wait for more: no key that others kept is left.  Or NULL. */
	void (*wipe)(void *source);
};

extern const struct source_kind source_gsup, source_store;

#endif
