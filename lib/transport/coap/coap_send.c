/*
 * coap_send.c: GPIs to servers of CoAP.  A client has one question under way
 * at a time with a server (RFC 7252 clause 4.7, NSTART): other GPIs for it
 * wait.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/coap/coap_exchange.h"
#include "transport/coap/coap_listen.h"

#define ASKED_MAX 200		/* servers at a time: three descriptors each */
#define BUCKETS 256

/* One that there are deliveries for. */
struct server {
	struct server *next;		/* in its bucket */
	struct server *behind;		/* in the line of those to be asked */
	struct asker *asker;
	coap_address_t at;
	struct delivery *first, **last;	/* the first is under way, if asked */
	struct coap_exchange ask;
};

struct asker {
	struct connection base;
	struct server *bucket[BUCKETS];
	struct server *line, **line_end;
	unsigned asked;
};

/* ---- servers ---- */

static struct server **
bucket_of(struct asker *a, const coap_address_t *at)
{
	const uint8_t *v = (const uint8_t *)&at->addr;
	uint32_t sum = 0;

	for (socklen_t i = 0; i < at->size; i++)
		sum = 31 * sum + v[i];
	return &a->bucket[sum % BUCKETS];
}

static void
line_up(struct server *s)
{
	s->behind = NULL;
	*s->asker->line_end = s;
	s->asker->line_end = &s->behind;
}

static void server_done(void *arg);

/* The server at AT, which is a new one where it has no deliveries; or NULL. */
static struct server *
server_at(struct asker *a, const coap_address_t *at)
{
	struct server **bucket = bucket_of(a, at), *s;

	for (s = *bucket; s != NULL; s = s->next)
		if (coap_address_equals(&s->at, at))
			return s;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->asker = a;
	s->at = *at;
	s->last = &s->first;
	s->ask.done = server_done;
	s->ask.arg = s;
	s->next = *bucket;
	*bucket = s;
	line_up(s);
	return s;
}

static void
forget(struct server *s)
{
	struct server **at = bucket_of(s->asker, &s->at);

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

/* ---- asking ---- */

static void
end_all(struct delivery *d, enum status status, const char *why)
{
	struct delivery *next;

	for (; d != NULL; d = next) {
		next = d->next;
		if (status != OK)
			fail_because("%s: %s", d->uri, why);
		delivery_end(d, status == OK ? STATE_DELIVERED : STATE_FAILED,
		    status);
	}
}

/*
 * What was under way has ended; and what waits behind it, where the server is
 * dead: it would wait as long, and in vain.
 */
static void
settle(struct server *s)
{
	const struct transport_options *c = s->asker->base.opts;
	struct delivery *ended = s->first;
	struct coap_exchange how = s->ask;

	s->first = how.dead ? NULL : ended->next;
	if (s->first != NULL)
		ended->next = NULL;
	if (s->first != NULL)
		line_up(s);
	else
		forget(s);
	if (how.answer.len > 0 && c->answer != NULL)
		c->answer(c->arg, how.answer.v, how.answer.len);
	end_all(ended, how.status, how.why);
}

static void
ask_more(struct asker *a)
{
	struct server *s;

	while ((s = a->line) != NULL && a->asked < ASKED_MAX) {
		if ((a->line = s->behind) == NULL)
			a->line_end = &a->line;
		if (coap_exchange_start(&s->ask, &s->at, s->first,
		    a->base.opts->timeout) == OK)
			a->asked++;
		else
			settle(s);
	}
}

static void
server_done(void *arg)
{
	struct server *s = arg;
	struct asker *a = s->asker;

	coap_exchange_stop(&s->ask);
	a->asked--;
	settle(s);
	ask_more(a);
}

/* ---- the connection ---- */

static enum status
valid(const char *where)
{
	struct coap_uri u;

	return coap_uri_split(where, &u);
}

/* One connection for all. */
static size_t
any_name(const char *where)
{
	(void)where;
	return 0;
}

static enum status
asker_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	struct asker *a = calloc(1, sizeof(*a));

	(void)name;
	(void)given;
	if (a == NULL)
		return fail(FAILED, "coap: no memory");
	coap_uri_quiet();
	a->line_end = &a->line;
	*c = &a->base;
	return OK;
}

static void
asker_send(struct connection *c, struct delivery *d)
{
	struct asker *a = (struct asker *)c;
	struct server *s = NULL;
	struct coap_uri u;
	coap_address_t at;
	enum status status = coap_uri_split(d->where, &u);

	if (status == OK)
		status = coap_uri_find(&u, &at);
	if (status == OK && coap_address_get_port(&at) == 0)
		status = fail(REJECTED, "port 0 is not possible");
	if (status == OK && (s = server_at(a, &at)) == NULL)
		status = fail(FAILED, "no memory");
	if (status != OK) {
		status = fail_in(status, "%s", d->uri);
		delivery_end(d, STATE_FAILED, status);
		return;
	}
	d->next = NULL;
	*s->last = d;
	s->last = &d->next;
	ask_more(a);
}

static void
asker_close(struct connection *c)
{
	struct asker *a = (struct asker *)c;
	struct server *s;
	char why[256];

	snprintf(why, sizeof(why), "%s", fail_text());
	for (size_t i = 0; i < BUCKETS; i++)
		while ((s = a->bucket[i]) != NULL) {
			coap_exchange_stop(&s->ask);
			end_all(s->first, FAILED, why);
			forget(s);
		}
	free(a);
}

const struct transport transport_coap = {
	.scheme = "coap://",
	.valid = valid,
	.name = any_name,
	.open = asker_open,
	.send = asker_send,
	.close = asker_close,
	.listen = listen_coap,
};
