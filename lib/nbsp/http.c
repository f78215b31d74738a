/* http.c: bodies that are posted to one URL, by libcurl in the loop. */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#ifdef HAVE_CURL
#include "nbsp/curl.h"
#endif
#include "nbsp/http.h"

#ifdef HAVE_CURL

#define DIAL_MS 10000L

/* One of the posts under way: libcurl's handle, and what has come. */
struct slot {
	CURL *easy;		/* NULL: not made yet */
	struct http *http;
	void *post;		/* NULL: none */
	bool too_long;
	struct http_answer answer;
	char error[CURL_ERROR_SIZE];
};

/* A descriptor of libcurl's. */
struct descriptor {
	struct watch watch;
	struct http *http;
};

struct http {
	struct http_options o;
	struct curl_slist *headers, *addresses;
	CURLM *multi;		/* NULL: no connection */
	struct watch timer;	/* libcurl's */
	struct slot slot[HTTP_WINDOW];
	size_t under_way;
};

/* ---- what a post has come to ---- */

static const struct {
	CURLcode e;
	enum http_end end;
} ends[] = {
	{ CURLE_OK, HTTP_ANSWERED },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_LATE },
	{ CURLE_HTTP2_STREAM, HTTP_CUT },
	{ CURLE_PARTIAL_FILE, HTTP_CUT },
	{ CURLE_HTTP2, HTTP_NONE },
	{ CURLE_WEIRD_SERVER_REPLY, HTTP_NONE },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_NONE },
	{ CURLE_COULDNT_CONNECT, HTTP_UNREACHABLE },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_UNREACHABLE },
	/* another attempt would meet these again */
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_FINAL },
	{ CURLE_SSL_CERTPROBLEM, HTTP_FINAL },
	{ CURLE_SSL_CIPHER, HTTP_FINAL },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_FINAL },
	{ CURLE_SSL_ISSUER_ERROR, HTTP_FINAL },
	{ CURLE_URL_MALFORMAT, HTTP_FINAL },
	{ CURLE_FAILED_INIT, HTTP_FINAL },
	{ CURLE_NOT_BUILT_IN, HTTP_FINAL },
	{ CURLE_OUT_OF_MEMORY, HTTP_FINAL },
};

static enum http_end
end_of(const struct slot *s, CURLcode e)
{
	if (s->too_long)
		return HTTP_TOO_LONG;
	/* TLS 1.3 tells after the handshake that it does not want a client */
	if (strstr(s->error, " alert ") != NULL)
		return HTTP_UNREACHABLE;
	for (size_t i = 0; i < COUNT(ends); i++)
		if (ends[i].e == e)
			return ends[i].end;
	return HTTP_LOST;
}

/* The slot is free before DONE is called, but not for another post. */
static void
conclude(struct http *h, struct slot *s, CURLcode e)
{
	struct http_answer *answer = &s->answer;
	void *post = s->post;
	curl_off_t later = 0;
	long code = 0;

	curl.curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &code);
	curl.curl_easy_getinfo(s->easy, CURLINFO_RETRY_AFTER, &later);
	curl.curl_multi_remove_handle(h->multi, s->easy);
	answer->end = end_of(s, e);
	answer->code = (unsigned)code;
	answer->retry_after = later > 0 ? (uint64_t)later : 0;
	answer->why = s->error[0] != '\0' ? s->error :
	    curl.curl_easy_strerror(e);
	s->post = NULL;
	h->under_way--;
	h->o.done(h->o.arg, post, answer);
	if (answer->v != NULL)
		wipe(answer->v, answer->len);
}

static size_t
take_body(char *v, size_t size, size_t n, void *arg)
{
	struct slot *s = arg;
	struct http_answer *answer = &s->answer;
	size_t max = s->http->o.max;

	(void)size;		/* 1 */
	if (answer->v == NULL && (answer->v = malloc(max)) == NULL)
		return 0;
	s->too_long = n > max - answer->len;
	if (s->too_long)
		return 0;
	memcpy(answer->v + answer->len, v, n);
	answer->len += n;
	return n;
}

/* ---- libcurl in the loop ---- */

static void
act(struct http *h, curl_socket_t fd, int what)
{
	struct slot *s;
	CURLMsg *m;
	CURLcode e;
	int unused;

	(void)curl.curl_multi_socket_action(h->multi, fd, what, &unused);
	while (h->multi != NULL && (m =
	    curl.curl_multi_info_read(h->multi, &unused)) != NULL) {
		e = m->data.result;
		s = h->slot;
		while (s->easy != m->easy_handle)
			s++;
		conclude(h, s, e);
	}
	h->o.more(h->o.arg);
}

