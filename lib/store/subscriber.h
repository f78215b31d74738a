/*
 * subscriber.h: a subscriber from a key file, options, or a line of JSON.
 */
#ifndef GBA_SUBSCRIBER_H
#define GBA_SUBSCRIBER_H

#include "record/record.h"

/* A record of type SUBSCRIBER that is being made; the caller wipes it. */
struct subscriber {
	struct record r;
	uint64_t given;		/* one bit for each key that was set */
	OCTETS(32) op;		/* OP or TOP, until OPc or TOPc is made */
	bool from_file;		/* its keys are from a key file */
};

void subscriber_init(struct subscriber *);
void subscriber_wipe(struct subscriber *);

/*
 * Set NAME: a field of the record, impi, ue_id (several, separated by spaces),
 * op or top.  OK; MALFORMED if there is no such field or it was set before.
 * This is a member_fn, on a struct subscriber.
 */
MUST_USE enum status subscriber_set(void *, const char *name,
    const char *value);

/* Read k and op, opc, top or topc from the lines of a key file. */
MUST_USE enum status subscriber_read_keys(struct subscriber *,
    const char *file);

/* Set defaults, compute OPc or TOPc, check.  OK, MALFORMED or FAILED. */
MUST_USE enum status subscriber_finish(struct subscriber *);

/*
 * Make the card of SUBSCRIBER for BSF.  Its array of SEQ begins at the HSS's
 * SQN, so vectors from before the card was made are stale to it.
 */
void subscriber_card(const struct record *subscriber, const char *bsf,
    struct record *card);

#endif
