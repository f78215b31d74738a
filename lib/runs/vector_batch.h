/*
 * vector_batch.h: the subscribers that a turn of requests asks vectors of, and
 * their SQNs: found together, held against others until the transaction ends,
 * and counted on from one request to the next.  Step 402 of gba-push(7).
 */
#ifndef GBA_VECTOR_BATCH_H
#define GBA_VECTOR_BATCH_H

#include "pipe/stream.h"
#include "store/hss.h"

#define VECTORS_TURN 512
#define VECTORS_TURN_ALONE 64	/* of a file, whose pages are still near */

struct vector_batch {
	struct db *db;
	struct wanted {
		uint64_t row;		/* of whom it is about; 0: nobody */
		struct hss_found *found;
	} wanted[VECTORS_TURN];
	struct hss_found found[VECTORS_TURN];	/* each once, by row */
	size_t count;
};

/* Request I of a turn, the next, is about ID.  OK or FAILED. */
MUST_USE enum status vector_batch_want(struct vector_batch *, size_t i,
    enum ue_id_type, const char *id);

/* Find all that are wanted.  OK or FAILED. */
MUST_USE enum status vector_batch_find(struct vector_batch *);

/*
 * Whom request I of the turn is about, with the last SQN that it used: OK,
 * REJECTED where there is nobody, or FAILED.  After vector_batch_spend() that
 * is another, and durable with the transaction.
 */
MUST_USE enum status vector_batch_subscriber(const struct vector_batch *,
    size_t i, enum ue_id_type, const char *id, struct record *subscriber);
MUST_USE enum status vector_batch_spend(struct vector_batch *, size_t i,
    uint64_t sqn);

/* The turn is over; no key of it is left. */
void vector_batch_forget(struct vector_batch *);

#endif
