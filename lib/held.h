/*
 * held.h: records that are held in memory until their time comes.  They are
 * put into an output that has no descriptor, with output_put() and
 * output_record(), and forgotten with output_drop().
 */
#ifndef GBA_HELD_H
#define GBA_HELD_H

#include "io.h"
#include "walk.h"

/*
 * Call FN for each, in their order, and forget them all.  OK, or what FN
 * returned, which ends it.
 */
MUST_USE enum status held_each(struct output *, each_fn *, void *arg);

/* Forget them, and give their room back. */
void held_free(struct output *);

#endif
