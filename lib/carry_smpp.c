/*
 * carry_smpp.c: GPIs as short messages through an SMSC, one session for each
 * [SYSTEM_ID@]HOST:PORT.  It is bound as transmitter; or as transceiver where
 * a receipt is asked for: then one that is there is unbound and bound anew,
 * once nothing is without an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esme.h"
#include "load.h"
#include "smppear.h"
#include "source.h"
#include "submits.h"

#define PAUSE_MIN_MS 250	/* after ESME_RTHROTTLED; doubled each time */
#define PAUSE_MAX_MS 8000
#define THROTTLED_MS 60000	/* and nothing else: then give up */
#define TICK_MS 20		/* between looks at all that wait */
#define DIAL_MS 1000		/* between sessions that came to nothing */

struct smsc {
	struct carrier base;
	struct esme esme;
	struct watch watch;	/* for moments */
	struct loads queue;	/* to submit */
	struct loads flying;	/* submitted, without all answers */
	struct loads waiting;	/* for a pause or receipts */
	struct submits submits;
	struct receipts receipts;
	uint16_t ref;
	bool useful;		/* the session has answered a submit */
	uint64_t dial;		/* not before */
};

static void
wake_at(struct smsc *s, uint64_t when)
{
	if (when < s->watch.wake)
		s->watch.wake = when;
}

static void
end(struct smsc *s, struct load *l, enum state state, enum status status)
{
	struct delivery *d = l->d;

	for (struct part *p = l->part; p < l->part + l->count; p++) {
		receipts_forget(&s->receipts, &p->awaited);
		if (l->open & p->bit)
			submits_disown(&s->submits, p->sequence);
	}
	load_free(l);
	delivery_end(d, state, status);
}

/* ---- what a part comes to ---- */

static void
take_receipt(struct smsc *s, struct part *p, const struct smpp_receipt *r)
{
	struct load *l = p->load;

	if (!r->last)
		return;
	if (r->verdict != OK) {
		end(s, l, STATE_FAILED, smpp_receipt_fail(r));
		return;
	}
	receipts_forget(&s->receipts, &p->awaited);
	l->expected &= ~p->bit;
	if (load_submitted(l) && l->expected == 0)
		end(s, l, STATE_DELIVERED, OK);
}

static void
accepted(struct smsc *s, struct part *p, const char *id)
{
	const struct smpp_receipt *early;
	struct load *l = p->load;

	submits_wider(&s->submits);
	l->pause = l->throttled = 0;
	if (l->receipt == 0) {
		if (load_submitted(l))
			end(s, l, STATE_SENT, OK);
		return;
	}
	if (load_submitted(l)) {
		l->wake = source_monotonic_ms() + 1000 * l->receipt;
		wake_at(s, l->wake);
		load_move(l, &s->waiting);
	}
	early = receipts_await(&s->receipts, &p->awaited, id);
	if (early != NULL)
		take_receipt(s, p, early);
}

static void
throttled(struct smsc *s, struct part *p, enum status status)
{
	uint64_t now = source_monotonic_ms();
	struct load *l = p->load;

	submits_narrower(&s->submits, p->sequence, l->window,
	    s->esme.sequence);
	l->todo |= p->bit;
	if (l->throttled == 0)
		l->throttled = now;
	if (now - l->throttled >= THROTTLED_MS) {
		end(s, l, STATE_FAILED, status);
		return;
	}
	if (l->list == &s->waiting)
		return;
	l->pause = l->pause == 0 ? PAUSE_MIN_MS : 2 * l->pause;
	if (l->pause > PAUSE_MAX_MS)
		l->pause = PAUSE_MAX_MS;
	l->wake = now + l->pause;
	wake_at(s, l->wake);
	load_move(l, &s->waiting);
}

/* ---- what comes in ---- */

