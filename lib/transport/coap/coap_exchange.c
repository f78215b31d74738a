/*
 * coap_exchange.c: one GPI in a confirmable POST through libcoap, which sends
 * it again until it is acknowledged, and in blocks where it must.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "transport/coap/coap_exchange.h"

#define SZX_MAX 6u	/* blocks of 1024 octets: RFC 7959 clause 2.2 */
#define SZX_NONE 7u	/* not in blocks, unless libcoap has to */

/* ---- what comes back ---- */

/* Only noted: libcoap is at work in the context. */
static void PRINTF_LIKE(3, 4)
conclude(struct coap_exchange *q, enum status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(q->outcome.text, sizeof(q->outcome.text), fmt, ap);
	va_end(ap);
	q->outcome.status = status;
	q->ended = true;
}

/* The value of an option of a response, or what it is where there is none. */
static unsigned
option_of(const coap_pdu_t *pdu, coap_option_num_t number, unsigned none)
{
	coap_opt_iterator_t at;
	const coap_opt_t *o = coap_check_option(pdu, number, &at);

	return o == NULL ? none :
	    coap_decode_var_bytes(coap_opt_value(o), coap_opt_length(o));
}

static unsigned
format_of(const coap_pdu_t *pdu)
{
	return option_of(pdu, COAP_OPTION_CONTENT_FORMAT,
	    COAP_MEDIATYPE_TEXT_PLAIN);
}

static bool
is_sync_failure(const coap_pdu_t *pdu, const uint8_t *v, size_t len)
{
	struct record r;

	return format_of(pdu) == COAP_MEDIATYPE_APPLICATION_CBOR &&
	    len <= sizeof(((struct answer *)NULL)->v) &&
	    record_decode_as(&r, RECORD_SYNC_FAILURE, v, len) == OK;
}

/* Whether V is a diagnostic payload (RFC 7252 clause 5.5.2) to be shown. */
static bool
is_text(const coap_pdu_t *pdu, const uint8_t *v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (v[i] < ' ' || v[i] > '~')
			return false;
	return len > 0 && format_of(pdu) == COAP_MEDIATYPE_TEXT_PLAIN;
}

/* It is not now that these are wanted, but may be later. */
static bool
may_help(coap_pdu_code_t code)
{
	return COAP_RESPONSE_CLASS(code) == 5 ||
	    code == COAP_RESPONSE_CODE_INCOMPLETE ||
	    code == COAP_RESPONSE_CODE_TOO_MANY_REQUESTS;
}

/*
 * After 4.13 smaller blocks may help (RFC 7959 clause 2.9.3): those of Block1,
 * or such as the octets of Size1 have room for; else of 64 octets, as small
 * devices have them.
 */
static bool
try_smaller(struct coap_exchange *q, const coap_pdu_t *pdu,
    coap_pdu_code_t code)
{
	unsigned block = option_of(pdu, COAP_OPTION_BLOCK1, SZX_NONE);
	unsigned room = option_of(pdu, COAP_OPTION_SIZE1, 64);
	unsigned szx = block & 7;

	if (code != COAP_RESPONSE_CODE(413))
		return false;
	if (block == SZX_NONE)
		for (szx = SZX_MAX; szx > 0 && 16u << szx > room; szx--)
			;
	if (szx >= q->szx || 16u << szx >= q->d->len)
		return false;
	q->szx = szx;
	return q->smaller = true;
}

/*
 * Of 5.03 and 4.29 Max-Age says when to come again: RFC 7252 clause 5.9.3.4,
 * RFC 8516.  Its default of a minute is for what a cache keeps.
 */
static void
refused(struct coap_exchange *q, const coap_pdu_t *pdu, coap_pdu_code_t code)
{
	const char *phrase = coap_response_phrase((unsigned char)code);
	size_t len = 0, offset, total;
	const uint8_t *v = NULL;
	bool said;

	coap_get_data_large(pdu, &len, &v, &offset, &total);
	if (is_sync_failure(pdu, v, len)) {
		q->answer.len = len;
		memcpy(q->answer.v, v, len);
		conclude(q, REJECTED, "sync failure");
		return;
	}
	if (code == COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE ||
	    code == COAP_RESPONSE_CODE_TOO_MANY_REQUESTS)
		q->max_age = option_of(pdu, COAP_OPTION_MAXAGE, 0);
	said = is_text(pdu, v, len) && (phrase == NULL ||
	    strlen(phrase) != len || memcmp(phrase, v, len) != 0);
	conclude(q, may_help(code) ? FAILED : REJECTED, "%u.%02u%s%s%s%.*s",
	    COAP_RESPONSE_CLASS(code), (unsigned)code & 31,
	    phrase == NULL ? "" : " ", phrase == NULL ? "" : phrase,
	    said ? ": " : "", said ? (int)(len < 120 ? len : 120) : 0,
	    said ? (const char *)v : "");
}

/*
 * What has another token, is no answer to us: RFC 7252 clause 5.3.2; it is
 * reset, unless it is an acknowledgement (clause 4.2).
 */
