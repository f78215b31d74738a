/*
 * http2.c: the server's end of an HTTP/2 connection.  No table of headers is
 * kept in either direction: a table would keep the tokens of requests.  Bodies
 * of answers, which have keys, go from who wrote them straight to the octets
 * that are sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/bucket.h"
#include "base/number.h"
#include "bsf/http2.h"
#include "bsf/http2_memory.h"
#include "nbsp/h2.h"

#define RESETS 256		/* of what is asked, at once; */
#define RESETS_A_SECOND 32	/* then */
#define ANY 1000000000		/* of libnghttp2's own count */
#define DROPPED (1 << 20)	/* octets of a body that is too long */
#define ACKS 64			/* that wait to be sent */
#define FRAME_HEADER 9

struct http2 {
	nghttp2_session *session;
	const struct http2_calls *calls;
	void *arg;
	struct http2_request *requests;
	size_t count;
	size_t held;			/* octets of bodies */
	bool trusted;
	struct bucket resets;
	struct h2_out out;		/* its V: of the give() that runs */
};

static size_t held_by_all;

/* ---- requests ---- */

static struct http2_request *
request_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static int
begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;
	struct http2_request *r;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	r->http2 = h;
	r->id = frame->hd.stream_id;
	DL_APPEND(h->requests, r);
	h->count++;
	nghttp2_session_set_stream_user_data(session, r->id, r);
	return 0;
}

/* Whether H may keep LEN octets of bodies more; who has few, always may. */
static bool
may_hold(const struct http2 *h, size_t len)
{
	return h->held + len <= HTTP2_HELD ||
	    (h->trusted && held_by_all + len <= HTTP2_HELD_ALL);
}

/* A value that does not fit: no such path, type or token exists. */
static void
keep(char *to, size_t room, const uint8_t *v, size_t len)
{
	if (len >= room)
		len = 0;
	memcpy(to, v, len);
	to[len] = '\0';
}

static void
note_length(struct http2_request *r, const uint8_t *v, size_t len)
{
	char digits[24];
	uint64_t n;

	keep(digits, sizeof(digits), v, len);
	r->has_length = true;
	if (!number_read(digits, 0, HTTP2_BODY_MAX, &n))
		r->wrong = 413;
}

