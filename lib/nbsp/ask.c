/*
 * ask.c: asks a BSF for GPIs over HTTP: a ring of requests, in the order in
 * which they were put and are taken, of which those without an answer are asked
 * by http.c until they have one.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/message.h"
#include "gba/gpi.h"
#include "nbsp/ask.h"
#include "nbsp/credentials.h"
#include "nbsp/http.h"
#include "nbsp/push_info.h"
#include "transport/tls_client.h"

#define PAUSE_MS 200		/* before what was lost is asked again */
#define IDLE_MS 10000		/* then the connection is closed */
#define STRIKES 3		/* broken answers in a row */
#define REFUSALS 10		/* of a stream, while others are answered */
#define DOUBLINGS 4		/* of the pause, while the BSF is busy */

/* A request, from ask_put() to ask_take(). */
struct question {
	enum { WAITS, ASKED, ANSWERED, REFUSED } state;
	unsigned strikes, refusals, busy;
	uint64_t busy_since;	/* when the BSF was first too busy for it */
	size_t record_len, json_len, answer_len;
	uint8_t *record;	/* as it was put */
	char *json;		/* its body */
	char *answer;		/* its answer's body, or why there is none */
};

struct ask {
	char uri[WHERE_MAX + 16];	/* in messages */
	char where[WHERE_MAX];	/* HOST:PORT; "": a Unix socket */
	char authority[WHERE_MAX];
	const char *socket;
	char *path, *authorization;
	bool secure;
	struct ssl_ctx_st *tls;
	uint64_t lost_ms;
	struct http *http;
	struct watch pause;	/* until what was lost is asked again, or
				   until the connection is closed */

	/* a ring, by numbers that count all that were put */
	struct question question[ASK_MAX];
	size_t first, end;	/* the oldest; behind the newest */
	size_t next;		/* none before it waits */
	size_t left;		/* without an answer */
	uint8_t seen[ASK_MAX][16];	/* the last RANDs, in a ring */
	size_t seen_at;

	/* of trouble */
	bool ever;		/* an answer came */
	bool lost, dead;	/* just now: the connection; nothing comes */
	unsigned broken;	/* in a row: what is no HTTP */
	uint64_t not_before;	/* when to ask again */
	uint64_t answered_at;	/* the last */
	uint64_t until;		/* when to give up; 0: all is well */
	bool over;
	struct outcome why;
};

static void start(struct ask *);

static struct question *
question_of(struct ask *a, size_t number)
{
	return &a->question[number % ASK_MAX];
}

/* ---- answers, and what is none ---- */

static void
settle(struct ask *a, struct question *q, int state, char *answer, size_t len)
{
	q->state = state;
	q->answer = answer;
	q->answer_len = len;
	a->left--;
}

/* It has no answer, and the last failure says why. */
static void
refuse(struct ask *a, struct question *q)
{
	char *text = strdup(fail_text());

	fail_said();
	settle(a, q, REFUSED, text, text == NULL ? 0 : strlen(text));
}

/* The BSF has answered something. */
static void
answered(struct ask *a)
{
	a->ever = true;
	a->until = 0;
	a->broken = 0;
	a->answered_at = clock_monotonic_ms();
}

/*
 * What failed last is no reason to give up, unless A is over or there has been
 * no answer for too long.
 */
static void
bear(struct ask *a, uint64_t pause_ms)
{
	uint64_t now = clock_monotonic_ms();

	if (a->until == 0 && !a->over)
		warn("%s: %s; what has no answer is asked again", a->uri,
		    fail_text());
	if (a->until == 0)
		a->until = now + a->lost_ms;
	a->over = a->over || now >= a->until;
	if (a->not_before < now + pause_ms)
		a->not_before = now + pause_ms;
	if (a->not_before > a->until)
		a->not_before = a->until;
	a->why = outcome_of(FAILED);
}

static void
ask_again(struct ask *a, struct question *q, uint64_t pause_ms)
{
	q->state = WAITS;
	a->next = a->first;
	bear(a, pause_ms);
}

/*
 * The BSF has no time for Q, for the last failure.  Where it has some for
 * others, as when one HSS of many is out of reach, that costs Q alone at last.
 */
