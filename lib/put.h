/*
 * put.h: SAs that are stored as they come, many at a time: step 404 of
 * gba-push(7) at the NAF, 406 at the device.
 */
#ifndef GBA_PUT_H
#define GBA_PUT_H

#include "store.h"

#define PUT_TURN 256	/* at a time */

struct put {
	struct db *db;
	struct put_slot {
		struct record sa;
		uint64_t now;
		bool inserted, noted;
	} slot[PUT_TURN];
	size_t count;
	bool shorter;		/* the BSF grants less time than is asked */
};

/*
 * Take the SA of R, a response, NAF SA or accepted record, as the next of this
 * turn.  OK; MALFORMED where it is no SA; REJECTED where it has no ue_trp;
 * FAILED.
 */
MUST_USE enum status put_take(struct put *, const struct record *r);

/*
 * Store all of this turn; then put_decide() says of each, in order, what came
 * of it, as sa_put() and sa_put_naf() do.  The turn is over with the last.
 */
MUST_USE enum status put_settle(struct put *);
MUST_USE enum status put_decide(struct put *, size_t i);

/* Forget this turn. */
void put_forget(struct put *);

#endif
