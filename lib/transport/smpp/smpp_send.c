/*
 * smpp_send.c: GPIs as short messages through an SMSC, one session for each
 * [SYSTEM_ID@]HOST:PORT.  It is bound as transmitter; or as transceiver where
 * a receipt is asked for: then one that is there is unbound and bound anew,
 * once nothing is without an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "transport/smpp/smpp_listen.h"
#include "transport/smpp/smpp_message.h"
#include "transport/smpp/smpp_session.h"
#include "transport/smpp/smpp_window.h"

#define PAUSE_MIN_MS 250	/* after ESME_RTHROTTLED; doubled each time */
#define PAUSE_MAX_MS 8000
#define THROTTLED_MS 60000	/* and nothing else: then give up */
#define TICK_MS 20		/* between looks at all that wait */
#define DIAL_MS 1000		/* between sessions that came to nothing */

struct smsc {
	struct connection base;
	struct smpp_session session;
	struct watch watch;	/* for moments */
	struct smpp_messages queue;	/* to submit */
	struct smpp_messages flying;	/* submitted, without all answers */
	struct smpp_messages waiting;	/* for a pause or receipts */
	struct smpp_window submits;
	struct smpp_receipts receipts;
	uint16_t ref;
	bool doubted;		/* and said so */
	bool useful;		/* the session has answered a submit */
	bool finishing;		/* nothing will be sent any more */
	uint64_t dial;		/* not before */
};

static void
wake_at(struct smsc *s, uint64_t when)
{
	if (when < s->watch.wake)
		loop_wake(&s->watch, when);
}

static void
end(struct smsc *s, struct smpp_message *l, enum state state,
    const struct outcome *outcome)
{
	struct delivery *d = l->d;

	for (struct part *p = l->part; p < l->part + l->count; p++) {
		smpp_receipts_forget(&s->receipts, &p->awaited);
		if (l->open & p->bit)
			smpp_window_disown(&s->submits, p->sequence);
	}
	smpp_message_free(l);
	delivery_end(d, state, outcome);
}

/* ---- what a part comes to ---- */

static void
take_receipt(struct smsc *s, struct part *p, const struct smpp_receipt *r)
{
	struct smpp_message *l = p->message;
	struct outcome failed;

	if (!r->last)
		return;
	if (r->verdict != OK) {
		failed = outcome_of(smpp_receipt_fail(r));
		end(s, l, STATE_FAILED, &failed);
		return;
	}
	smpp_receipts_forget(&s->receipts, &p->awaited);
	l->expected &= ~p->bit;
	if (smpp_message_submitted(l) && l->expected == 0)
		end(s, l, STATE_DELIVERED, NULL);
}

/* The receipts that have found their messages. */
static void
take_receipts(struct smsc *s)
{
	struct smpp_receipt r;
	struct awaited *a;

	while ((a = smpp_receipts_next(&s->receipts, &r)) != NULL)
		take_receipt(s, (struct part *)a, &r);
	if (s->receipts.doubt && !s->doubted)
		warn("warning: %s: a receipt fits several messages; they "
		    "count as delivered only once other receipts show how "
		    "the SMSC writes ids", s->session.uri.uri);
	s->doubted |= s->receipts.doubt;
}

static void
accepted(struct smsc *s, struct part *p, const char *id)
{
	struct smpp_message *l = p->message;

	smpp_window_wider(&s->submits);
	l->pause = l->throttled = 0;
	if (l->receipt == 0) {
		if (smpp_message_submitted(l))
			end(s, l, STATE_SENT, NULL);
		return;
	}
	if (smpp_message_submitted(l)) {
		l->wake = clock_monotonic_ms() + 1000 * l->receipt;
		wake_at(s, l->wake);
		smpp_message_move(l, &s->waiting);
	}
	smpp_receipts_await(&s->receipts, &p->awaited, id);
	take_receipts(s);
}

static void
throttled(struct smsc *s, struct part *p, const struct outcome *outcome)
{
	uint64_t now = clock_monotonic_ms();
	struct smpp_message *l = p->message;

	smpp_window_narrower(&s->submits, p->sequence, l->window,
	    s->session.sequence);
	l->todo |= p->bit;
	if (l->throttled == 0)
		l->throttled = now;
	if (now - l->throttled >= THROTTLED_MS) {
		end(s, l, STATE_FAILED, outcome);
		return;
	}
	if (l->list == &s->waiting)
		return;
	l->pause = l->pause == 0 ? PAUSE_MIN_MS : 2 * l->pause;
	if (l->pause > PAUSE_MAX_MS)
		l->pause = PAUSE_MAX_MS;
	l->wake = now + l->pause;
	wake_at(s, l->wake);
	smpp_message_move(l, &s->waiting);
}