static void
wait_for_busy(struct ask *a, struct question *q, uint64_t retry_after)
{
	uint64_t now = clock_monotonic_ms(), pause = 1000 * retry_after;

	if (q->busy++ == 0)
		q->busy_since = now;
	if (now >= q->busy_since + a->lost_ms &&
	    a->answered_at >= q->busy_since) {
		(void)fail_in(REJECTED, "%s", a->uri);
		refuse(a, q);
		return;
	}
	if (retry_after == 0)
		pause = PAUSE_MS << (q->busy <= DOUBLINGS ? q->busy - 1 :
		    DOUBLINGS);
	ask_again(a, q, pause < a->lost_ms ? pause : a->lost_ms);
}

/* The answer has a status of HTTP that is not 200. */
static void
settle_code(struct ask *a, struct question *q, const struct http_answer *answer)
{
	char words[PUSH_INFO_WORDS];
	unsigned code = answer->code;

	push_info_read_problem(answer->v != NULL ? answer->v : "",
	    answer->v != NULL ? answer->len : 0, words);
	if (code == 429 || code == 502 || code == 503 || code == 504) {
		fail_because("%s (%u)", words[0] != '\0' ? words :
		    "it is busy", code);
		wait_for_busy(a, q, answer->retry_after);
		return;
	}
	answered(a);
	if (code / 100 == 3)
		fail_because("%s: it redirects, which is not followed (%u)",
		    a->uri, code);
	else
		fail_because("%s: %s (%u)", a->uri, words[0] != '\0' ? words :
		    "it does not say why", code);
	refuse(a, q);
}

/*
 * A post that was cut off or late is the request's bad luck, until it happens
 * too often.  What else fails, is the connection, with many at once.
 */
static void
settle_failure(struct ask *a, struct question *q,
    const struct http_answer *answer)
{
	bool late = answer->end == HTTP_LATE;
	bool passed_over = answer->end == HTTP_REFUSED &&
	    a->answered_at >= answer->since;
	bool alone = late || answer->end == HTTP_CUT || passed_over;

	/* others were answered, and it will be with the next connection */
	if (passed_over && q->refusals++ < REFUSALS) {
		q->state = WAITS;
		a->next = a->first;
		return;
	}
	if (late)
		fail_because("no answer within %" PRIu64 " s",
		    (clock_monotonic_ms() - answer->since + 500) / 1000);
	else
		fail_because("%s", answer->why);
	a->dead = a->dead || (late && a->answered_at <= answer->since);
	if (alone && ++q->strikes >= STRIKES) {
		(void)fail_in(REJECTED, "%s: asked %d times", a->uri, STRIKES);
		refuse(a, q);
		return;
	}
	if (!alone && !a->lost) {
		a->lost = true;
		a->broken += answer->end == HTTP_NONE;
		a->over = a->over || a->broken >= STRIKES ||
		    answer->end == HTTP_FINAL ||
		    (!a->ever && answer->end == HTTP_UNREACHABLE);
	}
	ask_again(a, q, PAUSE_MS);
}

static void
done(void *arg, void *post, struct http_answer *answer)
{
	struct ask *a = arg;
	struct question *q = post;

	if (answer->end == HTTP_TOO_LONG) {
		answered(a);
		fail_because("%s: found an answer of more than %d octets",
		    a->uri, PUSH_INFO_MAX);
		refuse(a, q);
	} else if (answer->end != HTTP_ANSWERED) {
		settle_failure(a, q, answer);
	} else if (answer->code != 200) {
		settle_code(a, q, answer);
	} else {
		answered(a);
		settle(a, q, ANSWERED, answer->v, answer->v != NULL ?
		    answer->len : 0);
		answer->v = NULL;
	}
}

/* What was asked, waits, and the connection is closed. */
static void
hang_up(struct ask *a)
{
	http_hang_up(a->http);
	for (size_t i = a->first; i < a->end; i++)
		if (question_of(a, i)->state == ASKED)
			question_of(a, i)->state = WAITS;
	a->next = a->first;
}

/* All that ended at once has been seen. */
static void
more(void *arg)
{
	struct ask *a = arg;

	if (a->dead || a->over)
		hang_up(a);
	a->lost = a->dead = false;
	start(a);
}

/* ---- what is under way ---- */

static struct question *
next_question(struct ask *a)
{
	while (a->next < a->end && question_of(a, a->next)->state != WAITS)
		a->next++;
	return a->next < a->end ? question_of(a, a->next) : NULL;
}

/* It may fail at once. */
static void
post(struct ask *a, uint64_t now)
{
	struct question *q;

	while (!a->over && a->not_before <= now && http_room(a->http) &&
	    (q = next_question(a)) != NULL) {
		q->state = ASKED;
		http_post(a->http, q, q->json, q->json_len);
	}
}

