/*
 * report_batch.h: what became of GPIs, into the store, many reports at a time.
 */
#ifndef GBA_REPORT_BATCH_H
#define GBA_REPORT_BATCH_H

#include "pipe/stream.h"
#include "store/store.h"

/* Notes each report of its input; its argument is the store. */
extern const struct stage report_stage;

#endif
