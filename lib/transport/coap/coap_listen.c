/*
 * coap_listen.c: a server of CoAP whose answers come once a GPI has been dealt
 * with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "transport/coap/coap_block1.h"
#include "transport/coap/coap_dedup.h"
#include "transport/coap/coap_listen.h"
#include "transport/coap/coap_uri.h"

#define SESSIONS_MAX 256	/* of the idle, whom libcoap remembers */

struct ear {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	coap_context_t *context;
	struct coap_dedup replies;
	struct coap_block1 blocks;
};

/* ---- requests ---- */

static void
answered(void *arg, uint64_t id, const struct answer *a)
{
	struct ear *ear = arg;

	coap_dedup_give(&ear->replies, id, a);
}

/* Nothing is said until there is an answer, or patience ends. */
static coap_pdu_code_t
take(struct ear *ear, coap_session_t *session, const coap_pdu_t *pdu,
    const uint8_t *v, size_t len)
{
	struct sender from = { .fn = answered, .arg = ear,
	    .id = coap_dedup_keep(&ear->replies, session, pdu) };

	if (from.id == 0)
		return COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
	if (inbox_put(ear->in, v, len, &from) != OK) {
		coap_dedup_drop(&ear->replies, from.id);
		return COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
	}
	return COAP_EMPTY_CODE;
}

/* RFC 7252 clause 12.3: application/cbor; a sender may say nothing. */
static bool
is_cbor(const coap_pdu_t *pdu)
{
	coap_opt_iterator_t at;
	const coap_opt_t *o = coap_check_option(pdu,
	    COAP_OPTION_CONTENT_FORMAT, &at);

	return o == NULL || coap_decode_var_bytes(coap_opt_value(o),
	    coap_opt_length(o)) == COAP_MEDIATYPE_APPLICATION_CBOR;
}

static void
on_request(coap_resource_t *resource, coap_session_t *session,
    const coap_pdu_t *pdu, const coap_string_t *query, coap_pdu_t *response)
{
	struct ear *ear = coap_resource_get_userdata(resource);
	coap_pdu_code_t code = COAP_EMPTY_CODE;
	coap_block_t b;
	uint32_t block;
	const uint8_t *v;
	size_t len;

	(void)query;
	if (coap_dedup_repeat(&ear->replies, session, pdu, response))
		return;
	if (coap_get_data(pdu, &len, &v) == 0)
		code = COAP_RESPONSE_CODE_BAD_REQUEST;
	else if (!is_cbor(pdu))
		code = COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT;
	else if (coap_dedup_block(pdu, &b, &block))
		code = coap_block1_take(&ear->blocks,
		    coap_session_get_addr_remote(session), &b, &v, &len);
	if (code == COAP_EMPTY_CODE)
		code = take(ear, session, pdu, v, len);
	/* libcoap drops an empty message that is no acknowledgement */
	if (code == COAP_EMPTY_CODE)
		coap_pdu_set_type(response, COAP_MESSAGE_NON);
	coap_pdu_set_code(response, code);
	if (code == COAP_RESPONSE_CODE_CONTINUE)
		coap_dedup_add_block(response, block);
}

/* ---- listening ---- */

/* libcoap takes one datagram at a time. */
static void
ear_ready(void *arg, short revents)
{
	struct ear *ear = arg;

	(void)revents;
	coap_io_process(ear->context, COAP_IO_NO_WAIT);
	loop_wake(&ear->watch, coap_dedup_acknowledge(&ear->replies));
}

static void
ear_close(struct listener *l)
{
	struct ear *ear = (struct ear *)l;

	loop_remove(&ear->watch);
	coap_dedup_clear(&ear->replies);
	if (ear->context != NULL)
		coap_free_context(ear->context);
	free(ear);
}

/*
 * See that AT is free, as libcoap does not: two that set SO_REUSEADDR may have
 * the same.  Sets the port, where it is 0, and says which.
 */
static enum status
bind_first(coap_address_t *at, const char *address)
{
	int fd = socket(at->addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enum status status = OK;
	char host[ADDRESS_MAX];
	unsigned port;

	if (fd < 0 || bind(fd, &at->addr.sa, at->size) != 0)
		status = fail(FAILED, "coap://%s: %s", address,
		    strerror(errno));
	else if (coap_address_get_port(at) == 0 &&
	    (status = address_of(fd, host, &port)) == OK) {
		coap_address_set_port(at, (uint16_t)port);
		warn("listening on coap://%s:%u", host, port);
	}
	if (fd >= 0)
		close(fd);
	return status;
}

static enum status
serve(struct ear *ear, const coap_address_t *at, const struct coap_uri *u)
{
	coap_str_const_t *path = coap_new_str_const(u->parts.path.s,
	    u->parts.path.length);
	coap_resource_t *resource = path == NULL ? NULL :
	    coap_resource_init(path, COAP_RESOURCE_FLAGS_RELEASE_URI);

	ear->context = coap_new_context(NULL);
	if (resource == NULL || ear->context == NULL)
		return fail(FAILED, "coap://%s: no memory", u->address);
	coap_resource_set_userdata(resource, ear);
	coap_register_request_handler(resource, COAP_REQUEST_POST, on_request);
	coap_register_request_handler(resource, COAP_REQUEST_PUT, on_request);
	coap_add_resource(ear->context, resource);
	coap_context_set_max_idle_sessions(ear->context, SESSIONS_MAX);
	if (coap_new_endpoint(ear->context, at, COAP_PROTO_UDP) == NULL)
		return fail(FAILED, "coap://%s: %s", u->address,
		    strerror(errno));
	ear->watch = (struct watch){ .events = POLLIN, .wake = LOOP_NEVER,
	    .fd = coap_context_get_coap_fd(ear->context),
	    .ready = ear_ready, .arg = ear };
	return loop_add(&ear->watch);
}

enum status
listen_coap(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct ear *ear;
	struct coap_uri u;
	coap_address_t at;
	enum status status = coap_uri_split(where, &u);

	(void)c;
	if (status == OK && u.parts.query.length > 0)
		status = fail(USAGE, "'coap://%s': a listener takes no query",
		    where);
	if (status == OK)
		status = coap_uri_find(&u, &at);
	if (status != OK)
		return status;
	coap_uri_quiet();
	if ((status = bind_first(&at, u.address)) != OK)
		return status;
	if ((ear = calloc(1, sizeof(*ear))) == NULL)
		return fail(FAILED, "coap: no memory");
	ear->base.close = ear_close;
	ear->in = in;
	if ((status = serve(ear, &at, &u)) == OK)
		inbox_listener(in, &ear->base);
	else
		ear_close(&ear->base);
	return status;
}
