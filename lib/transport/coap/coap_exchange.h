/*
 * coap_exchange.h: one GPI in a confirmable POST (RFC 7252), until its answer.
 */
#ifndef GBA_COAP_EXCHANGE_H
#define GBA_COAP_EXCHANGE_H

#include "transport/coap/coap_uri.h"
#include "transport/transport.h"

/* All zero at first; where the first two are those of who asks. */
struct coap_exchange {
	/* It has ended, for what is below; to be stopped or started again. */
	void (*done)(void *arg);
	void *arg;

	/* how it ended */
	struct outcome outcome;	/* OK: 2.xx; REJECTED; FAILED: not now */
	bool dead;		/* nothing at all came back */
	uint64_t max_age;	/* seconds to wait before the next, or 0 */
	struct answer answer;	/* a sync failure, where it has a LEN */

	coap_context_t *context;
	coap_session_t *session;
	struct watch watch;
	const struct delivery *d;
	uint64_t timeout_ms;
	unsigned szx;		/* of the blocks: 16 << SZX octets */
	uint8_t token[4];
	bool ended, smaller;	/* SMALLER: to be sent again, in such blocks */
};

/*
 * Send the GPI of D to the server at AT, and again while it is not
 * acknowledged, for TIMEOUT_MS milliseconds.  OK: done() is called later; or
 * FAILED or REJECTED, which OUTCOME has, too.  D stays until then.
 */
MUST_USE enum status coap_exchange_start(struct coap_exchange *,
    const coap_address_t *at, const struct delivery *d, uint64_t timeout_ms);

/* Give it up, or forget what has ended. */
void coap_exchange_stop(struct coap_exchange *);

#endif
