/*
 * cancel_run.h: triggers that are given up, those of many devices in one
 * transaction.
 */
#ifndef GBA_CANCEL_RUN_H
#define GBA_CANCEL_RUN_H

#include "runs/choice.h"

/*
 * Close the open triggers of the devices of CHOICE, registered or not, at NOW;
 * *CLOSED gets their number.  A device that is named and has none is complained
 * about.  Returns the most severe status seen.
 */
MUST_USE enum status cancel_run(const struct choice *, struct db *,
    uint64_t now, uint64_t *closed);

#endif
