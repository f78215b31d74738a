/*
 * subscriber.h: a subscriber as people write him down: a key file, options,
 * a line of JSON.
 */
#ifndef GBA_SUBSCRIBER_H
#define GBA_SUBSCRIBER_H

#include "record/record.h"

/* A record of type SUBSCRIBER in the making; wiped by the caller. */
struct subscriber {
	struct record r;
	uint64_t given;		/* which keys were set, a bit each */
	OCTETS(32) op;		/* OP or TOP, until OPc or TOPc is made */
};

void subscriber_init(struct subscriber *);
void subscriber_wipe(struct subscriber *);

/*
 * Set what NAME says: a field of the record, impi, ue_id (several, a space
 * between two), op or top.  OK; MALFORMED where there is no such thing, or it
 * was set before.  It is a member_fn, on a struct subscriber.
 */
MUST_USE enum status subscriber_set(void *, const char *name,
    const char *value);

/* Take k and op, opc, top or topc from the lines of a key file. */
MUST_USE enum status subscriber_read_keys(struct subscriber *,
    const char *file);

/* Fill in what has a default, make OPc, check.  OK, MALFORMED or FAILED. */
MUST_USE enum status subscriber_finish(struct subscriber *);

/*
 * The card of SUBSCRIBER for BSF.  Its array of SEQ begins where the HSS is:
 * vectors from before the card was made are stale to it.
 */
void subscriber_card(const struct record *subscriber, const char *bsf,
    struct record *card);

#endif
