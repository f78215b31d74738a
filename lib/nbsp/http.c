/*
 * http.c: the client's end of HTTP/2.  No table of headers is kept in either
 * direction, and answers, which have keys, are in no buffer but that of their
 * post once they have been read.
 */
#ifdef HAVE_HTTP2

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "nbsp/h2.h"
#include "nbsp/http.h"
#include "nbsp/wire.h"

#define BUFFER 16384
#define READS 64		/* at once; others want the loop, too */
#define HEADERS_MAX 8192	/* of an answer */

/* One of the posts under way. */
struct slot {
	void *post;		/* NULL: none */
	int32_t id;		/* of its stream; 0: not submitted */
	const char *body;
	size_t len, at;		/* AT has been sent */
	size_t headers;		/* octets of the answer's */
	bool whole;		/* its end has come */
	struct http_answer answer;
};

struct http {
	struct http_options o;
	struct wire wire;
	nghttp2_session *session;	/* NULL: no connection */
	bool draining;		/* it takes no more: GOAWAY */
	bool answered;		/* something, on this connection */
	bool alien;		/* it began with something else */
	char why[128];		/* it does not, or was lost */
	struct slot slot[HTTP_WINDOW];
	size_t under_way;
	uint8_t in[BUFFER], room[BUFFER];
	struct h2_out out;		/* in ROOM */
	size_t out_at;			/* so much of it has left */
};

/* ---- what a post has come to ---- */

static void
conclude(struct http *h, struct slot *s, enum http_end end, const char *why)
{
	void *post = s->post;

	if (s->id != 0 && h->session != NULL)
		nghttp2_session_set_stream_user_data(h->session, s->id, NULL);
	s->answer.end = end;
	s->answer.why = why;
	s->post = NULL;
	h->under_way--;
	h->o.done(h->o.arg, post, &s->answer);
	free(s->answer.v);
	s->answer.v = NULL;
}

/* The stream goes on without us. */
static void
abandon(struct http *h, struct slot *s, enum http_end end, const char *why)
{
	if (s->id != 0)
		(void)nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE,
		    s->id, NGHTTP2_CANCEL);
	conclude(h, s, end, why);
}

static void
close_connection(struct http *h)
{
	wire_hang_up(&h->wire);
	nghttp2_session_del(h->session);
	h->session = NULL;
	h->draining = h->answered = h->alien = false;
}

/* The connection is gone, for the last failure. */
static void
lose(struct http *h, enum http_end end)
{
	struct slot *s;

	if (!h->draining)
		snprintf(h->why, sizeof(h->why), "%s", fail_text());
	fail_said();
	close_connection(h);
	for (s = h->slot; s < h->slot + HTTP_WINDOW; s++)
		if (s->post != NULL)
			conclude(h, s, end, h->why);
}

/* ---- answers ---- */

static struct slot *
slot_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static int
header(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *v, size_t len,
    uint8_t flags, void *arg)
{
	struct slot *s = slot_of(session, frame->hd.stream_id);
	char digits[16] = "";
	uint64_t n = 0;

	(void)flags;
	if (s == NULL)
		return 0;
	s->headers += name_len + len;
	if (s->headers > HEADERS_MAX) {
		abandon(arg, s, HTTP_TOO_LONG, "too many headers");
		return 0;
	}
	if (len < sizeof(digits))
		memcpy(digits, v, len);
	if (h2_is(":status", name, name_len) &&
	    number_read(digits, 100, 999, &n))
		s->answer.code = (unsigned)n;
	else if (h2_is("retry-after", name, name_len) &&
	    number_read(digits, 0, UINT32_MAX, &n))
		s->answer.retry_after = n;
	return 0;
}

static int
chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *v,
    size_t len, void *arg)
{
	struct slot *s = slot_of(session, id);
	struct http *h = arg;
	struct http_answer *a;

	(void)flags;
	if (s == NULL)
		return 0;
	a = &s->answer;
	if (len > h->o.max - a->len) {
		abandon(h, s, HTTP_TOO_LONG, "too many octets");
		return 0;
	}
	if (a->v == NULL && (a->v = malloc(h->o.max)) == NULL)
		return NGHTTP2_ERR_NOMEM;
	memcpy(a->v + a->len, v, len);
	a->len += len;
	return 0;
}