static void
take_answer(struct smsc *s, const struct smpp_pdu *a)
{
	bool nack = a->id == SMPP_GENERIC_NACK && a->status == SMPP_ROK;
	enum status status;
	struct part *p;
	void *of;

	if (!submits_answered(&s->submits, a->sequence, &of))
		return;
	s->useful = true;
	if (of == NULL)
		return;
	p = of;
	p->load->open &= ~p->bit;
	status = smpp_verdict(SMPP_SUBMIT_SM, nack ? SMPP_RINVCMDID :
	    a->status);
	if (status != OK)
		fail_within("smpp");
	if (status == OK)
		accepted(s, p, a->message_id);
	else if (smpp_throttled(a->status))
		throttled(s, p, status);
	else
		end(s, p->load, STATE_FAILED, status);
}

/*
 * Short messages of others come here for want of a receiver; the SMSC may have
 * one later.
 */
static void
take_delivered(struct smsc *s, const struct smpp_pdu *p)
{
	bool message = (p->esm_class & SMPP_TYPE) == 0;
	struct smpp_receipt r;
	struct awaited *a;

	esme_put(&s->esme, &(struct smpp_pdu){ .sequence = p->sequence,
	    .id = SMPP_DELIVER_SM | SMPP_RESPONSE,
	    .status = message ? SMPP_RX_T_APPN : SMPP_ROK });
	if ((p->esm_class & SMPP_TYPE) != SMPP_TYPE_RECEIPT ||
	    !smpp_receipt_read(&r, p))
		return;
	if ((a = receipts_find(&s->receipts, r.id)) != NULL)
		take_receipt(s, (struct part *)a, &r);
	else if (s->submits.count > 0 && r.last)
		receipts_early(&s->receipts, &r);
}

static void
take(void *arg, const struct smpp_pdu *p)
{
	if (p->id == SMPP_DELIVER_SM)
		take_delivered(arg, p);
	else
		take_answer(arg, p);
}

/* ---- what goes out ---- */

static bool
wants_rebind(const struct smsc *s, const struct load *l)
{
	return l->receipt > 0 && s->esme.bind == SMPP_BIND_TRANSMITTER;
}

static void
submit(struct smsc *s, struct load *l)
{
	struct part *p = &l->part[__builtin_ctz(l->todo)];
	uint64_t deadline = source_monotonic_ms() +
	    1000 * s->base.carriage->timeout;

	do
		p->sequence = esme_sequence(&s->esme);
	while (!submits_free(&s->submits, p->sequence));
	submits_put(&s->submits, p->sequence, p, deadline);
	wake_at(s, deadline);
	l->pdu.sequence = p->sequence;
	l->pdu.text = p->ud.v;
	l->pdu.len = p->ud.len;
	esme_put(&s->esme, &l->pdu);
	l->todo &= ~p->bit;
	l->open |= p->bit;
	if (l->todo == 0)
		load_move(l, &s->flying);
}

static void
turn(void *arg)
{
	struct smsc *s = arg;
	struct load *l;

	if (s->submits.count == 0)
		receipts_settled(&s->receipts);
	while ((l = TAILQ_FIRST(&s->queue)) != NULL && esme_ready(&s->esme) &&
	    s->submits.count < s->submits.window &&
	    s->submits.count < l->window && !wants_rebind(s, l))
		submit(s, l);
	if (l != NULL && wants_rebind(s, l) && s->submits.count == 0)
		esme_unbind(&s->esme);
}

/* ---- the session ---- */

/* Have it go on, or begin, where there is something to do. */
static void
go_on(struct smsc *s)
{
	struct load *l = TAILQ_FIRST(&s->queue);

	if (s->esme.state != ESME_IDLE) {
		esme_turn(&s->esme);
	} else if (l != NULL && source_monotonic_ms() < s->dial) {
		wake_at(s, s->dial);
	} else if (l != NULL) {
		submits_clear(&s->submits);
		s->useful = false;
		s->esme.bind = l->receipt > 0 ? SMPP_BIND_TRANSCEIVER :
		    SMPP_BIND_TRANSMITTER;
		esme_start(&s->esme);
	}
}

