/*
 * record_buffer.h: records that are held in memory until they are wanted.
 * They are put into an output that has no descriptor, with output_put() and
 * output_record(), and forgotten with output_drop().
 */
#ifndef GBA_RECORD_BUFFER_H
#define GBA_RECORD_BUFFER_H

#include "pipe/io.h"
#include "store/scan.h"

/*
 * Call FN for each, in their order, and forget them all.  OK, or what FN
 * returned, which ends it.
 */
MUST_USE enum status record_buffer_each(struct output *, each_fn *, void *arg);

/* Forget them, and give their room back. */
void record_buffer_free(struct output *);

#endif