static void
descriptor_ready(void *arg, short revents)
{
	struct descriptor *d = arg;

	act(d->http, d->watch.fd,
	    ((revents & POLLIN) != 0 ? CURL_CSELECT_IN : 0) |
	    ((revents & POLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
	    ((revents & ~(POLLIN | POLLOUT)) != 0 ? CURL_CSELECT_ERR : 0));
}

/* libcurl says what to wait for; it closes FD after CURL_POLL_REMOVE. */
static int
want_descriptor(CURL *easy, curl_socket_t fd, int what, void *arg, void *own)
{
	struct descriptor *d = own;
	struct http *h = arg;
	short events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
	    (what & CURL_POLL_OUT ? POLLOUT : 0));

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (d != NULL)
			loop_remove(&d->watch);
		free(d);
		return 0;
	}
	if (d != NULL) {
		loop_events(&d->watch, events);
		return 0;
	}
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return -1;
	d->http = h;
	d->watch = (struct watch){ .fd = fd, .events = events,
	    .wake = LOOP_NEVER, .ready = descriptor_ready, .arg = d };
	if (loop_add(&d->watch) != OK) {
		free(d);
		return -1;
	}
	curl.curl_multi_assign(h->multi, fd, d);
	return 0;
}

static int
want_time(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	loop_wake(&h->timer, ms < 0 ? LOOP_NEVER :
	    clock_monotonic_ms() + (uint64_t)ms);
	return 0;
}

