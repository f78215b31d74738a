/*
 * sa_batch.h: SAs that are stored as they come, many at a time: step 404 of
 * gba-push(7) at the NAF, 406 at the device.
 */
#ifndef GBA_SA_BATCH_H
#define GBA_SA_BATCH_H

#include "store/store.h"

#define SA_BATCH_TURN 1024	/* at a time */
#define SA_BATCH_TURN_ALONE 256	/* in a file */

struct sa_batch {
	struct db *db;
	bool unrequested;	/* take what has no trigger, too */
	struct sa_batch_slot {
		struct record sa;
		uint64_t now;
		struct sa_asked asked;
	} slot[SA_BATCH_TURN];
	size_t count;
	bool shorter;		/* the BSF grants less time than is asked */
};

/*
 * Take the SA of R, a response, NAF SA or accepted record, as I of this turn,
 * the next.  OK; MALFORMED where it is no SA; REJECTED where it has no ue_trp;
 * FAILED.
 */
MUST_USE enum status sa_batch_take(struct sa_batch *, size_t i,
    const struct record *r);

/*
 * Store all of this turn; then sa_batch_decide() says of each, in order, what
 * came of it, as sa_put() and sa_put_naf() do.
 */
MUST_USE enum status sa_batch_store(struct sa_batch *);
MUST_USE enum status sa_batch_decide(struct sa_batch *, size_t i);

/* The turn is over; no key of it is left. */
void sa_batch_forget(struct sa_batch *);

#endif
