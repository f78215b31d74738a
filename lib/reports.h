/*
 * reports.h: what became of GPIs, into the store, many reports at a time.
 */
#ifndef GBA_REPORTS_H
#define GBA_REPORTS_H

#include "store.h"
#include "stream.h"

/* Notes each report of its input; its argument is the store. */
extern const struct stage reports_stage;

#endif