/* ---- what comes in ---- */

static void
take_answer(struct smsc *s, const struct smpp_pdu *a)
{
	bool nack = a->id == SMPP_GENERIC_NACK && a->status == SMPP_ROK;
	struct outcome outcome;
	enum status status;
	struct part *p;
	void *of;

	if (!smpp_window_answered(&s->submits, a->sequence, &of))
		return;
	s->useful = true;
	if (of == NULL)
		return;
	p = of;
	p->message->open &= ~p->bit;
	status = smpp_verdict(SMPP_SUBMIT_SM, nack ? SMPP_RINVCMDID :
	    a->status);
	outcome = outcome_of(status == OK ? OK : fail_in(status, "smpp"));
	if (status == OK)
		accepted(s, p, a->message_id);
	else if (smpp_throttled(a->status))
		throttled(s, p, &outcome);
	else
		end(s, p->message, STATE_FAILED, &outcome);
}

/*
 * Not all SMSCs mark a receipt in its esm_class; a text in a UDH is none.
 * Short messages of others come here for want of a receiver; the SMSC may have
 * one later.
 */
static void
take_delivered(struct smsc *s, const struct smpp_pdu *p)
{
	struct smpp_receipt r;
	bool receipt = (p->esm_class & SMPP_UDHI) == 0 &&
	    smpp_receipt_read(&r, p);
	bool message = (p->esm_class & SMPP_TYPE) == 0 && !receipt;

	smpp_session_put(&s->session, &(struct smpp_pdu){ .sequence =
	    p->sequence, .id = p->id | SMPP_RESPONSE,
	    .status = message ? SMPP_RX_T_APPN : SMPP_ROK });
	if (!receipt || !r.last)
		return;
	smpp_receipts_put(&s->receipts, &r);
	take_receipts(s);
}

static void
take(void *arg, const struct smpp_pdu *p)
{
	if (p->id == SMPP_DELIVER_SM || p->id == SMPP_DATA_SM)
		take_delivered(arg, p);
	else
		take_answer(arg, p);
}

/* ---- what goes out ---- */

static bool
wants_rebind(const struct smsc *s, const struct smpp_message *l)
{
	return l->receipt > 0 && s->session.bind == SMPP_BIND_TRANSMITTER;
}

static void
submit(struct smsc *s, struct smpp_message *l)
{
	struct part *p = &l->part[__builtin_ctz(l->todo)];
	uint64_t deadline = clock_monotonic_ms() +
	    1000 * s->base.options->timeout;

	do
		p->sequence = smpp_session_sequence(&s->session);
	while (!smpp_window_free(&s->submits, p->sequence));
	smpp_window_put(&s->submits, p->sequence, p, deadline);
	wake_at(s, deadline);
	l->pdu.sequence = p->sequence;
	l->pdu.text = p->ud.v;
	l->pdu.len = p->ud.len;
	smpp_session_put(&s->session, &l->pdu);
	l->todo &= ~p->bit;
	l->open |= p->bit;
	if (l->todo == 0)
		smpp_message_move(l, &s->flying);
}

static void
turn(void *arg)
{
	struct smsc *s = arg;
	struct smpp_message *l;

	smpp_session_say_bound(&s->session);
	if (s->submits.count == 0)
		smpp_receipts_settled(&s->receipts);
	while ((l = TAILQ_FIRST(&s->queue)) != NULL && smpp_session_ready(
	    &s->session) && s->submits.count < s->submits.window &&
	    s->submits.count < l->window && !wants_rebind(s, l))
		submit(s, l);
	if (l != NULL && wants_rebind(s, l) && s->submits.count == 0)
		smpp_session_unbind(&s->session);
}

/* ---- the session ---- */

/* Have it go on, or begin, where there is something to do. */
static void
go_on(struct smsc *s)
{
	struct smpp_message *l = TAILQ_FIRST(&s->queue);

	if (s->finishing)
		return;
	if (s->session.state != SMPP_IDLE) {
		smpp_session_turn(&s->session);
	} else if (l != NULL && clock_monotonic_ms() < s->dial) {
		wake_at(s, s->dial);
	} else if (l != NULL) {
		smpp_window_clear(&s->submits);
		s->useful = false;
		s->session.bind = l->receipt > 0 ? SMPP_BIND_TRANSCEIVER :
		    SMPP_BIND_TRANSMITTER;
		smpp_session_start(&s->session);
	}
}

/*
 * What only awaits receipts, has been sent.  What awaits no answer may KEEP
 * its place.
 */
