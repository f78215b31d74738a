/*
 * wake.h: devices woken in one go: requested, answered by the BSF, their SAs
 * stored, their GPIs pushed, and followed until each has connected (steps 401
 * to 407 of gba-push(7)).
 */
#ifndef GBA_WAKE_H
#define GBA_WAKE_H

#include "delivery/push.h"
#include "nbsp/ask.h"
#include "runs/request_run.h"

#define WAKE_TIMEOUT 60		/* the default */

struct wake_options {
	const char *store;	/* a file: requests rest beside it */
	const char *bsf;	/* CMD: requests in, responses out; or one for
				   ask_is_uri(), */
	struct ask_options ask;	/* asked with these */
	uint64_t timeout;	/* seconds, for all but the requests */
	struct push_options push;	/* to, retry_for, passwords */
};

/*
 * Wake the devices that REQUESTS name.  Each trigger leaves through OUT as a
 * record of type TRIGGER once it has come to an end, and after the timeout or
 * a signal as it stands; what is not connected is complained about.  OK where
 * all are connected, REJECTED where one is not, or the most severe status seen.
 */
MUST_USE enum status wake(const struct wake_options *,
    struct request_options *requests, struct db *, struct output *out);

#endif
