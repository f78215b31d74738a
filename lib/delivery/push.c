/* push.c: GPIs on their way to devices. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/message.h"
#include "delivery/pool.h"
#include "delivery/push.h"

#define FIRST_PAUSE_MS 1000	/* between tries, doubled six times */
#define ASKED_MAX_MS 600000	/* that a receiver can have us wait */
#define LEAVE_MS 1000		/* for last words, where nothing is awaited */
#define QUIET_MS 60000		/* what begins again meanwhile, is not said */
#define CROWDED_MS 50		/* until a connection may be free */

/* Where GPIs go, in place of their ue_trp. */
struct route {
	const char *scheme;	/* of their ue_trp: SCHEME=URI */
	size_t len;		/* of the scheme */
	const char *uri;
	const struct transport *transport;
	char where[TRANSPORT_WHERE_MAX];
};

/* One record until its report. */
struct pushed {
	struct delivery d;
	struct push *push;
	struct pushed *next;		/* that wait to be tried again; free */
	const struct route *route;	/* NULL: to its ue_trp */
	const struct transport *transport;
	struct connection *connection;
	uint64_t number, first, again;	/* monotonic ms: first try, the next */
	unsigned tries;
	bool retried;			/* it waits for another try, or has */
	TEXT(64) p_tid;
	TEXT(255) ue_id, ue_trp;
	char where[TRANSPORT_WHERE_MAX];	/* of its ue_trp */
	uint8_t gpi[GPI_MAX];
};

struct push {
	struct push_options options;
	struct transport_options trusted;	/* of routes: they may make
						   files */
	struct route to;	/* of --to: its URI may be NULL */
	struct route *via;	/* of --via */
	struct pool pool;
	struct pushed *waiting, *free;
	uint64_t under_way;
	struct watch watch;		/* for those that wait */
	struct bucket rate;
	struct retrying {
		uint64_t count;		/* that are retried now */
		uint64_t left, failed;	/* since it was said */
		uint64_t quiet_until;	/* monotonic ms */
		bool said;
	} retrying;
};

/* ---- what is said of tries ---- */

static void
retry_begins(struct pushed *p, const char *why)
{
	struct retrying *r = &p->push->retrying;
	uint64_t now = clock_monotonic_ms();

	if (p->retried || p->transport->tells)
		return;
	p->retried = true;
	if (r->count++ > 0 || now < r->quiet_until)
		return;
	r->said = true;
	r->left = r->failed = 0;
	r->quiet_until = now + QUIET_MS;
	warn("%s; trying again for up to %" PRIu64 " s", why,
	    p->push->options.retry_for);
}

/* The last of them ends it, unless that is a signal's doing. */
static void
retry_ends(struct pushed *p, bool left)
{
	struct retrying *r = &p->push->retrying;

	r->left += left;
	r->failed += !left;
	if (--r->count > 0 || !r->said || loop_signalled())
		return;
	r->said = false;
	warn("no more tries: %" PRIu64 " that were tried again have left, %"
	    PRIu64 " have failed", r->left, r->failed);
}

/* ---- reports ---- */

static void
put_ue_trp(struct pushed *p, const char *uri)
{
	p->ue_trp.len = (uint16_t)strlen(uri);
	strcpy(p->ue_trp.v, uri);
}

static void
report(struct pushed *p, enum state state, const struct outcome *outcome)
{
	struct push *push = p->push;
	size_t len = strlen(outcome->text);
	struct record r;

	/* where it went: to the number in its ue_trp, or else to the URI */
	if (p->route != NULL && !p->d.to_number)
		put_ue_trp(p, p->route->uri);
	record_init(&r, RECORD_REPORT);
	record_put(&r, KEY_P_TID, p->p_tid.v, p->p_tid.len);
	if (p->ue_id.len > 0)
		record_put(&r, KEY_UE_ID, p->ue_id.v, p->ue_id.len);
	if (p->ue_trp.len > 0)
		record_put(&r, KEY_UE_TRP, p->ue_trp.v, p->ue_trp.len);
	record_put_uint(&r, KEY_TIME, clock_now());
	record_put_uint(&r, KEY_STATE, state);
	if (outcome->status != OK)
		record_put(&r, KEY_DETAIL, outcome->text,
		    len < 255 ? len : 255);
	if (p->retried)
		retry_ends(p, outcome->status == OK);
	push->options.report(push->options.arg, &r, p->number, outcome);
	push->under_way--;
	p->next = push->free;
	push->free = p;
}

