/* coap_dedup.c: requests of CoAP and their answers. */
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "crypto/crypto.h"
#include "transport/coap/coap_dedup.h"

#define LIFETIME_MS 247000	/* EXCHANGE_LIFETIME, RFC 7252 clause 4.8.2 */
#define PATIENCE_MS 1000	/* well within ACK_TIMEOUT, 2 s */
#define REQUEST_MAX 2048

/* ---- answers ---- */

static coap_pdu_code_t
code_of(const struct answer *a)
{
	if (a->len > 0)
		return COAP_RESPONSE_CODE_CONFLICT;
	return a->status == OK ? COAP_RESPONSE_CODE_CHANGED :
	    a->status == REJECTED ? COAP_RESPONSE_CODE_FORBIDDEN :
	    a->status == FAILED ? COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE :
	    COAP_RESPONSE_CODE_BAD_REQUEST;
}

void
coap_dedup_add_block(coap_pdu_t *pdu, uint32_t block)
{
	uint8_t v[4];

	coap_add_option(pdu, COAP_OPTION_BLOCK1,
	    coap_encode_var_safe(v, sizeof(v), block), v);
}

/* Make PDU, which has a token, the answer of E. */
static void
fill(coap_pdu_t *pdu, const struct exchange *e)
{
	static const uint8_t cbor = COAP_MEDIATYPE_APPLICATION_CBOR;

	coap_pdu_set_code(pdu, code_of(&e->answer));
	if (e->answer.len > 0)
		coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &cbor);
	if (e->has_block)
		coap_dedup_add_block(pdu, e->block);
	if (e->answer.len > 0)
		coap_add_data(pdu, e->answer.len, e->answer.v);
}

/* RFC 7252 clause 5.2: in the acknowledgement, where that has not gone yet. */
static void
respond(struct exchange *e)
{
	coap_pdu_type_t type = e->type == COAP_MESSAGE_NON ?
	    COAP_MESSAGE_NON : e->acknowledged ? COAP_MESSAGE_CON :
	    COAP_MESSAGE_ACK;
	coap_pdu_t *pdu = coap_pdu_init(type, 0, type == COAP_MESSAGE_ACK ?
	    e->mid : coap_new_message_id(e->session),
	    coap_session_max_pdu_size(e->session));

	if (pdu == NULL)
		return;			/* who hears nothing, asks again */
	coap_add_token(pdu, e->token_len, e->token);
	fill(pdu, e);
	coap_send(e->session, pdu);
}

static void
release(struct coap_dedup *c, struct exchange *e)
{
	if (e->session == NULL)
		return;
	coap_session_release(e->session);
	e->session = NULL;
	c->pending--;
}

/* The one of ID, where it waits; or NULL. */
static struct exchange *
pending(struct coap_dedup *c, uint64_t id)
{
	struct exchange *e = &c->exchange[id % EXCHANGES];

	return e->id == id && e->session != NULL ? e : NULL;
}

void
coap_dedup_give(struct coap_dedup *c, uint64_t id, const struct answer *a)
{
	struct exchange *e = pending(c, id);

	if (e == NULL)
		return;
	e->answer = *a;
	respond(e);
	release(c, e);
}

void
coap_dedup_drop(struct coap_dedup *c, uint64_t id)
{
	struct exchange *e = pending(c, id);

	if (e == NULL)
		return;
	release(c, e);
	e->id = 0;
}

void
coap_dedup_clear(struct coap_dedup *c)
{
	for (size_t i = 0; i < EXCHANGES; i++)
		release(c, &c->exchange[i]);
}

static void
acknowledge(struct exchange *e)
{
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_ACK, COAP_EMPTY_CODE,
	    e->mid, 0);

	if (pdu != NULL)
		coap_send(e->session, pdu);
	e->acknowledged = true;
}

uint64_t
coap_dedup_acknowledge(struct coap_dedup *c)
{
	uint64_t now = clock_monotonic_ms(), wake = LOOP_NEVER;
	struct exchange *e = c->exchange;

	if (c->pending == 0)
		return wake;
	for (; e < c->exchange + EXCHANGES; e++) {
		if (e->session == NULL || e->acknowledged ||
		    e->type != COAP_MESSAGE_CON)
			continue;
		if (now >= e->since + PATIENCE_MS)
			acknowledge(e);
		else if (e->since + PATIENCE_MS < wake)
			wake = e->since + PATIENCE_MS;
	}
	return wake;
}

