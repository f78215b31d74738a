/* coap_block1.c: GPIs that come in blocks. */
#include <string.h>

#include "transport/coap/coap_block1.h"

/*
 * The transfer from there, for the block number NUM; the first begins one
 * anew, in place of what was left alone for longest.
 */
static struct transfer *
transfer_from(struct coap_block1 *c, const coap_address_t *from, unsigned num)
{
	struct transfer *t = c->transfer, *found = NULL, *oldest = t;

	for (; t < c->transfer + TRANSFERS; t++) {
		if (t->used != 0 && coap_address_equals(&t->from, from))
			found = t;
		if (t->used < oldest->used)
			oldest = t;
	}
	if (num > 0)
		return found;
	t = found != NULL ? found : oldest;
	t->from = *from;
	t->len = 0;
	return t;
}

/* RFC 7959 clause 2.5.  A block that came before changes nothing. */
coap_pdu_code_t
coap_block1_take(struct coap_block1 *c, const coap_address_t *from,
    const coap_block_t *b, const uint8_t **v, size_t *len)
{
	size_t size = (size_t)16 << b->szx, at = b->num * size;
	struct transfer *t;

	if (b->szx == 7 || *len > size || (b->m && *len < size))
		return COAP_RESPONSE_CODE_BAD_REQUEST;
	if (at + *len > ARRIVAL_MAX)
		return COAP_RESPONSE_CODE_REQUEST_TOO_LARGE;
	t = transfer_from(c, from, b->num);
	if (t == NULL || at > t->len)
		return COAP_RESPONSE_CODE_INCOMPLETE;
	memcpy(t->v + at, *v, *len);
	if (at + *len > t->len || !b->m)
		t->len = at + *len;
	t->used = b->m ? ++c->turn : 0;
	if (b->m)
		return COAP_RESPONSE_CODE_CONTINUE;
	*v = t->v;
	*len = t->len;
	return COAP_EMPTY_CODE;
}