static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent,
    const coap_pdu_t *pdu, const coap_mid_t id)
{
	struct coap_exchange *q = coap_session_get_app_data(session);
	coap_bin_const_t token = coap_pdu_get_token(pdu);
	coap_pdu_code_t code = coap_pdu_get_code(pdu);

	(void)sent;
	(void)id;
	if (token.length != sizeof(q->token) ||
	    memcmp(token.s, q->token, sizeof(q->token)) != 0)
		return coap_pdu_get_type(pdu) == COAP_MESSAGE_ACK ?
		    COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
	if (q->ended)
		return COAP_RESPONSE_OK;
	if (COAP_RESPONSE_CLASS(code) == 2)
		conclude(q, OK, "%s", "");
	else if (!q->smaller && !try_smaller(q, pdu, code))
		refused(q, pdu, code);
	return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent,
    const coap_nack_reason_t reason, const coap_mid_t id)
{
	struct coap_exchange *q = coap_session_get_app_data(session);
	int e = errno;

	(void)sent;
	(void)id;
	if (q->ended)
		return;
	q->dead = reason != COAP_NACK_RST;
	if (reason == COAP_NACK_RST)
		conclude(q, FAILED, "reset by the receiver");
	else if (reason == COAP_NACK_TOO_MANY_RETRIES)
		conclude(q, FAILED, "no answer to %u transmissions",
		    1 + coap_session_get_max_retransmit(session));
	else
		conclude(q, FAILED, "%s", e != 0 ? strerror(e) : "unreachable");
}

/* ---- asking ---- */

static bool
fill(struct coap_exchange *q, coap_pdu_t *pdu)
{
	const struct delivery *d = q->d;
	struct coap_uri u;
	uint8_t block[1] = { 8u | q->szx };	/* the first, and more */

	/* 32 random bits against answers of others: RFC 7252 clause 5.3.1 */
	coap_prng(q->token, sizeof(q->token));
	return coap_uri_split(d->where, &u) == OK &&
	    coap_add_token(pdu, sizeof(q->token), q->token) &&
	    coap_uri_add(&u, pdu) && (q->szx > SZX_MAX || coap_add_option(pdu,
	    COAP_OPTION_BLOCK1, sizeof(block), block) != 0) &&
	    coap_add_data_large_request(q->session, pdu, d->len, d->gpi, NULL,
	    NULL);
}

static void
post(struct coap_exchange *q)
{
	coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON,
	    COAP_REQUEST_CODE_POST, q->session);

	if (pdu == NULL || !fill(q, pdu)) {
		coap_delete_pdu(pdu);
		conclude(q, REJECTED, "too long for CoAP");
	} else if (coap_send(q->session, pdu) == COAP_INVALID_MID) {
		q->dead = true;
		conclude(q, FAILED, "not sent: %s", strerror(errno));
	}
}

static void
ask(struct coap_exchange *q, const coap_address_t *at)
{
	q->session = coap_new_client_session(q->context, NULL, at,
	    COAP_PROTO_UDP);
	if (q->session == NULL) {
		q->dead = true;
		conclude(q, FAILED, "no socket: %s", strerror(errno));
		return;
	}
	coap_session_set_app_data(q->session, q);
	post(q);
}

static void
question_ready(void *arg, short revents)
{
	struct coap_exchange *q = arg;

	errno = 0;
	coap_io_process(q->context, COAP_IO_NO_WAIT);
	if (!q->ended && q->smaller)
		post(q);
	q->smaller = false;
	if (!q->ended && revents == 0) {
		q->dead = true;
		conclude(q, FAILED, "no answer in %g s",
		    (double)q->timeout_ms / 1000);
	}
	if (q->ended)
		q->done(q->arg);
}

enum status
coap_exchange_start(struct coap_exchange *q, const coap_address_t *at,
    const struct delivery *d, uint64_t timeout_ms)
{
	q->ended = q->dead = q->smaller = false;
	q->szx = SZX_NONE;
	q->d = d;
	q->answer.len = 0;
	q->max_age = 0;
	q->timeout_ms = timeout_ms;
	q->context = coap_new_context(NULL);
	if (q->context == NULL) {
		conclude(q, FAILED, "no context: %s", strerror(errno));
		return FAILED;
	}
	/* of an answer in blocks the first will do: it may have no end */
	coap_context_set_block_mode(q->context, COAP_BLOCK_USE_LIBCOAP);
	coap_register_response_handler(q->context, on_response);
	coap_register_nack_handler(q->context, on_nack);
	/* libcoap's own timers are in its descriptor, too */
	q->watch = (struct watch){ .events = POLLIN,
	    .fd = coap_context_get_coap_fd(q->context),
	    .wake = clock_monotonic_ms() + timeout_ms,
	    .ready = question_ready, .arg = q };
	if (loop_add(&q->watch) != OK)
		conclude(q, FAILED, "%s", fail_text());
	else
		ask(q, at);
	if (!q->ended)
		return OK;
	coap_exchange_stop(q);
	return q->outcome.status;
}

/* A context goes with all that is in it: socket, message, timers. */
void
coap_exchange_stop(struct coap_exchange *q)
{
	loop_remove(&q->watch);
	if (q->context != NULL)
		coap_free_context(q->context);
	q->context = NULL;
}