static void
time_came(void *arg, short revents)
{
	struct http *h = arg;

	(void)revents;
	if (h->multi != NULL)
		act(h, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- posts ---- */

#define SET(s, option, value) \
	((void)curl.curl_easy_setopt((s)->easy, CURLOPT_##option, value))

/* What libcurl has of them, is ours. */
static void
set_pem(struct slot *s, CURLoption option, const struct pem *pem)
{
	struct curl_blob blob = { pem->v, pem->len, CURL_BLOB_NOCOPY };

	if (pem->v != NULL)
		(void)curl.curl_easy_setopt(s->easy, option, &blob);
}

/* Whom it trusts, and what it proves itself with. */
static void
set_tls(struct slot *s, const struct credentials *c)
{
	const char *dir = getenv(X509_get_default_cert_dir_env());

	SET(s, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(s, SSL_VERIFYPEER, 1L);
	SET(s, SSL_VERIFYHOST, 2L);
	SET(s, SSL_SESSIONID_CACHE, 0L);
	set_pem(s, CURLOPT_SSLCERT_BLOB, &c->cert);
	set_pem(s, CURLOPT_SSLKEY_BLOB, &c->key);
	set_pem(s, CURLOPT_CAINFO_BLOB, &c->ca);
	if (c->ca.v != NULL) {
		SET(s, CAPATH, NULL);
		return;
	}
	/* the same as for all other connections: OpenSSL's */
	SET(s, CAINFO, getenv(X509_get_default_cert_file_env()));
	SET(s, CAPATH, dir != NULL ? dir : X509_get_default_cert_dir());
}

/* A handle of libcurl with all that posts have in common; false: no memory. */
static bool
make_easy(struct http *h, struct slot *s)
{
	const struct http_options *o = &h->o;

	if ((s->easy = curl.curl_easy_init()) == NULL)
		return false;
	s->http = h;
	SET(s, URL, o->url);
	SET(s, UNIX_SOCKET_PATH, o->path);
	SET(s, HTTPHEADER, h->headers);
	SET(s, USERAGENT, "gba-push/" VERSION);
	SET(s, POST, 1L);
	SET(s, HTTP_VERSION, o->tls ? (long)CURL_HTTP_VERSION_2TLS :
	    (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	SET(s, PIPEWAIT, 1L);
	SET(s, PROXY, "");	/* nor one of the environment */
	SET(s, FOLLOWLOCATION, 0L);
	SET(s, NOSIGNAL, 1L);
	SET(s, CONNECTTIMEOUT_MS, DIAL_MS);
	SET(s, TIMEOUT_MS, (long)o->timeout_ms);
	SET(s, WRITEFUNCTION, take_body);
	SET(s, WRITEDATA, s);
	SET(s, ERRORBUFFER, s->error);
	if (o->tls)
		set_tls(s, o->credentials);
	return true;
}

static bool
make_multi(struct http *h)
{
	if ((h->multi = curl.curl_multi_init()) == NULL)
		return false;
#define SET_ALL(option, value) \
	((void)curl.curl_multi_setopt(h->multi, CURLMOPT_##option, value))
	SET_ALL(PIPELINING, (long)CURLPIPE_MULTIPLEX);
	SET_ALL(MAX_TOTAL_CONNECTIONS, 1L);
	SET_ALL(MAXCONNECTS, 1L);
	SET_ALL(MAX_CONCURRENT_STREAMS, (long)HTTP_WINDOW);
	SET_ALL(SOCKETFUNCTION, want_descriptor);
	SET_ALL(SOCKETDATA, h);
	SET_ALL(TIMERFUNCTION, want_time);
	SET_ALL(TIMERDATA, h);
	return true;
}

bool
http_room(const struct http *h)
{
	return h->under_way < HTTP_WINDOW;
}

enum status
http_post(struct http *h, void *post, const char *body, size_t len)
{
	struct slot *s = h->slot;

	while (s->post != NULL)
		s++;
	if ((h->multi == NULL && !make_multi(h)) ||
	    (s->easy == NULL && !make_easy(h, s)))
		return fail(FAILED, "libcurl: no memory");
	s->post = post;
	s->too_long = false;
	s->error[0] = '\0';
	s->answer.len = 0;
	s->answer.since = clock_monotonic_ms();
	h->under_way++;
	SET(s, RESOLVE, h->addresses);
	SET(s, POSTFIELDSIZE, (long)len);
	SET(s, POSTFIELDS, body);
	if (curl.curl_multi_add_handle(h->multi, s->easy) == CURLM_OK)
		return OK;
	s->post = NULL;
	h->under_way--;
	return fail(FAILED, "libcurl: no memory");
}

void
http_hang_up(struct http *h)
{
	struct slot *s;

	if (h->multi == NULL)
		return;
	for (s = h->slot; s < h->slot + HTTP_WINDOW; s++) {
		if (s->post != NULL)
			curl.curl_multi_remove_handle(h->multi, s->easy);
		if (s->easy != NULL)
			curl.curl_easy_cleanup(s->easy);
		free(s->answer.v);
		memset(s, 0, sizeof(*s));
	}
	h->under_way = 0;
	curl.curl_multi_cleanup(h->multi);
	h->multi = NULL;
	loop_wake(&h->timer, LOOP_NEVER);
}

bool
http_connected(const struct http *h)
{
	return h->multi != NULL;
}

/* ---- opening ---- */

/* The entry of libcurl's cache for a name: HOST:PORT:ADDRESS,ADDRESS ... */
enum status
http_set_addresses(struct http *h, const char *where,
    const struct addresses *found)
{
	char v[WHERE_MAX + ADDRESSES_MAX * ADDRESS_TEXT_MAX];
	char text[ADDRESS_TEXT_MAX];
	size_t n = (size_t)snprintf(v, sizeof(v), "%s:", where);

	for (size_t i = 0; i < found->count; i++) {
		address_text(&found->v[i].sa, found->v[i].len, text);
		if (strchr(text, '%') != NULL)
			continue;	/* libcurl has no zones there */
		*strrchr(text, ':') = '\0';
		n += (size_t)snprintf(v + n, sizeof(v) - n, "%s%s",
		    i > 0 ? "," : "", text);
	}
	curl.curl_slist_free_all(h->addresses);
	h->addresses = curl.curl_slist_append(NULL, v);
	return h->addresses != NULL ? OK : fail(FAILED, "libcurl: no memory");
}

static enum status
add_headers(struct http *h)
{
	const char *const lines[] = { "Content-Type: application/json",
	    "Accept: application/json, application/problem+json",
	    h->o.credentials->bearer };
	struct curl_slist *more;

	for (size_t i = 0; i < COUNT(lines) && lines[i] != NULL; i++) {
		if ((more = curl.curl_slist_append(h->headers,
		    lines[i])) == NULL)
			return fail(FAILED, "libcurl: no memory");
		h->headers = more;
	}
	return OK;
}

enum status
http_open(struct http **out, const struct http_options *o)
{
	struct http *h = calloc(1, sizeof(*h));
	enum status status;

	if ((*out = h) == NULL)
		return fail(FAILED, "libcurl: no memory");
	h->o = *o;
	h->timer = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = time_came, .arg = h };
	if ((status = curl_load()) != OK || (status = add_headers(h)) != OK)
		return status;
	return loop_add(&h->timer);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	http_hang_up(h);
	loop_remove(&h->timer);
	if (h->headers != NULL)
		curl.curl_slist_free_all(h->headers);
	if (h->addresses != NULL)
		curl.curl_slist_free_all(h->addresses);
	free(h);
}

#else

/* Without libcurl's headers there is none to be opened, or to be used. */
enum status
http_open(struct http **out, const struct http_options *o)
{
	(void)o;
	*out = NULL;
	return fail(USAGE, "a BSF over HTTP: this program was built without "
	    "libcurl");
}

void
http_close(struct http *h)
{
	(void)h;
}

enum status
http_set_addresses(struct http *h, const char *where,
    const struct addresses *found)
{
	(void)h;
	(void)where;
	(void)found;
	return FAILED;
}

bool
http_room(const struct http *h)
{
	(void)h;
	return false;
}

enum status
http_post(struct http *h, void *post, const char *body, size_t len)
{
	(void)h;
	(void)post;
	(void)body;
	(void)len;
	return FAILED;
}

void
http_hang_up(struct http *h)
{
	(void)h;
}

bool
http_connected(const struct http *h)
{
	(void)h;
	return false;
}

#endif