/* The same for STATUS: OK is sent, else it failed for the last failure. */
static void
report_status(struct pushed *p, enum status status)
{
	struct outcome outcome = outcome_of(status);

	report(p, status == OK ? STATE_SENT : STATE_FAILED, &outcome);
}

/* ---- tries ---- */

static void
wait_again(struct pushed *p)
{
	struct push *push = p->push;

	p->next = push->waiting;
	push->waiting = p;
	if (p->again < push->watch.wake)
		loop_wake(&push->watch, p->again);
}

/*
 * Several that failed at once do not all come back at once, and none before it
 * is ASKED_MS milliseconds.
 */
static void
try_later(struct pushed *p, uint64_t ms, uint64_t asked_ms)
{
	uint64_t less = p->number * 2654435761u % (ms / 4 + 1);

	if (ms < less + asked_ms)
		less = ms < asked_ms ? 0 : ms - asked_ms;
	p->again = clock_monotonic_ms() + ms - less;
	wait_again(p);
}

/* What its receiver asks for, unless that is long, or longer than the key. */
static uint64_t
asked_ms(const struct pushed *p)
{
	uint64_t ms = p->d.asked_ms;

	if (ms > ASKED_MAX_MS)
		ms = ASKED_MAX_MS;
	return clock_now() + ms / 1000 >= p->d.key_lt ? 0 : ms;
}

/*
 * How long to wait before P is tried again, while its key lives; 0: that was
 * all.
 */
static uint64_t
pause_ms(const struct pushed *p)
{
	uint64_t ms = FIRST_PAUSE_MS << (p->tries < 6 ? p->tries : 6);
	uint64_t end = p->first + 1000 * p->push->options.retry_for;
	uint64_t now = clock_monotonic_ms();

	if (ms < asked_ms(p))
		ms = asked_ms(p);
	if (now + ms > end)
		ms = end > now ? end - now : 0;
	return loop_signalled() || ms < FIRST_PAUSE_MS / 2 ||
	    clock_now() + ms / 1000 >= p->d.key_lt ? 0 : ms;
}

/* What cannot be written here, is no fault of where a record leads to. */
static void
report_verdict(struct pushed *p, enum state state,
    const struct outcome *outcome)
{
	bool ours = p->route != NULL && p->transport->local;
	struct outcome refused;

	if (outcome->status == OK || ours) {
		report(p, state, outcome);
		return;
	}
	refused = *outcome;
	refused.status = REJECTED;
	report(p, state, &refused);
}

static void
ended(struct delivery *d, enum state state, const struct outcome *outcome)
{
	struct pushed *p = (struct pushed *)d;
	uint64_t ms = outcome->status == FAILED ? pause_ms(p) : 0;

	if (p->connection != NULL)
		p->connection->busy--;
	p->connection = NULL;
	p->tries++;
	if (ms > 0) {
		retry_begins(p, outcome->text);
		try_later(p, ms, asked_ms(p));
	} else {
		report_verdict(p, state, outcome);
	}
}

static void
try(struct pushed *p)
{
	struct connection *c;
	enum status status = pool_find(&p->push->pool, p->transport,
	    p->route != NULL ? &p->push->trusted : &p->push->options.transport,
	    p->d.where, &c);

	if (status != OK) {
		delivery_came_to(&p->d, STATE_FAILED, status);
	} else if (c == NULL) {
		try_later(p, CROWDED_MS, 0);
	} else {
		p->connection = c;
		p->d.asked_ms = 0;
		c->busy++;
		c->transport->send(c, &p->d);
	}
}

