/*
 * load.h: a delivery as short messages for an SMSC.
 */
#ifndef GBA_LOAD_H
#define GBA_LOAD_H

#include <sys/queue.h>

#include "carrier.h"
#include "receipts.h"
#include "smppuri.h"

/* One short message. */
struct part {
	struct awaited awaited;	/* first */
	struct load *load;
	uint32_t bit, sequence;	/* of the load's; of its submit_sm */
	struct sms_part ud;
};

struct load {
	TAILQ_ENTRY(load) link;
	struct loads *list;	/* where it is */
	struct delivery *d;	/* whose own it is */
	uint64_t receipt, window;	/* of the form */
	struct smpp_pdu pdu;	/* for all parts, but for text and sequence */
	uint32_t todo, open;	/* bits: to submit; without an answer; */
	uint32_t expected;	/* without a receipt, where one is asked for */
	uint64_t wake, pause, throttled;	/* the carrier's */
	size_t count;
	struct part part[];
};

TAILQ_HEAD(loads, load);

/*
 * Make the load of D, allocated, at the end of LIST; REF as in sms_split().
 * OK; REJECTED where there is no number or the GPI is too long; FAILED.
 */
MUST_USE enum status load_make(struct delivery *d, uint16_t ref,
    struct loads *list);

/* Go to the end, or to the head, of LIST. */
void load_move(struct load *, struct loads *list);
void load_move_first(struct load *, struct loads *list);

/* Whether all of it was submitted and answered. */
bool load_submitted(const struct load *);

/* Leave the delivery and its list. */
void load_free(struct load *);

#endif
