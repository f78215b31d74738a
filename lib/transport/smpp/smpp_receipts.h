/*
 * smpp_receipts.h: which message a delivery receipt of SMPP is for, by the id
 * that the SMSC gave it in its submit_sm_resp, which may come later.
 *
 * Not all SMSCs write an id alike in both: case, zeros and 0x at its head
 * count for nothing, and one of the two may be hex where the other is decimal.
 * Which of these ways an SMSC has, its receipts show: the way that explains
 * most of them.  Until that is known, a receipt that fits several messages is
 * for none.
 */
#ifndef GBA_SMPP_RECEIPTS_H
#define GBA_SMPP_RECEIPTS_H

#include "base/hash.h"
#include "transport/smpp/smpp.h"

#define RECEIPTS_KEPT 1024	/* that nobody awaits yet, or several */
#define SMPP_DECIMAL_MAX 40	/* digits of an id that may be hex elsewhere */

/* An id in the forms that are compared. */
enum { ID_TEXT, ID_PLAIN, ID_HEX, ID_FORMS };
struct smpp_id {
	char text[SMPP_ID_MAX + 1];	/* without blanks around it */
	char plain[SMPP_ID_MAX + 1];	/* in lower case, without 0x, zeros */
	char hex[SMPP_DECIMAL_MAX];	/* of a decimal number; or "" */
};

/* A message that awaits one; it stays where it is.  Begins as zeros. */
struct awaited {
	const void *of;		/* parts of it may have one id */
	struct smpp_id id;
	UT_hash_handle by[ID_FORMS];
};

/* How the id in a receipt is to be compared with that in an answer. */
enum id_way { WAY_SAME, WAY_HEX_DECIMAL, WAY_DECIMAL_HEX, ID_WAYS };

struct kept {
	bool used, look;	/* there is news for it */
	bool counted, doubtful;	/* in `misses'; it fits several messages */
	struct smpp_receipt receipt;
	struct smpp_id id[2];	/* of its TLVs, of its text */
};

/* All of them; begins as zeros, and once all are forgotten, nothing is left. */
struct smpp_receipts {
	struct awaited *awaited[ID_FORMS];	/* hash tables */
	uint64_t misses[ID_WAYS];	/* receipts that it does not explain */
	unsigned best;		/* bits: the ways that explain most */
	size_t kept_end, kept_next;	/* in a ring */
	bool doubt;		/* some receipt fitted several messages */
	struct kept kept[RECEIPTS_KEPT];
};

/* A awaits a receipt for the message ID; where that is empty: none. */
void smpp_receipts_await(struct smpp_receipts *, struct awaited *a,
    const char *id);

/* A awaits none any more, if it did. */
void smpp_receipts_forget(struct smpp_receipts *, struct awaited *a);

/* A receipt has come.  The oldest that is kept may have to go. */
void smpp_receipts_put(struct smpp_receipts *, const struct smpp_receipt *);

/*
 * Who awaits one of the receipts that are here, which is moved to RECEIPT; or
 * NULL.  It is asked for after each call of the above until that is NULL.
 */
struct awaited *smpp_receipts_next(struct smpp_receipts *,
    struct smpp_receipt *receipt);

/*
 * No message is without its submit_sm_resp: receipts that nobody awaits belong
 * to nobody.
 */
void smpp_receipts_settled(struct smpp_receipts *);

#endif