/* Try those whose time it is; each may wait again. */
static void
try_waiting(void *arg, short revents)
{
	struct push *push = arg;
	struct pushed *all = push->waiting, *p;
	uint64_t now = clock_monotonic_ms();

	(void)revents;
	push->waiting = NULL;
	loop_wake(&push->watch, LOOP_NEVER);
	while ((p = all) != NULL) {
		all = p->next;
		if (loop_signalled()) {
			report_status(p, fail(REJECTED, "%s: stopped by a "
			    "signal", p->d.uri));
		} else if (p->again <= now && bucket_take(&push->rate)) {
			try(p);
		} else {
			if (p->again <= now)
				p->again = bucket_next(&push->rate);
			wait_again(p);
		}
	}
}

/* ---- one record ---- */

static struct pushed *
new_pushed(struct push *push, uint64_t number)
{
	struct pushed *p = push->free;

	if (p != NULL)
		push->free = p->next;
	else if ((p = malloc(sizeof(*p))) == NULL)
		return NULL;
	p->d = (struct delivery){ .end = ended, .gpi = p->gpi };
	p->push = push;
	p->transport = NULL;
	p->connection = NULL;
	p->number = number;
	p->tries = 0;
	p->retried = false;
	p->first = push->options.retry_for == 0 ? 0 : clock_monotonic_ms();
	push->under_way++;
	return p;
}

static const struct route *
find_route(const struct push *push, const char *trp)
{
	const struct route *r = push->via;

	if (push->to.uri != NULL)
		return &push->to;
	for (size_t i = 0; i < push->options.via_count; i++, r++)
		if (strncasecmp(trp, r->scheme, r->len) == 0 &&
		    trp[r->len] == ':')
			return r;
	return NULL;
}

/*
 * Where P goes: by its route, and the number of the device is in its ue_trp;
 * else to its ue_trp.
 */
static enum status
address(struct pushed *p)
{
	const char *trp = p->ue_trp.v;
	const char *number = transport_sms_number(trp);
	enum status status;

	p->d.number = number;
	if (p->route != NULL) {
		p->d.uri = p->route->uri;
		p->d.where = p->route->where;
		p->transport = p->route->transport;
		return OK;
	}
	if (p->ue_trp.len == 0)
		return fail(REJECTED, "the response has no ue_trp; give --to "
		    "URI");
	if (number != NULL)
		return fail(REJECTED, "%s: needs an SMSC or a modem: --via "
		    "sms=smpp://... or --via sms=sms-pdu:...", trp);
	p->d.uri = trp;
	p->d.where = p->where;
	status = transport_find(trp, USE_SEND, &p->transport, p->where);
	return status == OK ? OK : fail_in(REJECTED, "ue_trp");
}

static bool
goes_to_put(const struct push *push)
{
	return push->options.to != NULL && strcmp(push->options.to, "-") == 0;
}

static void
put(struct pushed *p)
{
	const struct push_options *o = &p->push->options;
	enum status status = o->put(o->arg, p->gpi, p->d.len);

	report_status(p, status);
}

static void
await_room(struct push *push)
{
	if (push->under_way < push->options.window)
		return;
	push->options.pause(push->options.arg);
	while (push->under_way >= push->options.window && !loop_signalled())
		(void)loop_wait(-1, LOOP_NEVER);
}

static void
await_turn(struct push *push)
{
	while (!bucket_take(&push->rate) && !loop_signalled()) {
		push->options.pause(push->options.arg);
		(void)loop_wait(-1, bucket_next(&push->rate));
	}
}

/* What is absent from a record is undefined there, and empty in a pushed. */
static void
fill(struct pushed *p, const struct record *response)
{
	memcpy(&p->p_tid, &response->p_tid, sizeof(p->p_tid));
	p->ue_id.len = p->ue_trp.len = 0;
	p->ue_trp.v[0] = '\0';
	if (record_has(response, HAS(UE_ID)))
		memcpy(&p->ue_id, &response->ue_id, sizeof(p->ue_id));
	if (record_has(response, HAS(UE_TRP)))
		memcpy(&p->ue_trp, &response->ue_trp, sizeof(p->ue_trp));
	memcpy(p->gpi, response->gpi.v, response->gpi.len);
	p->d.len = response->gpi.len;
	p->d.key_lt = response->key_lt;
}

