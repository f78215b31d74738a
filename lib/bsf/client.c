/* client.c: one connection of the BSF's server. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/tcp.h"
#include "bsf/client.h"

#define ROUNDS 4		/* of reading before others have theirs */
#define READ_ROOM 16384		/* a record of TLS */

/* A request that waits for its answer. */
struct pending {
	struct bsf *bsf;
	struct client *client;
	struct http2_request *request;
	struct store_worker *worker;
	struct answer *answer;
	bool answered;
	struct pending *prev, *next;
};

/* ---- requests ---- */

static void
sends(struct client *c)
{
	if (!c->sends)
		DL_APPEND2(c->bsf->senders, c, prev_sends, next_sends);
	c->sends = true;
	c->bsf->soon();
}

static void
sends_not(struct client *c)
{
	if (c->sends)
		DL_DELETE2(c->bsf->senders, c, prev_sends, next_sends);
	c->sends = false;
}

static void
prove(struct client *c)
{
	if (!c->proved) {
		c->proved = true;
		http2_trust(c->http2);
		c->bsf->proved(c);
	}
	c->active = clock_monotonic_ms();
	c->bsf->active(c);
}

static void
refuse(struct client *c, struct http2_request *r, unsigned code,
    const char *detail, const struct push_info_problem *problem)
{
	if (api_refuse(r, code, detail, problem) != OK)
		fail_said();	/* its connection is stuck, and ends */
	sends(c);
}

/* In the loop, and perhaps within libnghttp2: it is dealt with later. */
static void
answered(void *arg)
{
	struct pending *p = arg;

	if (p->answered)
		return;
	p->answered = true;
	DL_APPEND(p->bsf->answered, p);
	p->bsf->soon();
}

static void
forget(struct pending *p)
{
	if (p->answered)
		DL_DELETE(p->bsf->answered, p);
	answer_drop(p->worker, p->answer);
	p->bsf->waiting--;
	p->request->owner = NULL;
	free(p);
}

/* Returns 0, or the status of HTTP that it is refused with. */
static unsigned
ask_hss(struct client *c, struct http2_request *r,
    const struct record *request, const struct push_info_asked *asked)
{
	struct store_worker *worker;
	struct pending *p;
	enum status status = hss_set_find(&c->bsf->hss, request, &worker);

	if (status != OK)
		return answer_code(fail_text());
	if (worker->store->out_of_reach) {
		fail_because("the HSS is out of reach");
		return 503;
	}
	/* who asks one at a time does not suffer from who asks many */
	if (c->bsf->waiting >= BSF_WAITING && http2_count(c->http2) > 1) {
		fail_because("too many requests wait for an answer");
		return 429;
	}
	if ((p = calloc(1, sizeof(*p))) != NULL)
		p->answer = answer_new(worker, request, asked, answered, p);
	if (p == NULL || p->answer == NULL) {
		free(p);
		fail_because("no memory");
		return 500;
	}
	p->bsf = c->bsf;
	p->client = c;
	p->request = r;
	p->worker = worker;
	r->owner = p;
	c->bsf->waiting++;
	return 0;
}

/*
 * What a NAF is told where the HSS fails, or it or the SLF does not know the
 * subscriber: TEXT may name what is behind this server.
 */
static const char *
told(unsigned code, const char *text)
{
	return code == 503 ? "the HSS is out of reach" : code == 404 ?
	    "the HSS has no such subscriber" : code >= 500 ?
	    "the HSS cannot make a vector" : text;
}

