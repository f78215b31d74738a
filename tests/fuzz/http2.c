/*
 * http2.c: fuzzes a connection of the BSF's server, from the octets that come
 * to what is read of requests and the octets that leave.  The first octet says
 * how requests are answered; pieces follow, behind the preface.
 */
#include "bsf/api.h"
#include "fuzz.h"

static struct {
	uint8_t how;
	size_t there;		/* requests that are whole and not gone */
	struct http2_request *later;
	const struct api *api;
} now;

static void
answer(struct http2_request *r, unsigned code)
{
	size_t len = now.how % 7 * 700;
	char *body = malloc(len + 1);

	if (code != 0)
		expect(api_refuse(r, code, fail_text(), NULL) == OK);
	else
		expect(api_answer(r, memset(body, 'x', len), len) == OK);
	if (code != 0)
		free(body);
}

static void
whole(void *arg, struct http2_request *r)
{
	static const char names[] = "mtc.example.org\0a\0";
	struct push_info_problem problem;
	struct push_info_asked asked;
	struct record request;
	unsigned code;

	expect(arg == &now && r->whole && r->owner == NULL);
	expect(r->body_len <= HTTP2_BODY_MAX);
	expect(strlen(r->path) < sizeof(r->path));
	expect(strlen(r->type) < sizeof(r->type));
	expect(strlen(r->authorization) < sizeof(r->authorization));
	r->owner = &now;
	now.there++;
	code = api_read(now.api, names, r, &request, &asked, &problem);
	expect(code == 0 || (code >= 400 && code <= 501));
	expect(code != 0 || record_check(&request) == OK);
	if (now.how % 2 == 0 || now.later != NULL)
		answer(r, code);
	else
		now.later = r;
}

static void
gone(void *arg, struct http2_request *r)
{
	expect(arg == &now && r->owner == &now && now.there > 0);
	now.there--;
	if (now.later == r)
		now.later = NULL;
}

static void
send_all(struct http2 *h)
{
	static uint8_t out[HTTP2_ROOM];
	size_t len = 1;

	for (int i = 0; len > 0; i++) {
		expect(i < 1000 && http2_give(h, out, &len) == OK);
		expect(len <= sizeof(out));
	}
}

static void
run(struct pieces *p)
{
	static const struct http2_calls calls = { whole, gone };
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	enum status status;
	struct http2 *h;
	const uint8_t *v = (const uint8_t *)preface;
	size_t len = sizeof(preface) - 1;

	expect(http2_new(&h, &calls, &now) == OK);
	do {
		status = http2_take(h, v, len);
		expect(status == OK || status == MALFORMED);
		if (now.later != NULL && now.how % 3 == 0) {
			answer(now.later, 0);
			now.later = NULL;
		}
		if (now.how % 5 != 0 || status != OK)
			send_all(h);
		expect(http2_count(h) <= HTTP2_STREAMS);
	} while (status == OK && !http2_ended(h) &&
	    (v = piece(p, &len)) != NULL);
	if (now.how % 11 == 0)
		http2_goaway(h);
	send_all(h);
	http2_free(h);
	expect(now.there == 0 && now.later == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static const struct grant grant = { .bsf = "bsf.example.org",
	    .max_lifetime = GRANT_LIFETIME };
	static const struct api api = { &grant, NULL, false };

	if (len == 0)
		return 0;
	now.how = in[0];
	now.api = &api;
	run(&(struct pieces){ in + 1, len - 1 });
	return 0;
}