static void
end_all(struct smsc *s, bool keep, const struct outcome *why)
{
	struct smpp_messages *const lists[] = { &s->waiting, &s->flying,
	    &s->queue };
	struct smpp_message *l, *next;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (l = TAILQ_FIRST(lists[i]); l != NULL; l = next) {
			next = TAILQ_NEXT(l, link);
			if (smpp_message_submitted(l))
				end(s, l, STATE_SENT, NULL);
			else if (!keep || l->open != 0)
				end(s, l, STATE_FAILED, why);
		}
}

/* For the rest there is another session, if this one was of any use. */
static void
lost(void *arg, const struct outcome *why)
{
	struct smsc *s = arg;

	if (why->status != OK && !s->useful)
		s->dial = clock_monotonic_ms() + DIAL_MS;
	/* one that did something is begun anew at once */
	if (why->status == FAILED && !s->useful && s->base.options->again &&
	    !s->finishing)
		smpp_session_say_lost(&s->session, why);
	if (why->status != OK)
		end_all(s, s->useful, why);
	smpp_window_clear(&s->submits);
	smpp_receipts_settled(&s->receipts);
	go_on(s);
}

/* ---- moments ---- */

static void
look_at_waiting(struct smsc *s, uint64_t now)
{
	struct smpp_message *l, *next;

	for (l = TAILQ_FIRST(&s->waiting); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (l->wake > now)
			wake_at(s, l->wake > now + TICK_MS ? l->wake :
			    now + TICK_MS);
		else if (l->todo != 0)
			smpp_message_move_first(l, &s->queue);
		else
			end(s, l, STATE_SENT, NULL);
	}
}

static void
moment(void *arg, short revents)
{
	struct smsc *s = arg;
	uint64_t now = clock_monotonic_ms(), next = LOOP_NEVER;

	(void)revents;
	if (smpp_window_overdue(&s->submits, now, &next))
		smpp_session_give_up(&s->session);
	else
		wake_at(s, next);
	look_at_waiting(s, now);
	go_on(s);
}

/* ---- the connection ---- */

static enum status
smpp_valid(const char *where)
{
	struct smpp_uri u;

	return smpp_uri_split(where, false, &u);
}

static enum status
smpps_valid(const char *where)
{
	struct smpp_uri u;

	return smpp_uri_split(where, true, &u);
}

static enum status
open_at(struct connection **c, const char *name, bool secure,
    const struct transport_options *given)
{
	struct smsc *s = calloc(1, sizeof(*s));
	enum status status;

	if (s == NULL)
		return fail(FAILED, "smpp: no memory");
	TAILQ_INIT(&s->queue);
	TAILQ_INIT(&s->flying);
	TAILQ_INIT(&s->waiting);
	s->ref = (uint16_t)clock_now_ms();
	s->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = moment, .arg = s };
	s->session.turn = turn;
	s->session.take = take;
	s->session.lost = lost;
	s->session.arg = s;
	s->session.options = given;
	s->session.watch.fd = -1;
	if ((status = smpp_uri_split(name, secure, &s->session.uri)) == OK)
		status = loop_add(&s->watch);
	if (status != OK)
		free(s);
	else
		*c = &s->base;
	return status;
}

static enum status
smpp_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	return open_at(c, name, false, given);
}

static enum status
smpps_open(struct connection **c, const char *name,
    const struct transport_options *given)
{
	return open_at(c, name, true, given);
}

static void
smpp_send(struct connection *c, struct delivery *d)
{
	struct smsc *s = (struct smsc *)c;
	enum status status = smpp_message_make(d, s->session.uri.secure,
	    s->ref++, &s->queue);

	if (status == OK)
		go_on(s);
	else
		delivery_came_to(d, STATE_FAILED, status);
}

static void
smpp_finish(struct connection *c, uint64_t deadline)
{
	struct smsc *s = (struct smsc *)c;

	s->finishing = true;
	smpp_session_finish(&s->session, deadline);
}

static void
smpp_close(struct connection *c, const struct outcome *why)
{
	struct smsc *s = (struct smsc *)c;
	struct outcome outcome = outcome_of(fail(why->status, "%s: %s",
	    s->session.uri.uri, why->text));

	s->finishing = true;
	end_all(s, false, &outcome);
	smpp_session_close(&s->session);
	loop_remove(&s->watch);
	free(s);
}

const struct transport transport_smpp = {
	.scheme = "smpp://",
	.valid = smpp_valid,
	.name = smpp_uri_name,
	.open = smpp_open,
	.send = smpp_send,
	.finish = smpp_finish,
	.close = smpp_close,
	.listen = listen_smpp,
	.tells = true,
};

const struct transport transport_smpps = {
	.scheme = "smpps://",
	.valid = smpps_valid,
	.name = smpp_uri_name,
	.open = smpps_open,
	.send = smpp_send,
	.finish = smpp_finish,
	.close = smpp_close,
	.listen = listen_smpps,
	.tells = true,
};