enum status
push_one(struct push *push, const struct record *response, uint64_t number)
{
	struct pushed *p;

	await_room(push);
	if ((p = new_pushed(push, number)) == NULL)
		return fail(FAILED, "push: no memory");
	fill(p, response);
	p->route = find_route(push, p->ue_trp.v);
	await_turn(push);
	if (loop_signalled())
		report_status(p, fail(REJECTED, "stopped by a signal"));
	else if (goes_to_put(push))
		put(p);
	else if (address(p) == OK)
		try(p);
	else
		report_status(p, REJECTED);
	return OK;
}

/* ---- all of them ---- */

static enum status
open_route(struct route *r, const char *uri)
{
	enum status status;

	r->uri = uri;
	if (strcmp(uri, "-") != 0 && (status = transport_find(uri, USE_SEND,
	    &r->transport, r->where)) != OK)
		return status;
	/* it will stand in reports */
	return field_check_string(&fields[KEY_UE_TRP], (const uint8_t *)uri,
	    strlen(uri)) == OK ? OK : USAGE;
}

/* Begin R with TEXT, SCHEME=URI; those before it are from FIRST on. */
static enum status
open_via(struct route *r, const struct route *first, const char *text)
{
	static const char of_scheme[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";

	r->scheme = text;
	r->len = strspn(text, of_scheme);
	if (r->len == 0 || text[r->len] != '=' || strcmp(text + r->len,
	    "=-") == 0)
		return fail(USAGE, "'%s' is not SCHEME=URI, as "
		    "sms=smpp://mtc@smsc.example.org", text);
	for (; first < r; first++)
		if (first->len == r->len &&
		    strncasecmp(first->scheme, text, r->len) == 0)
			return fail(USAGE, "%.*s is given twice", (int)r->len,
			    text);
	return open_route(r, text + r->len + 1);
}

static enum status
open_routes(struct push *push)
{
	const struct push_options *o = &push->options;
	enum status status = OK;

	if (o->to != NULL && o->via_count > 0)
		return fail(USAGE, "give --to or --via, not both");
	if (o->to != NULL && (status = open_route(&push->to, o->to)) != OK)
		return fail_in(status, "--to");
	if (o->via_count > 0 && (push->via = calloc(o->via_count,
	    sizeof(push->via[0]))) == NULL)
		return fail(FAILED, "push: no memory");
	for (size_t i = 0; status == OK && i < o->via_count; i++)
		status = open_via(&push->via[i], push->via, o->via[i]);
	return status == OK ? OK : fail_in(status, "--via");
}

enum status
push_open(struct push **made, const struct push_options *options)
{
	struct push *push = calloc(1, sizeof(*push));
	enum status status;

	if (push == NULL)
		return fail(FAILED, "push: no memory");
	*made = push;
	push->options = *options;
	push->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = try_waiting, .arg = push };
	bucket_begin(&push->rate, options->rate, 1);
	if ((status = open_routes(push)) != OK)
		return status;
	push->options.transport.again = options->retry_for > 0;
	if ((status = transport_prepare(&push->options.transport)) != OK)
		return status;
	push->trusted = push->options.transport;
	push->trusted.makes_files = true;
	return loop_add(&push->watch);
}

uint64_t
push_under_way(const struct push *push)
{
	return push->under_way;
}

void
push_finish(struct push *push)
{
	while (push->under_way > 0 && !loop_signalled()) {
		push->options.pause(push->options.arg);
		(void)loop_wait(-1, LOOP_NEVER);
	}
	pool_finish(&push->pool, 1000 * push->options.transport.timeout);
	pool_close(&push->pool);
	if (push->under_way > 0)
		try_waiting(push, 0);
}

void
push_close(struct push *push)
{
	struct pushed *p;

	if (push == NULL)
		return;
	pool_finish(&push->pool, LEAVE_MS);
	pool_close(&push->pool);
	loop_remove(&push->watch);
	transport_release(&push->options.transport);
	for (; (p = push->free) != NULL; free(p))
		push->free = p->next;
	for (; (p = push->waiting) != NULL; free(p))
		push->waiting = p->next;
	free(push->via);
	free(push);
}
