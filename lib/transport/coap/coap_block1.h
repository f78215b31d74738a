/*
 * coap_block1.h: GPIs that come in blocks (RFC 7959, Block1), a few at a time.
 * libcoap 4.3.1 would hold as much and as many as anybody likes to begin.
 */
#ifndef GBA_COAP_BLOCK1_H
#define GBA_COAP_BLOCK1_H

#include <coap3/coap.h>

#include "transport/inbox.h"

#define TRANSFERS 16

/* All zero at first. */
struct coap_block1 {
	uint64_t turn;
	struct transfer {
		coap_address_t from;
		uint64_t used;		/* turn of its last block; 0: free */
		size_t len;
		uint8_t v[ARRIVAL_MAX];
	} transfer[TRANSFERS];
};

/*
 * Take the block B, *LEN octets *V, from where FROM says.  COAP_EMPTY_CODE: it
 * was the last, *V and *LEN are the whole, which holds until the next call;
 * else what to respond: 2.31, 4.00, 4.08 or 4.13.
 */
MUST_USE coap_pdu_code_t coap_block1_take(struct coap_block1 *,
    const coap_address_t *from, const coap_block_t *b, const uint8_t **v,
    size_t *len);

#endif