/* libnghttp2 has checked names and values.  What a trailer has is ignored. */
static int
header(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *v, size_t len,
    uint8_t flags, void *arg)
{
	struct http2_request *r = request_of(session, frame->hd.stream_id);

	(void)flags;
	(void)arg;
	if (r == NULL || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	r->headers_len += name_len + len + 32;
	if (r->headers_len > HTTP2_HEADERS_MAX)
		r->wrong = 431;
	else if (h2_is(":method", name, name_len))
		keep(r->method, sizeof(r->method), v, len);
	else if (h2_is(":path", name, name_len))
		keep(r->path, sizeof(r->path), v, len);
	else if (h2_is("content-type", name, name_len))
		keep(r->type, sizeof(r->type), v, len);
	else if (h2_is("content-length", name, name_len))
		note_length(r, v, len);
	else if (h2_is("authorization", name, name_len)) {
		r->authorizations++;
		keep(r->authorization, sizeof(r->authorization), v, len);
	}
	return 0;
}

static int
chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *v,
    size_t len, void *arg)
{
	struct http2_request *r = request_of(session, id);
	struct http2 *h = arg;
	uint8_t *body;

	(void)flags;
	if (r == NULL || r->whole)
		return 0;
	if (r->body_len + len > HTTP2_BODY_MAX)
		r->wrong = 413;
	else if (r->wrong == 0 && !may_hold(h, len))
		r->wrong = 429;
	if (r->wrong != 0) {
		r->dropped += len;
		return 0;
	}
	body = realloc(r->body, r->body_len + len);
	if (body == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	memcpy(body + r->body_len, v, len);
	r->body = body;
	r->body_len += len;
	h->held += len;
	held_by_all += len;
	return 0;
}

static void
forget_body(struct http2_request *r)
{
	r->http2->held -= r->body_len;
	held_by_all -= r->body_len;
	free(r->body);
	r->body = NULL;
	r->body_len = 0;
	wipe(r->authorization, sizeof(r->authorization));
}

/*
 * What is wrong with a request does not get better by waiting for the rest; but
 * libcurl takes no answer before it has sent that, if it is reset then.
 */
static int
frame_came(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;
	struct http2_request *r;
	bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	if (frame->hd.type != NGHTTP2_HEADERS &&
	    frame->hd.type != NGHTTP2_DATA)
		return 0;
	r = request_of(session, frame->hd.stream_id);
	if (r == NULL || r->whole || (!end && r->dropped < DROPPED))
		return 0;
	r->whole = true;
	h->calls->whole(h->arg, r);
	forget_body(r);
	return 0;
}

static void
free_request(struct http2 *h, struct http2_request *r)
{
	if (r->whole)
		h->calls->gone(h->arg, r);
	DL_DELETE(h->requests, r);
	h->count--;
	forget_body(r);
	free(r->answer);
	free(r);
}

/*
 * A peer that resets what it has asked has work done for nothing; libcurl
 * resets what is answered, which costs nothing.
 */
static int
stream_closed(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct http2_request *r = request_of(session, id);
	struct http2 *h = arg;
	bool answered;

	(void)error;
	if (r == NULL)
		return 0;
	answered = r->answer != NULL && r->answer_at == r->answer_len;
	free_request(h, r);
	return answered || bucket_take(&h->resets) ? 0 :
	    nghttp2_session_terminate_session(session,
	    NGHTTP2_ENHANCE_YOUR_CALM);
}

/* ---- answers ---- */

/* Octets are copied by send_data(). */
static ssize_t
read_answer(nghttp2_session *session, int32_t id, uint8_t *v, size_t max,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct http2_request *r = source->ptr;
	size_t left = r->answer_len - r->answer_at, n = left;

	(void)session;
	(void)id;
	(void)v;
	(void)arg;
	if (n > max)
		n = max;
	if (n > HTTP2_ROOM - FRAME_HEADER)
		n = HTTP2_ROOM - FRAME_HEADER;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (n == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static int
send_data(nghttp2_session *session, nghttp2_frame *frame,
    const uint8_t *head, size_t len, nghttp2_data_source *source, void *arg)
{
	struct h2_out *out = &((struct http2 *)arg)->out;
	struct http2_request *r = source->ptr;

	(void)session;
	(void)frame;
	if (out->room - out->len < FRAME_HEADER + len)
		return NGHTTP2_ERR_WOULDBLOCK;
	memcpy(out->v + out->len, head, FRAME_HEADER);
	out->len += FRAME_HEADER;
	memcpy(out->v + out->len, r->answer + r->answer_at, len);
	out->len += len;
	r->answer_at += len;
	return 0;
}

/* A whole answer to half a request: the rest is not wanted. */
static int
frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	(void)arg;
	if ((frame->hd.type != NGHTTP2_HEADERS &&
	    frame->hd.type != NGHTTP2_DATA) ||
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0 ||
	    request_of(session, frame->hd.stream_id) == NULL ||
	    nghttp2_session_get_stream_remote_close(session,
	    frame->hd.stream_id) != 0)
		return 0;
	return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE,
	    frame->hd.stream_id, NGHTTP2_NO_ERROR);
}

enum status
http2_answer(struct http2_request *r, const struct http2_answer *a)
{
	nghttp2_data_provider body = { { .ptr = r }, read_answer };
	nghttp2_nv nv[4];
	char code[8], length[24];
	size_t n = 0;

	r->answer = a->body;
	r->answer_len = a->len;
	snprintf(code, sizeof(code), "%u", a->code);
	snprintf(length, sizeof(length), "%zu", a->len);
	nv[n++] = h2_header(":status", code);
	nv[n++] = h2_header("content-length", length);
	if (a->body != NULL)
		nv[n++] = h2_header("content-type", a->type);
	if (a->name != NULL)
		nv[n++] = h2_header(a->name, a->value);
	return nghttp2_submit_response(r->http2->session, r->id, nv, n,
	    a->body == NULL ? NULL : &body) == 0 ? OK : h2_no_memory();
}

/* ---- connections ---- */

static int
set_options(nghttp2_option **out)
{
	int e = h2_options(out);

	if (e != 0)
		return e;
	nghttp2_option_set_max_outbound_ack(*out, ACKS);
	nghttp2_option_set_stream_reset_rate_limit(*out, ANY, ANY);
	return 0;
}

static int
set_callbacks(nghttp2_session_callbacks **out)
{
	nghttp2_session_callbacks *c;
	int e = nghttp2_session_callbacks_new(&c);

	*out = c;
	if (e != 0)
		return e;
	nghttp2_session_callbacks_set_on_begin_headers_callback(c,
	    begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, frame_came);
	nghttp2_session_callbacks_set_on_stream_close_callback(c,
	    stream_closed);
	nghttp2_session_callbacks_set_send_data_callback(c, send_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, frame_sent);
	return 0;
}

enum status
http2_new(struct http2 **out, const struct http2_calls *calls, void *arg)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0 },
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_BODY_MAX },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP2_HEADERS_MAX },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 }
	};
	struct http2 *h = calloc(1, sizeof(*h));
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *options = NULL;
	int e = NGHTTP2_ERR_NOMEM;

	*out = h;
	if (h != NULL && (e = set_callbacks(&callbacks)) == 0 &&
	    (e = set_options(&options)) == 0)
		e = nghttp2_session_server_new3(&h->session, callbacks, h,
		    options, &http2_memory);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(options);
	if (e == 0) {
		bucket_begin(&h->resets, RESETS_A_SECOND, RESETS);
		h->calls = calls;
		h->arg = arg;
		e = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE,
		    settings, COUNT(settings));
	}
	if (e == 0)
		return OK;
	http2_free(h);
	*out = NULL;
	return h2_no_memory();
}

