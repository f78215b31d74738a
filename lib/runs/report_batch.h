/*
 * report_batch.h: what became of GPIs, into the store, many reports at a time.
 */
#ifndef GBA_REPORT_BATCH_H
#define GBA_REPORT_BATCH_H

#include "pipe/stream.h"
#include "store/store.h"

#define REPORT_BATCH_TURN 512	/* at a time */

struct report_batch {
	struct db *db;
	bool known[REPORT_BATCH_TURN];	/* the P-TID of each */
};

/* The stage that notes each report in its trigger, its argument B. */
struct stage report_batch_stage(const struct report_batch *b);

#endif