static int
frame_came(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http *h = arg;
	struct slot *s;

	if (frame->hd.type == NGHTTP2_GOAWAY) {
		h->draining = true;
		snprintf(h->why, sizeof(h->why), "it ended the connection: %s",
		    nghttp2_http2_strerror(frame->goaway.error_code));
	} else if ((frame->hd.type == NGHTTP2_HEADERS ||
	    frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
	    (s = slot_of(session, frame->hd.stream_id)) != NULL) {
		s->whole = true;
	}
	return 0;
}

static int
note_error(nghttp2_session *session, int e, const char *text, size_t len,
    void *arg)
{
	struct http *h = arg;

	(void)session;
	(void)text;
	(void)len;
	h->alien |= e == NGHTTP2_ERR_SETTINGS_EXPECTED;
	return 0;
}

/* What GOAWAY leaves out, was not worked on (RFC 9113 clause 6.8). */
static int
stream_closed(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct slot *s = slot_of(session, id);
	struct http *h = arg;

	if (s == NULL)
		return 0;
	if (s->whole && s->answer.code >= 200) {
		h->answered = true;
		conclude(h, s, HTTP_ANSWERED, NULL);
	} else if (error == NGHTTP2_REFUSED_STREAM || h->draining) {
		conclude(h, s, HTTP_REFUSED, h->draining ? h->why :
		    "it refused a stream");
	} else {
		conclude(h, s, HTTP_CUT, error == NGHTTP2_NO_ERROR ?
		    "it ended a stream without an answer" :
		    nghttp2_http2_strerror(error));
	}
	return 0;
}

/* ---- requests ---- */

static ssize_t
read_body(nghttp2_session *session, int32_t id, uint8_t *v, size_t max,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct slot *s = source->ptr;
	size_t n;

	(void)arg;
	if (slot_of(session, id) != s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	n = s->len - s->at < max ? s->len - s->at : max;
	memcpy(v, s->body + s->at, n);
	s->at += n;
	if (s->at == s->len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void
submit(struct http *h, struct slot *s)
{
	const struct http_options *o = &h->o;
	nghttp2_data_provider body = { { .ptr = s }, read_body };
	nghttp2_nv nv[9];
	char length[24];
	size_t n = 0;

	snprintf(length, sizeof(length), "%zu", s->len);
	nv[n++] = h2_header(":method", "POST");
	nv[n++] = h2_header(":scheme", o->tls != NULL ? "https" : "http");
	nv[n++] = h2_header(":authority", o->authority);
	nv[n++] = h2_header(":path", o->path);
	nv[n++] = h2_header("content-type", "application/json");
	nv[n++] = h2_header("content-length", length);
	nv[n++] = h2_header("accept",
	    "application/json, application/problem+json");
	nv[n++] = h2_header("user-agent", "gba-push/" VERSION);
	if (o->authorization != NULL) {
		nv[n] = h2_header("authorization", o->authorization);
		nv[n++].flags = NGHTTP2_NV_FLAG_NO_INDEX;
	}
	s->at = s->headers = 0;
	s->id = nghttp2_submit_request(h->session, NULL, nv, n, &body, s);
	/* no numbers are left for streams, or no memory */
	if (s->id < 0) {
		s->id = 0;
		h->draining = true;
	}
}

/* ---- octets ---- */

static enum status
write_some(struct http *h)
{
	enum status status = OK;
	size_t n = 1;

	while (status == OK && n > 0) {
		if (h->out_at == h->out.len) {
			h->out_at = 0;
			status = h2_fill(&h->out, h->session);
		}
		if (status != OK || h->out.len == 0)
			break;
		status = wire_write(&h->wire, h->room + h->out_at,
		    h->out.len - h->out_at, &n);
		h->out_at += n;
	}
	wire_await(&h->wire, h->out_at < h->out.len);
	return status;
}

static enum status
rules_broken(void)
{
	return fail(MALFORMED, "it breaks the rules of HTTP/2");
}

/* MALFORMED where it is no HTTP/2. */
static enum status
read_some(struct http *h)
{
	enum status status = OK;
	size_t n = 1;
	ssize_t e;

	for (unsigned i = 0; i < READS && n > 0; i++) {
		if ((status = wire_read(&h->wire, h->in, sizeof(h->in),
		    &n)) != OK)
			return status;
		e = nghttp2_session_mem_recv(h->session, h->in, n);
		wipe(h->in, n);
		if (e != (ssize_t)n || h->alien)
			return rules_broken();
	}
	if (n > 0 && wire_pending(&h->wire))
		loop_wake(&h->wire.watch, 0);
	return OK;
}

/* ---- the connection ---- */

static int
set_callbacks(nghttp2_session_callbacks **out)
{
	nghttp2_session_callbacks *c;
	int e = nghttp2_session_callbacks_new(&c);

	*out = c;
	if (e != 0)
		return e;
	nghttp2_session_callbacks_set_on_header_callback(c, header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, frame_came);
	nghttp2_session_callbacks_set_on_stream_close_callback(c,
	    stream_closed);
	nghttp2_session_callbacks_set_error_callback2(c, note_error);
	return 0;
}

static enum status
begin_session(struct http *h)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0 },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_MAX },
	};
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *options = NULL;
	int e;

	if ((e = set_callbacks(&callbacks)) == 0 &&
	    (e = h2_options(&options)) == 0)
		e = nghttp2_session_client_new2(&h->session, callbacks, h,
		    options);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(options);
	if (e == 0)
		e = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE,
		    settings, COUNT(settings));
	if (e != 0)
		return h2_no_memory();
	h->out = (struct h2_out){ .v = h->room, .room = sizeof(h->room) };
	h->out_at = 0;
	for (struct slot *s = h->slot; s < h->slot + HTTP_WINDOW; s++)
		if (s->post != NULL)
			submit(h, s);
	return OK;
}

