/*
 * coap_listen.c: a server of CoAP whose answers come once a GPI has been dealt
 * with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/resolve.h"
#include "transport/coap/coap_block1.h"
#include "transport/coap/coap_dedup.h"
#include "transport/coap/coap_listen.h"
#include "transport/coap/coap_uri.h"

#define SESSIONS_MAX 256	/* of the idle, whom libcoap remembers */

struct coap_listener {
	struct listener base;
	struct watch watch;
	struct inbox *in;
	coap_context_t *context;
	struct coap_dedup replies;
	struct coap_block1 blocks;
};

/* ---- requests ---- */

static void
answered(struct listener *base, uint64_t id, const struct answer *a)
{
	struct coap_listener *l = (struct coap_listener *)base;

	coap_dedup_give(&l->replies, id, a);
}

/* Nothing is said until there is an answer, or patience ends. */
static coap_pdu_code_t
take(struct coap_listener *l, coap_session_t *session, const coap_pdu_t *pdu,
    const uint8_t *v, size_t len)
{
	const coap_address_t *from = coap_session_get_addr_remote(session);
	uint64_t id = coap_dedup_keep(&l->replies, session, pdu);
	char peer[ADDRESS_TEXT_MAX];

	if (id == 0)
		return COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
	address_text(&from->addr.sa, from->size, peer);
	if (inbox_put(l->in, &l->base, peer, id, v, len) != OK) {
		coap_dedup_drop(&l->replies, id);
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
	struct coap_listener *l = coap_resource_get_userdata(resource);
	coap_pdu_code_t code = COAP_EMPTY_CODE;
	coap_block_t b;
	uint32_t block;
	const uint8_t *v;
	size_t len;

	(void)query;
	if (coap_dedup_repeat(&l->replies, session, pdu, response))
		return;
	if (coap_get_data(pdu, &len, &v) == 0)
		code = COAP_RESPONSE_CODE_BAD_REQUEST;
	else if (!is_cbor(pdu))
		code = COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT;
	else if (coap_dedup_block(pdu, &b, &block))
		code = coap_block1_take(&l->blocks,
		    coap_session_get_addr_remote(session), &b, &v, &len);
	if (code == COAP_EMPTY_CODE)
		code = take(l, session, pdu, v, len);
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
ready(void *arg, short revents)
{
	struct coap_listener *l = arg;

	(void)revents;
	coap_io_process(l->context, COAP_IO_NO_WAIT);
	loop_wake(&l->watch, coap_dedup_acknowledge(&l->replies));
}

static void
coap_close(struct listener *base)
{
	struct coap_listener *l = (struct coap_listener *)base;

	loop_remove(&l->watch);
	coap_dedup_clear(&l->replies);
	if (l->context != NULL)
		coap_free_context(l->context);
	free(l);
}

/*
 * The first address of the name that is free, which libcoap does not see to:
 * two that set SO_REUSEADDR may have the same.  Port 0 gets its number.
 */
static enum status
find_address(const struct coap_uri *u, coap_address_t *at)
{
	struct addresses found;
	struct address own;
	enum status status;
	int fd = -1;

	if ((status = resolve_wait(u->address, &found)) != OK)
		return fail_in(status, "coap://%s", u->address);
	for (size_t i = 0; i < found.count && fd < 0; i++)
		fd = address_bind(&found.v[i], SOCK_DGRAM);
	if (fd < 0)
		return fail(FAILED, "coap://%s: %s", u->address,
		    strerror(errno));
	address_own(fd, &own);
	close(fd);
	*at = coap_uri_address(&own);
	return OK;
}

static enum status
serve(struct coap_listener *l, const coap_address_t *at,
    const struct coap_uri *u)
{
	coap_str_const_t *path = coap_new_str_const((const uint8_t *)u->path,
	    strlen(u->path));
	coap_resource_t *resource = path == NULL ? NULL :
	    coap_resource_init(path, COAP_RESOURCE_FLAGS_RELEASE_URI);

	l->context = coap_new_context(NULL);
	if (resource == NULL || l->context == NULL)
		return fail(FAILED, "coap://%s: no memory", u->address);
	coap_resource_set_userdata(resource, l);
	coap_register_request_handler(resource, COAP_REQUEST_POST, on_request);
	coap_register_request_handler(resource, COAP_REQUEST_PUT, on_request);
	coap_add_resource(l->context, resource);
	coap_context_set_max_idle_sessions(l->context, SESSIONS_MAX);
	if (coap_new_endpoint(l->context, at, COAP_PROTO_UDP) == NULL)
		return fail(FAILED, "coap://%s: %s", u->address,
		    strerror(errno));
	l->watch = (struct watch){ .events = POLLIN, .wake = LOOP_NEVER,
	    .fd = coap_context_get_coap_fd(l->context),
	    .ready = ready, .arg = l };
	return loop_add(&l->watch);
}

enum status
listen_coap(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct coap_listener *l;
	char text[ADDRESS_TEXT_MAX];
	struct coap_uri u;
	coap_address_t at;
	enum status status = coap_uri_split(where, &u);

	(void)c;
	if (status == OK && u.query[0] != '\0')
		status = fail(USAGE, "'coap://%s': a listener takes no query",
		    where);
	if (status != OK)
		return status;
	coap_uri_quiet();
	if ((status = find_address(&u, &at)) != OK)
		return status;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return fail(FAILED, "coap: no memory");
	address_text(&at.addr.sa, at.size, text);
	snprintf(l->base.name, sizeof(l->base.name), "coap://%s", text);
	l->base.answer = answered;
	l->base.close = coap_close;
	l->in = in;
	if ((status = serve(l, &at, &u)) != OK) {
		coap_close(&l->base);
		return status;
	}
	inbox_listener(in, &l->base);
	inbox_say_port(&l->base, u.address);
	return OK;
}
