/*
 * prune_run.h: old triggers are removed.
 */
#ifndef GBA_PRUNE_RUN_H
#define GBA_PRUNE_RUN_H

#include "store/db.h"

/*
 * Remove the triggers that were closed before BEFORE and whose keys have
 * expired by NOW, some at a time, so that nobody else waits for long; *REMOVED
 * gets their number.  OK or FAILED.
 */
MUST_USE enum status prune_run(struct db *, uint64_t before, uint64_t now,
    uint64_t *removed);

#endif
