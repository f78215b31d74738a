/*
 * coap_send.c: GPIs to servers of CoAP.  A client has one exchange under way
 * at a time with a server (RFC 7252 clause 4.7, NSTART): other GPIs for it
 * wait.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "transport/answers.h"
#include "transport/coap/coap_exchange.h"
#include "transport/coap/coap_listen.h"
#include "transport/names.h"

#define EXCHANGES_MAX 200	/* at a time: three descriptors each */

/* One that there are deliveries for, at one address. */
struct server {
	UT_hash_handle hh;		/* by its address */
	struct server *behind;		/* in the line of those to be sent to */
	struct client *client;
	coap_address_t at;
	struct delivery *first, **last;	/* the first may be under way, in: */
	struct coap_exchange exchange;
};

struct client {
	struct connection base;
	struct names names;
	struct server *server;		/* a hash table */
	struct server *line, **line_end;
	unsigned exchanges;
};

/* ---- servers ---- */

static void
line_up(struct server *s)
{
	s->behind = NULL;
	*s->client->line_end = s;
	s->client->line_end = &s->behind;
}

static void server_done(void *arg);

/* The server at AT, which is a new one where it has no deliveries; or NULL. */
static struct server *
server_at(struct client *c, const coap_address_t *at)
{
	struct server *s;

	HASH_FIND(hh, c->server, at, sizeof(*at), s);
	if (s != NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return s;
	s->client = c;
	s->at = *at;
	s->last = &s->first;
	s->exchange.done = server_done;
	s->exchange.arg = s;
	HASH_ADD(hh, c->server, at, sizeof(s->at), s);
	if (HASH_ADDED(s)) {
		line_up(s);
		return s;
	}
	free(s);
	return NULL;
}

static void
forget(struct server *s)
{
	HASH_DEL(s->client->server, s);
	free(s);
}

/* ---- deliveries ---- */

static void
end(struct delivery *d, const struct outcome *why)
{
	struct outcome outcome;

	names_forget(d);
	if (why->status == OK) {
		delivery_end(d, STATE_DELIVERED, NULL);
		return;
	}
	outcome = outcome_of(fail(why->status, "%s: %s", d->uri, why->text));
	delivery_end(d, STATE_FAILED, &outcome);
}

/* Line D up at its next address; with none left, it ends with WHY. */
static void
try_next(struct client *c, struct delivery *d, const struct outcome *why)
{
	static const struct outcome no_memory = { FAILED, "no memory" };
	const struct address *a = names_next(d);
	struct server *s;
	coap_address_t at;

	if (a == NULL) {
		end(d, why);
		return;
	}
	at = coap_uri_address(a);
	if ((s = server_at(c, &at)) == NULL) {
		end(d, &no_memory);
	} else {
		d->next = NULL;
		*s->last = d;
		s->last = &d->next;
	}
}

/* ---- exchanges ---- */

/* One answer to one GPI, which has to be that GPI's. */
static void
take_answer(const struct transport_options *o, const struct delivery *d,
    const struct coap_exchange *how)
{
	struct answers answers = { 0 };

	if (how->answer.len == 0 || o->answer == NULL)
		return;
	answers_expect(&answers, d->gpi, d->len);
	(void)!answers_take(&answers, o, d->uri, how->answer.v,
	    how->answer.len);
	answers_free(&answers);
}

static void
ends_as(struct delivery *d, const struct coap_exchange *how)
{
	d->asked_ms = 1000 * how->max_age;
	end(d, &how->outcome);
}

/*
 * What was under way has ended.  Where the server is dead, what waits behind
 * it would wait as long, and in vain: all of it goes on to other addresses.
 */
static void
conclude(struct server *s)
{
	struct client *c = s->client;
	const struct transport_options *o = c->base.options;
	struct coap_exchange how = s->exchange;
	struct delivery *d = s->first, *next;

	s->first = how.dead ? NULL : d->next;
	if (s->first != NULL)
		d->next = NULL;
	if (s->first != NULL)
		line_up(s);
	else
		forget(s);
	take_answer(o, d, &how);
	for (; d != NULL; d = next) {
		next = d->next;
		if (how.dead)
			try_next(c, d, &how.outcome);
		else
			ends_as(d, &how);
	}
}

/* All addresses of a name have their share of the time. */
static void
send_more(struct client *c)
{
	uint64_t ms = 1000 * c->base.options->timeout;
	struct server *s;

	while ((s = c->line) != NULL && c->exchanges < EXCHANGES_MAX) {
		if ((c->line = s->behind) == NULL)
			c->line_end = &c->line;
		if (coap_exchange_start(&s->exchange, &s->at, s->first,
		    ms / names_count(s->first)) == OK)
			c->exchanges++;
		else
			conclude(s);
	}
}

static void
server_done(void *arg)
{
	struct server *s = arg;
	struct client *c = s->client;

	coap_exchange_stop(&s->exchange);
	c->exchanges--;
	conclude(s);
	send_more(c);
}

/* ---- the connection ---- */

static void
found(void *arg, struct delivery *d, const struct outcome *outcome)
{
	static const struct outcome no_address = { FAILED, "no address" };
	struct client *c = arg;

	if (outcome != NULL) {
		end(d, outcome);
		return;
	}
	try_next(c, d, &no_address);
	send_more(c);
}

static enum status
client_open(struct connection **made, const char *name,
    const struct transport_options *given)
{
	struct client *c = calloc(1, sizeof(*c));

	(void)name;
	(void)given;
	if (c == NULL)
		return fail(FAILED, "coap: no memory");
	coap_uri_quiet();
	c->names = (struct names){ .found = found, .arg = c };
	c->line_end = &c->line;
	*made = &c->base;
	return OK;
}

static void
client_send(struct connection *connection, struct delivery *d)
{
	struct client *c = (struct client *)connection;
	struct outcome outcome;
	struct coap_uri u;

	d->own = NULL;
	if (coap_uri_split(d->where, &u) == OK) {
		names_find(&c->names, u.address, d);
	} else {
		outcome = outcome_of(USAGE);
		end(d, &outcome);
	}
}

static void
client_close(struct connection *connection, const struct outcome *why)
{
	struct client *c = (struct client *)connection;
	struct delivery *d, *next;
	struct server *s;

	names_close(&c->names, why);
	while ((s = c->server) != NULL) {
		coap_exchange_stop(&s->exchange);
		d = s->first;
		forget(s);
		for (; d != NULL; d = next) {
			next = d->next;
			end(d, why);
		}
	}
	free(c);
}

const struct transport transport_coap = {
	.scheme = "coap://",
	.read = coap_uri_read,
	.open = client_open,
	.send = client_send,
	.close = client_close,
	.listen = listen_coap,
};
