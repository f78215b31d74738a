/*
 * smpp_receipts.h: which message a delivery receipt of SMPP is for, by the id
 * that the SMSC gave it in its submit_sm_resp, which may come later.
 */
#ifndef GBA_SMPP_RECEIPTS_H
#define GBA_SMPP_RECEIPTS_H

#include "base/hash.h"
#include "transport/smpp/smpp.h"

#define RECEIPTS_EARLY 1024	/* that came before their submit_sm_resp */

/* A message that awaits one; it stays where it is. */
struct awaited {
	char id[SMPP_ID_MAX + 1];	/* "": it does not */
	UT_hash_handle hh;
};

/* All of them; begins as zeros, and once all are forgotten, so it is again. */
struct smpp_receipts {
	struct awaited *awaited;	/* a hash table by id */
	struct smpp_receipt early[RECEIPTS_EARLY];	/* in a ring */
	size_t early_count, early_next;
};

/*
 * A receives ID, of SMPP_ID_MAX characters at most.  Returns the receipt that
 * came early, which holds until smpp_receipts_early(), or NULL.
 */
const struct smpp_receipt *smpp_receipts_await(struct smpp_receipts *,
    struct awaited *a, const char *id);

/* Who awaits a receipt for ID, or NULL. */
struct awaited *smpp_receipts_find(const struct smpp_receipts *,
    const char *id);

/* A awaits none any more, if it did. */
void smpp_receipts_forget(struct smpp_receipts *, struct awaited *a);

/* Keep one that nobody awaits yet; the oldest may have to go. */
void smpp_receipts_early(struct smpp_receipts *, const struct smpp_receipt *);

/* No message is without its submit_sm_resp: forget the early ones. */
void smpp_receipts_settled(struct smpp_receipts *);

#endif