static void
whole(void *arg, struct http2_request *r)
{
	struct client *c = arg;
	struct record request;
	struct push_info_asked asked;
	struct push_info_problem problem;
	struct naf naf = { c->names, NULL };
	char detail[512];
	unsigned code;
	bool valid;

	code = api_read(&c->bsf->api, &naf, r, &request, &asked, &problem);
	if (c->proved || naf.token != NULL)
		prove(c);
	valid = code == 0;
	if (valid)
		code = ask_hss(c, r, &request, &asked);
	if (code == 0)
		return;
	strncpy(detail, fail_text(), sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	c->bsf->refused(c, code);
	refuse(c, r, code, valid && code == 404 ? told(code, detail) : detail,
	    &problem);
}

static void
gone(void *arg, struct http2_request *r)
{
	(void)arg;
	if (r->owner != NULL)
		forget(r->owner);
}

static const struct http2_calls calls = { whole, gone };

/* ---- answers ---- */

static void
give(struct pending *p)
{
	struct answer *answer = p->answer;
	struct client *c = p->client;
	struct http2_request *r = p->request;
	struct outcome o = { FAILED, "the HSS is out of reach" };
	unsigned code = 503;

	if (store_task_answered(&answer->task)) {
		o = answer->task.outcome;
		code = answer->code;
	}
	prove(c);
	if (o.status == OK) {
		if (api_answer(r, answer->json, answer->json_len) != OK)
			fail_said();
		answer->json = NULL;
		sends(c);
	}
	forget(p);
	if (o.status == OK)
		return;
	(void)fail_as(&o);
	c->bsf->refused(c, code);
	refuse(c, r, code, told(code, o.text), NULL);
}

/* ---- octets ---- */

static enum status
read_some(struct client *c, uint8_t *v, size_t max, size_t *n)
{
	return c->tls != NULL ? tls_stream_read(c->tls, v, max, n) :
	    tcp_read(c->watch.fd, "the client", v, max, n);
}

static enum status
write_some(struct client *c, const uint8_t *v, size_t len, size_t *n)
{
	return c->tls != NULL ? tls_stream_write(c->tls, v, len, n) :
	    tcp_write(c->watch.fd, v, len, n);
}

/* What of the LEN octets V the socket does not take, is left. */
static enum status
write_or_leave(struct client *c, const uint8_t *v, size_t len)
{
	enum status status;
	size_t n;

	if ((status = write_some(c, v, len, &n)) != OK || n == len)
		return status;
	if ((c->left = malloc(len - n)) == NULL)
		return fail(FAILED, "connection: no memory");
	memcpy(c->left, v + n, len - n);
	c->left_len = len - n;
	c->left_at = 0;
	return OK;
}

static enum status
write_left(struct client *c)
{
	enum status status;
	size_t n;

	if (c->left == NULL)
		return OK;
	if ((status = write_some(c, c->left + c->left_at,
	    c->left_len - c->left_at, &n)) != OK)
		return status;
	c->left_at += n;
	if (c->left_at < c->left_len)
		return OK;
	free(c->left);		/* which erases it */
	c->left = NULL;
	return OK;
}

static enum status
write_all(struct client *c)
{
	static uint8_t out[HTTP2_ROOM];
	enum status status = write_left(c);
	size_t len = 1;

	while (status == OK && c->left == NULL && len > 0) {
		if ((status = http2_give(c->http2, out, &len)) == OK &&
		    len > 0)
			status = write_or_leave(c, out, len);
		wipe(out, len);
	}
	return status;
}

/* ---- the connection ---- */

/* One that does not read its answers is not read from. */
static void
await(struct client *c)
{
	short wants = c->tls == NULL ? 0 : tls_stream_events(c->tls);

	loop_events(&c->watch, (short)(c->left != NULL ? POLLOUT | wants :
	    POLLIN | (wants & POLLOUT)));
}

static void
send_all(struct client *c)
{
	enum status status = write_all(c);

	sends_not(c);
	if (status != OK || (c->left == NULL && http2_ended(c->http2)))
		c->bsf->ended(c, status);
	else
		await(c);
}

void
client_pump(struct bsf *bsf)
{
	while (bsf->answered != NULL)
		give(bsf->answered);
	while (bsf->senders != NULL)
		send_all(bsf->senders);
}

/* Who has not shown who it is by a certificate, does so by a token. */
static enum status
shake_hands(struct client *c)
{
	enum status status = OK;
	bool done = true;

	if (c->tls != NULL)
		status = tls_stream_handshake(c->tls, &done);
	if (status == OK && done && c->tls != NULL)
		status = tls_server_names(c->tls, &c->names);
	c->open = status == OK && done;
	if (c->open && (c->names != NULL || c->bsf->api.trusts))
		prove(c);
	return status;
}

/*
 * *MORE: there may be some that no poll tells of.  Last words, as GOAWAY to who
 * breaks the rules, leave where they can leave at once.
 */
static enum status
read_all(struct client *c, bool *more)
{
	static uint8_t v[READ_ROOM];
	enum status status = OK;
	struct outcome broken;
	size_t n = 1;

	for (int i = 0; i < ROUNDS && n > 0 && status == OK; i++) {
		status = read_some(c, v, sizeof(v), &n);
		if (status == OK && n > 0)
			status = http2_take(c->http2, v, n);
		wipe(v, n);
	}
	*more = n > 0;
	if (status != OK) {
		broken = outcome_of(status);
		(void)write_all(c);
		return fail_as(&broken);
	}
	return OK;
}

/* When it has taken too long for what it does. */
static uint64_t
deadline(const struct client *c)
{
	return c->active + (!c->proved ? CLIENT_PROVE_MS :
	    http2_count(c->http2) > 0 || c->left != NULL ? CLIENT_ASK_MS :
	    CLIENT_IDLE_MS);
}

/* It has: a NAF without a request is told so, and nobody else is. */
static void
end_late(struct client *c)
{
	if (!c->proved) {
		c->bsf->ended(c, fail(FAILED, "nothing proved within %d "
		    "seconds", CLIENT_PROVE_MS / 1000));
	} else if (http2_count(c->http2) > 0 || c->left != NULL) {
		c->bsf->ended(c, fail(REJECTED, "a request did not come, or "
		    "its answer not leave, within %d seconds",
		    CLIENT_ASK_MS / 1000));
	} else {
		http2_goaway(c->http2);
		(void)write_all(c);
		c->bsf->ended(c, OK);
	}
}

static void
ready(void *arg, short revents)
{
	struct client *c = arg;
	enum status status = OK;
	bool more = false;

	if (revents == 0 && clock_monotonic_ms() >= deadline(c)) {
		end_late(c);
		return;
	}
	if (!c->open)
		status = shake_hands(c);
	if (status == OK && c->open && c->left == NULL)
		status = read_all(c, &more);
	if (status != OK) {
		c->bsf->ended(c, status);
		return;
	}
	if (more)
		loop_wake(&c->watch, 1);
	else if (c->watch.wake > deadline(c))
		loop_wake(&c->watch, deadline(c));
	if (c->open)
		send_all(c);
	else
		await(c);
}

enum status
client_new(struct client **out, struct bsf *bsf, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	enum status status = OK;

	*out = c;
	if (c == NULL) {
		close(fd);
		return fail(FAILED, "connection: no memory");
	}
	c->bsf = bsf;
	c->active = clock_monotonic_ms();
	c->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = c->active + CLIENT_PROVE_MS, .ready = ready, .arg = c };
	if (bsf->tls != NULL)
		status = tls_server_begin(&c->tls, bsf->tls, fd);
	if (status == OK && (status = http2_new(&c->http2, &calls, c)) == OK)
		status = loop_add(&c->watch);
	if (status == OK)
		return OK;
	client_free(c);
	*out = NULL;
	return status;
}

void
client_free(struct client *c)
{
	sends_not(c);
	http2_free(c->http2);
	tls_stream_end(c->tls);
	loop_remove(&c->watch);
	close(c->watch.fd);
	free(c->left);
	free(c->names);
	free(c);
}

void
client_leave(struct client *c)
{
	http2_goaway(c->http2);
	(void)write_all(c);
	c->bsf->ended(c, fail(REJECTED, "it was the quietest of too many"));
}

void
client_finish(struct client *c)
{
	http2_goaway(c->http2);
	sends(c);
}