/* ---- requests ---- */

bool
coap_dedup_block(const coap_pdu_t *pdu, coap_block_t *b, uint32_t *block)
{
	bool has = coap_get_block(pdu, COAP_OPTION_BLOCK1, b) != 0;

	*block = has ? b->num << 4 | (uint32_t)b->m << 3 | b->szx : 0;
	return has;
}

static uint8_t *
put(uint8_t *out, const void *v, size_t len)
{
	if (len > 0)
		memcpy(out, v, len);
	return out + len;
}

/*
 * The same octets from the same place are the same request, whatever its
 * message id: one that is sent again has them all, and another application
 * has another token.  But the last of several blocks may be very short.
 */
static enum status
digest(struct coap_dedup *c, const coap_session_t *session,
    const coap_pdu_t *pdu)
{
	const coap_address_t *from = coap_session_get_addr_remote(session);
	coap_bin_const_t token = coap_pdu_get_token(pdu);
	uint8_t in[REQUEST_MAX], head[7] = { (uint8_t)token.length }, *p = in;
	coap_block_t b;
	uint32_t block;
	const uint8_t *v = NULL;
	size_t len = 0;

	coap_get_data(pdu, &len, &v);
	if (sizeof(from->addr) + sizeof(head) + token.length + len >
	    sizeof(in))
		return MALFORMED;
	if (coap_dedup_block(pdu, &b, &block)) {
		be_write(head + 1, 4, block);
		be_write(head + 5, 2, (uint64_t)coap_pdu_get_mid(pdu));
	}
	p = put(p, head, sizeof(head));
	p = put(p, &from->addr, sizeof(from->addr));
	p = put(p, token.s, token.length);
	p = put(p, v, len);
	return shake256(in, (size_t)(p - in), c->digest, sizeof(c->digest));
}

static bool
is_old(const struct exchange *e)
{
	return clock_monotonic_ms() - e->since > LIFETIME_MS;
}

bool
coap_dedup_repeat(struct coap_dedup *c, coap_session_t *session,
    const coap_pdu_t *request, coap_pdu_t *response)
{
	struct exchange *e = c->exchange;

	if (digest(c, session, request) != OK) {
		coap_pdu_set_code(response,
		    COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
		return true;
	}
	while (e < c->exchange + EXCHANGES && (e->id == 0 ||
	    memcmp(e->digest, c->digest, sizeof(e->digest)) != 0))
		e++;
	if (e == c->exchange + EXCHANGES || is_old(e))
		return false;
	if (e->session == NULL) {
		fill(response, e);
	} else {
		e->acknowledged = true;
		e->mid = coap_pdu_get_mid(request);
	}
	return true;
}

/* The place of one that is of no more use, or was answered first. */
static struct exchange *
place(struct coap_dedup *c)
{
	struct exchange *e = c->exchange, *oldest = NULL;

	for (; e < c->exchange + EXCHANGES; e++) {
		if (e->session != NULL && is_old(e))
			release(c, e);
		if (e->session == NULL &&
		    (oldest == NULL || e->since < oldest->since))
			oldest = e;
	}
	return c->pending < COAP_DEDUP_PENDING ? oldest : NULL;
}

uint64_t
coap_dedup_keep(struct coap_dedup *c, coap_session_t *session,
    const coap_pdu_t *request)
{
	coap_bin_const_t token = coap_pdu_get_token(request);
	struct exchange *e = place(c);
	coap_block_t b;

	if (e == NULL || token.length > sizeof(e->token))
		return 0;
	*e = (struct exchange){ .since = clock_monotonic_ms(),
	    .id = ++c->count * EXCHANGES + (uint64_t)(e - c->exchange),
	    .type = coap_pdu_get_type(request),
	    .mid = coap_pdu_get_mid(request), .token_len = token.length,
	    .session = coap_session_reference(session) };
	e->has_block = coap_dedup_block(request, &b, &e->block);
	put(e->token, token.s, token.length);
	memcpy(e->digest, c->digest, sizeof(e->digest));
	c->pending++;
	return e->id;
}
