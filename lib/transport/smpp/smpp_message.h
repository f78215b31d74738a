/*
 * smpp_message.h: a delivery as short messages for an SMSC.
 */
#ifndef GBA_SMPP_MESSAGE_H
#define GBA_SMPP_MESSAGE_H

#include <sys/queue.h>

#include "transport/smpp/smpp_receipts.h"
#include "transport/smpp/smpp_uri.h"
#include "transport/transport.h"

/* One short message. */
struct part {
	struct awaited awaited;	/* first */
	struct smpp_message *message;
	uint32_t bit, sequence;	/* of the message's; of its submit_sm */
	struct sms_part ud;
};

struct smpp_message {
	TAILQ_ENTRY(smpp_message) link;
	struct smpp_messages *list;	/* where it is */
	struct delivery *d;	/* whose own it is */
	uint64_t receipt, window;	/* of the form */
	struct smpp_pdu pdu;	/* for all parts, but for text and sequence */
	uint32_t todo, open;	/* bits: to submit; without an answer; */
	uint32_t expected;	/* without a receipt, where one is asked for */
	uint64_t wake, pause, throttled;	/* the connection's */
	size_t count;
	struct part part[];
};

TAILQ_HEAD(smpp_messages, smpp_message);

/*
 * Make the message of D, whose URI is smpps:// where it is SECURE, allocated,
 * at the end of LIST; REF as in sms_split().
 * OK; REJECTED where there is no number or the GPI is too long; FAILED.
 */
MUST_USE enum status smpp_message_make(struct delivery *d, bool secure,
    uint16_t ref, struct smpp_messages *list);

/* Go to the end, or to the head, of LIST. */
void smpp_message_move(struct smpp_message *, struct smpp_messages *list);
void smpp_message_move_first(struct smpp_message *, struct smpp_messages *list);

/* Whether all of it was submitted and answered. */
bool smpp_message_submitted(const struct smpp_message *);

/* Leave the delivery and its list. */
void smpp_message_free(struct smpp_message *);

#endif