/*
 * What only awaits receipts, has been sent.  What awaits no answer may KEEP
 * its place.
 */
static void
end_all(struct smsc *s, bool keep, enum status status)
{
	struct loads *const lists[] = { &s->waiting, &s->flying,
	    &s->queue };
	struct load *l, *next;
	char why[512];

	snprintf(why, sizeof(why), "%s", fail_text());
	for (size_t i = 0; i < COUNT(lists); i++)
		for (l = TAILQ_FIRST(lists[i]); l != NULL; l = next) {
			next = TAILQ_NEXT(l, link);
			fail_because("%s", why);
			if (load_submitted(l))
				end(s, l, STATE_SENT, OK);
			else if (!keep || l->open != 0)
				end(s, l, STATE_FAILED, status);
		}
	fail_said();
}

/* For the rest there is another session, if this one was of any use. */
static void
lost(void *arg, enum status status)
{
	struct smsc *s = arg;

	if (status != OK && !s->useful)
		s->dial = source_monotonic_ms() + DIAL_MS;
	if (status != OK)
		end_all(s, s->useful, status);
	submits_clear(&s->submits);
	receipts_settled(&s->receipts);
	go_on(s);
}

/* ---- moments ---- */

static void
look_at_waiting(struct smsc *s, uint64_t now)
{
	struct load *l, *next;

	for (l = TAILQ_FIRST(&s->waiting); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (l->wake > now)
			wake_at(s, l->wake > now + TICK_MS ? l->wake :
			    now + TICK_MS);
		else if (l->todo != 0)
			load_move_first(l, &s->queue);
		else
			end(s, l, STATE_SENT, OK);
	}
}

static void
moment(void *arg, short revents)
{
	struct smsc *s = arg;
	uint64_t now = source_monotonic_ms();

	(void)revents;
	if (submits_overdue(&s->submits, now, &s->watch.wake)) {
		s->watch.wake = LOOP_NEVER;
		esme_give_up(&s->esme);
	}
	look_at_waiting(s, now);
	go_on(s);
}

/* ---- the carrier ---- */

static enum status
valid(const char *where)
{
	struct smppuri u;

	return smppuri_split(where, &u);
}

static enum status
smpp_open(struct carrier **c, const char *name, const struct carriage *given)
{
	struct smsc *s = calloc(1, sizeof(*s));
	enum status status;

	if (s == NULL)
		return fail(FAILED, "smpp://%s: no memory", name);
	TAILQ_INIT(&s->queue);
	TAILQ_INIT(&s->flying);
	TAILQ_INIT(&s->waiting);
	s->ref = (uint16_t)source_now_ms();
	s->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = moment, .arg = s };
	s->esme.turn = turn;
	s->esme.take = take;
	s->esme.lost = lost;
	s->esme.arg = s;
	s->esme.carriage = given;
	s->esme.watch.fd = -1;
	if ((status = smppuri_split(name, &s->esme.uri)) == OK)
		status = loop_add(&s->watch);
	if (status != OK)
		free(s);
	else
		*c = &s->base;
	return status;
}

static void
smpp_send(struct carrier *c, struct delivery *d)
{
	struct smsc *s = (struct smsc *)c;
	enum status status = load_make(d, s->ref++, &s->queue);

	if (status == OK)
		go_on(s);
	else
		delivery_end(d, STATE_FAILED, status);
}

static void
smpp_close(struct carrier *c)
{
	struct smsc *s = (struct smsc *)c;

	if (c->busy > 0)
		fail_within("smpp://%s", c->name);
	end_all(s, false, FAILED);
	esme_close(&s->esme);
	loop_remove(&s->watch);
	free(s);
}

const struct transport carry_smpp = {
	.scheme = "smpp://",
	.valid = valid,
	.name = smppuri_name,
	.open = smpp_open,
	.send = smpp_send,
	.close = smpp_close,
	.listen = smppear_listen,
};