void
http2_free(struct http2 *h)
{
	if (h == NULL)
		return;
	while (h->requests != NULL)
		free_request(h, h->requests);
	nghttp2_session_del(h->session);
	free(h);
}

enum status
http2_take(struct http2 *h, const uint8_t *v, size_t len)
{
	ssize_t n = nghttp2_session_mem_recv(h->session, v, len);

	if (n == (ssize_t)len)
		return OK;
	if (n == NGHTTP2_ERR_NOMEM)
		return h2_no_memory();
	if (n == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
		return fail(MALFORMED, "http: it does not speak HTTP/2");
	(void)nghttp2_session_terminate_session(h->session,
	    NGHTTP2_PROTOCOL_ERROR);
	return fail(MALFORMED, "http: it breaks the rules of HTTP/2: %s",
	    n < 0 ? nghttp2_strerror((int)n) : "it goes on after the end");
}

enum status
http2_give(struct http2 *h, uint8_t out[static HTTP2_ROOM], size_t *len)
{
	enum status status;

	h->out.v = out;
	h->out.room = HTTP2_ROOM;
	status = h2_fill(&h->out, h->session);
	*len = h->out.len;
	return status;
}

bool
http2_ended(const struct http2 *h)
{
	return h->out.pending_len == 0 &&
	    !nghttp2_session_want_read(h->session) &&
	    !nghttp2_session_want_write(h->session);
}

size_t
http2_count(const struct http2 *h)
{
	return h->count;
}

void
http2_trust(struct http2 *h)
{
	h->trusted = true;
}

void
http2_goaway(struct http2 *h)
{
	(void)nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
	    nghttp2_session_get_last_proc_stream_id(h->session),
	    NGHTTP2_NO_ERROR, NULL, 0);
}