/* Have as many under way as may be, or close what is idle. */
static void
start(struct ask *a)
{
	uint64_t now = clock_monotonic_ms();

	loop_wake(&a->pause, LOOP_NEVER);
	if (a->over)
		return;
	if (a->left == 0) {
		loop_wake(&a->pause, now + IDLE_MS);
	} else if (a->not_before > now) {
		loop_wake(&a->pause, a->not_before);
	} else {
		post(a, now);
	}
}

static void
pause_over(void *arg, short revents)
{
	struct ask *a = arg;

	(void)revents;
	if (a->left == 0)
		hang_up(a);
	else
		start(a);
}

/* ---- opening ---- */

static const char *const schemes[] = { "https://", "http://", "unix:" };

bool
ask_is_uri(const char *bsf)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncmp(bsf, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* HTTPS://HOST[:PORT][/PREFIX] */
static enum status
read_address(struct ask *a, const char *bsf, bool insecure)
{
	const char *rest = strstr(bsf, "://") + 3, *port;
	size_t len = strcspn(rest, "/"), n = strlen(rest + len);
	struct host_port p;
	enum status status;

	a->secure = strncmp(bsf, schemes[0], strlen(schemes[0])) == 0;
	port = a->secure ? "443" : "80";
	if ((status = address_read(rest, len, port, &p)) != OK)
		return fail_in(status, "%s", bsf);
	for (const char *c = rest + len; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("?#\"<>\\^`{|}", *c))
			return fail(USAGE, "%s: found a character that no path "
			    "has", bsf);
	if (!a->secure && (!insecure || (!address_loopback(&p) &&
	    strcmp(p.host, "localhost") != 0)))
		return fail(USAGE, "%s: without TLS the keys are for all to "
		    "read; only with --insecure, and to this machine", bsf);
	address_put(&p, a->where);
	snprintf(a->uri, sizeof(a->uri), "%s%s", schemes[!a->secure],
	    a->where);
	strcpy(a->authority, a->where);
	if (strcmp(p.port, port) == 0)
		*strrchr(a->authority, ':') = '\0';
	while (n > 0 && rest[len + n - 1] == '/')
		n--;
	return asprintf(&a->path, "%.*s%s", (int)n, rest + len,
	    PUSH_INFO_PATH) >= 0 ? OK : fail(FAILED, "%s: no memory", bsf);
}

static enum status
read_uri(struct ask *a, const struct ask_options *o)
{
	const char *bsf = o->bsf;
	struct sockaddr_un unused;
	enum status status;

	if (!ask_is_uri(bsf))
		return fail(USAGE, "%s: expected https://HOST[:PORT]", bsf);
	if (strncmp(bsf, schemes[2], strlen(schemes[2])) != 0) {
		status = read_address(a, bsf, o->insecure);
	} else if (!o->insecure) {
		status = fail(USAGE, "%s: without TLS, only with --insecure",
		    bsf);
	} else {
		a->socket = bsf + strlen(schemes[2]);
		snprintf(a->uri, sizeof(a->uri), "%s", bsf);
		strcpy(a->authority, "localhost");
		status = address_unix(a->socket, &unused);
		a->path = strdup(PUSH_INFO_PATH);
		if (status == OK && a->path == NULL)
			status = fail(FAILED, "%s: no memory", bsf);
	}
	if (status == OK && a->secure && o->insecure)
		return fail(USAGE, "--insecure: %s has TLS", bsf);
	if (status == OK && !a->secure && (o->cert != NULL || o->key != NULL ||
	    o->ca != NULL))
		return fail(USAGE, "--cert, --key and --ca are for https://");
	return status;
}

static enum status
read_files(struct ask *a, const struct ask_options *o)
{
	enum status status = OK;

	if (a->secure)
		status = credentials_open(&a->tls, o->ca, o->cert, o->key);
	if (status == OK && o->token_file != NULL)
		status = credentials_token(o->token_file, &a->authorization);
	return status;
}

enum status
ask_open(struct ask **out, const struct ask_options *o, const char **where)
{
	struct ask *a = calloc(1, sizeof(*a));
	enum status status;

	*out = a;
	if (a == NULL)
		return fail(FAILED, "no memory");
	a->pause = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = pause_over, .arg = a };
	a->lost_ms = 1000 * o->retry_for;
	if ((status = read_uri(a, o)) != OK ||
	    (status = read_files(a, o)) != OK ||
	    (status = http_open(&a->http, &(struct http_options){
	    .where = a->where, .socket = a->socket, .tls = a->tls,
	    .authority = a->authority, .path = a->path,
	    .authorization = a->authorization,
	    .timeout_ms = 1000 * o->timeout, .max = PUSH_INFO_MAX,
	    .done = done, .more = more, .arg = a })) != OK)
		return status;
	if (where != NULL)
		*where = a->where[0] != '\0' ? a->where : NULL;
	return loop_add(&a->pause);
}

