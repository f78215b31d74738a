/* record_buffer.c: records that are held in memory until their time comes. */
#include <stdlib.h>

#include "pipe/record_buffer.h"

enum status
record_buffer_each(struct output *held, each_fn *fn, void *arg)
{
	enum status status = OK;
	struct record r;
	size_t n = 0;

	record_init(&r, RECORD_REQUEST);
	for (size_t at = 0; status == OK && at < held->len; at += n) {
		status = record_read(&r, held->v + at, held->len - at, &n);
		if (status == OK)
			status = fn(arg, &r);
	}
	record_wipe(&r);
	output_drop(held);
	return status;
}

void
record_buffer_free(struct output *held)
{
	output_drop(held);
	free(held->v);
	held->v = NULL;
}
