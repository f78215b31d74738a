/*
 * arrivals.h: a stage over GPIs that arrive, instead of over an input.
 */
#ifndef GBA_ARRIVALS_H
#define GBA_ARRIVALS_H

#include "pipe/stream.h"
#include "transport/inbox.h"

/*
 * Run STAGE over all that arrives in the inbox, into the output of the common
 * options, and close both.  The run ends with the stage's limit, with a signal
 * of the loop, at DEADLINE of the monotonic clock in milliseconds, or once no
 * listener hears any more.  Before, the program gives up what it does not NEED
 * (confine.h).  Returns the most severe status seen.
 */
MUST_USE enum status arrivals_run(struct inbox *, uint64_t deadline,
    const struct stage *, unsigned needs);

#endif