void
ask_close(struct ask *a)
{
	if (a == NULL)
		return;
	ask_forget(a);
	http_close(a->http);
	loop_remove(&a->pause);
	tls_client_close(a->tls);
	free(a->authorization);
	free(a->path);
	free(a);
}

/* ---- what its user calls ---- */

bool
ask_room(const struct ask *a)
{
	return a->end - a->first < ASK_MAX;
}

enum status
ask_put(struct ask *a, const struct record *request)
{
	struct question *q = question_of(a, a->end);
	uint8_t record[RECORD_MAX];
	char json[PUSH_INFO_ROOM];
	enum status status;

	assert(ask_room(a));
	memset(q, 0, sizeof(*q));
	status = push_info_write_request(request, json, &q->json_len);
	if (status != OK)
		return status;
	q->record_len = record_encode(request, record);
	q->record = malloc(q->record_len);
	q->json = malloc(q->json_len);
	if (q->record == NULL || q->json == NULL) {
		free(q->record);
		free(q->json);
		return fail(FAILED, "no memory");
	}
	memcpy(q->record, record, q->record_len);
	memcpy(q->json, json, q->json_len);
	a->end++;
	a->left++;
	start(a);
	return OK;
}

bool
ask_answered(const struct ask *a)
{
	return a->first < a->end &&
	    a->question[a->first % ASK_MAX].state >= ANSWERED;
}

bool
ask_all_answered(const struct ask *a)
{
	return a->left == 0;
}

enum status
ask_check(const struct ask *a)
{
	if (!a->over)
		return OK;
	(void)fail_as(&a->why);
	return fail_in(FAILED, "%s", a->uri);
}

enum status
ask_wait(struct ask *a)
{
	while (!a->over && a->left > 0)
		if (loop_wait(-1, LOOP_NEVER) == LOOP_SIGNAL)
			return fail(FAILED, "stopped by a signal");
	return ask_check(a);
}

/* A vector that a BSF gives twice would be one for two devices. */
static enum status
check_fresh(struct ask *a, const struct record *response)
{
	struct record g;
	enum status status = gpi_decode(&g, response->gpi.v,
	    response->gpi.len);

	if (status != OK)
		return status;
	for (size_t i = 0; i < ASK_MAX; i++)
		if (memcmp(a->seen[i], g.rand.v, 16) == 0)
			return fail(REJECTED, "gbaPushInfo: found a RAND that "
			    "was given before, expected a new one");
	memcpy(a->seen[a->seen_at++ % ASK_MAX], g.rand.v, 16);
	return OK;
}

static void
free_question(struct question *q)
{
	free(q->record);
	free(q->json);
	if (q->answer != NULL)
		wipe(q->answer, q->answer_len);
	free(q->answer);
	memset(q, 0, sizeof(*q));
}

enum status
ask_take(struct ask *a, struct record *request, struct record *response)
{
	struct question *q = question_of(a, a->first++);
	enum status status = record_decode(request, q->record, q->record_len);

	assert(status == OK && q->state >= ANSWERED);
	record_init(response, RECORD_RESPONSE);
	if (q->state == REFUSED) {
		status = fail(REJECTED, "%s", q->answer != NULL ? q->answer :
		    "no memory");
	} else {
		status = push_info_read_response(response, request,
		    q->answer != NULL ? q->answer : "", q->answer_len);
		if (status == OK)
			status = check_fresh(a, response);
		if (status != OK)
			status = fail_in(status, "%s", a->uri);
	}
	if (status != OK)
		record_wipe(response);
	free_question(q);
	return status;
}

void
ask_forget(struct ask *a)
{
	if (a->left > 0 && a->http != NULL)
		http_hang_up(a->http);
	while (a->first < a->end)
		free_question(question_of(a, a->first++));
	a->next = a->first;
	a->left = a->broken = 0;
	a->until = 0;
	a->over = false;
	a->why.status = OK;
}
