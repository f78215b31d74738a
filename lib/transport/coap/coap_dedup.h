/*
 * coap_dedup.h: requests of CoAP that wait for their answers, and those that
 * were answered not long ago: each is dealt with once, however often it comes
 * (RFC 7252 clause 4.5).
 */
#ifndef GBA_COAP_DEDUP_H
#define GBA_COAP_DEDUP_H

#include <coap3/coap.h>

#include "transport/inbox.h"

#define COAP_DEDUP_PENDING 256	/* at most */
#define EXCHANGES (2 * COAP_DEDUP_PENDING)

/* All zero at first. */
struct coap_dedup {
	uint64_t count;			/* of ids */
	unsigned pending;
	uint8_t digest[16];		/* of the request in hand */
	struct exchange {
		uint64_t id;		/* 0: none */
		uint64_t since;
		uint8_t digest[16];
		coap_session_t *session;	/* NULL: it was answered */
		coap_pdu_type_t type;
		coap_mid_t mid;
		uint8_t token[8];
		size_t token_len;
		uint32_t block;		/* its Block1 option, where it has */
		bool has_block;
		bool acknowledged;	/* the answer comes separately */
		struct answer answer;
	} exchange[EXCHANGES];
};

/*
 * Whether REQUEST came before: then RESPONSE, which libcoap sends, is made the
 * same answer, or left an empty acknowledgement.
 */
MUST_USE bool coap_dedup_repeat(struct coap_dedup *, coap_session_t *,
    const coap_pdu_t *request, coap_pdu_t *response);

/*
 * Keep REQUEST, which coap_dedup_repeat() was just asked about, until it is
 * answered.  Returns an id, or 0: too many wait.
 */
MUST_USE uint64_t coap_dedup_keep(struct coap_dedup *, coap_session_t *,
    const coap_pdu_t *request);

/* Send the answer, where ID still waits for one; or forget ID. */
void coap_dedup_give(struct coap_dedup *, uint64_t id, const struct answer *);
void coap_dedup_drop(struct coap_dedup *, uint64_t id);

/*
 * Acknowledge those that wait for long (clause 5.2.2), before who asked would
 * ask again.  Returns when to look again: monotonic ms.
 */
uint64_t coap_dedup_acknowledge(struct coap_dedup *);

/* Forget all, before libcoap's context goes. */
void coap_dedup_clear(struct coap_dedup *);

/* The Block1 option of PDU as a number, into *BLOCK, and as B. */
bool coap_dedup_block(const coap_pdu_t *pdu, coap_block_t *b, uint32_t *block);

/* Add that option to a response. */
void coap_dedup_add_block(coap_pdu_t *, uint32_t block);

#endif