/* Those that have waited too long; the next moment to look is noted. */
static void
look_for_late(struct http *h)
{
	uint64_t now = clock_monotonic_ms(), next = LOOP_NEVER, due;
	struct slot *s;

	for (s = h->slot; s < h->slot + HTTP_WINDOW; s++) {
		if (s->post == NULL)
			continue;
		due = s->answer.since + h->o.timeout_ms;
		if (due <= now)
			abandon(h, s, HTTP_LATE, "no answer");
		else if (due < next)
			next = due;
	}
	loop_wake(&h->wire.watch, next);
}

/* Nothing is under way that could still be answered. */
static bool
has_ended(const struct http *h)
{
	bool waits = false;

	for (size_t i = 0; i < HTTP_WINDOW; i++)
		waits |= h->slot[i].post != NULL && h->slot[i].id != 0;
	return h->draining && !waits;
}

static enum status
go_on(struct http *h, short revents)
{
	enum status status;

	if (h->session == NULL && (status = begin_session(h)) != OK)
		return status;
	if (revents == 0)
		look_for_late(h);
	if ((status = read_some(h)) != OK || (status = write_some(h)) != OK)
		return status;
	/* libnghttp2 has told the server so by GOAWAY, and takes no more */
	if (!h->draining && !nghttp2_session_want_read(h->session))
		return rules_broken();
	return has_ended(h) ? fail(FAILED, "closed by the server") : OK;
}

static void
ready(void *arg, enum status status, short revents)
{
	struct http *h = arg;
	bool was_up = h->session != NULL;

	if (status == OK)
		status = go_on(h, was_up ? revents : 0);
	/* TLS 1.3 refuses a client after its handshake */
	if (status != OK)
		lose(h, status == MALFORMED ? HTTP_NONE :
		    status == REJECTED && !h->answered ? HTTP_FINAL :
		    was_up ? HTTP_LOST : HTTP_UNREACHABLE);
	h->o.more(h->o.arg);
}

/* ---- what its user calls ---- */

bool
http_room(const struct http *h)
{
	return h->under_way < HTTP_WINDOW && !h->draining;
}

void
http_post(struct http *h, void *post, const char *body, size_t len)
{
	struct slot *s = h->slot;
	uint64_t now = clock_monotonic_ms();

	while (s->post != NULL)
		s++;
	*s = (struct slot){ .post = post, .body = body, .len = len,
	    .answer.since = now };
	h->under_way++;
	if (h->session != NULL) {
		submit(h, s);
		wire_await(&h->wire, true);
		if (h->wire.watch.wake > now + h->o.timeout_ms)
			loop_wake(&h->wire.watch, now + h->o.timeout_ms);
	} else if (h->wire.state == WIRE_DOWN) {
		wire_connect(&h->wire);
	}
}

void
http_hang_up(struct http *h)
{
	close_connection(h);
	for (struct slot *s = h->slot; s < h->slot + HTTP_WINDOW; s++) {
		free(s->answer.v);
		memset(s, 0, sizeof(*s));
	}
	h->under_way = 0;
}

enum status
http_open(struct http **out, const struct http_options *o)
{
	struct http *h = calloc(1, sizeof(*h));

	*out = h;
	if (h == NULL)
		return fail(FAILED, "http: no memory");
	h->o = *o;
	h->wire = (struct wire){ .where = o->where, .socket = o->socket,
	    .ctx = o->tls, .ready = ready, .arg = h };
	return wire_open(&h->wire);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	http_hang_up(h);
	wire_close(&h->wire);
	free(h);
}

#else

#include "nbsp/http.h"

/* Without libnghttp2 there is none to be opened, or to be used. */
enum status
http_open(struct http **out, const struct http_options *o)
{
	(void)o;
	*out = NULL;
	return fail(USAGE, "a BSF over HTTP: this program was built without "
	    "libnghttp2");
}

void
http_close(struct http *h)
{
	(void)h;
}

bool
http_room(const struct http *h)
{
	(void)h;
	return false;
}

void
http_post(struct http *h, void *post, const char *body, size_t len)
{
	(void)h;
	(void)post;
	(void)body;
	(void)len;
}

void
http_hang_up(struct http *h)
{
	(void)h;
}

#endif
