/* smpp_listen.c: GPIs that an SMSC delivers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "transport/smpp/smpp_listen.h"
#include "transport/smpp/smpp_session.h"

#define PAUSE_MIN_MS 1000	/* between tries, doubled each time */
#define PAUSE_MAX_MS 60000
#define SAY_MS 1000		/* between complaints about what came in */
#define UNANSWERED_MAX 256	/* short messages */
#define PART_MS 1000		/* that the answer to a part is held for */
#define PROMPT_MS 500		/* in which an SMSC sends what it held back */

/*
 * A deliver_sm or data_sm without its response.  A GPI is answered once it is
 * dealt with and durable, and all its parts with it: whatever happens before,
 * the SMSC still has them all.
 */
struct unanswered {
	uint32_t command, sequence;
	uint64_t message;	/* the joiner's number of it */
	uint64_t until;		/* a part is held; LOOP_NEVER: it is whole */
	uint64_t first, last;	/* GPIs that were made of it; 0: none */
};

struct smpp_listener {
	struct listener base;
	struct smpp_session session;
	struct watch watch;	/* until the next try, or a part's time */
	struct inbox *in;
	struct sms_joiner joiner;
	bool finishing;
	bool tried;		/* the first bind has ended */
	struct outcome outcome;	/* so */
	uint64_t pause, said;
	struct unanswered unanswered[UNANSWERED_MAX];
	size_t count;
	bool one_by_one;	/* the SMSC awaits each answer */
	uint64_t released;	/* when a part was last answered alone */
};

/* ---- answers ---- */

static void
respond(struct smpp_listener *l, uint32_t command, uint32_t sequence,
    uint32_t status)
{
	smpp_session_put(&l->session, &(struct smpp_pdu){ .sequence = sequence,
	    .id = command | SMPP_RESPONSE, .status = status });
}

static void
respond_to(struct smpp_listener *l, size_t i, uint32_t status)
{
	struct unanswered u = l->unanswered[i];

	l->session.owed = --l->count;
	memmove(&l->unanswered[i], &l->unanswered[i + 1],
	    (l->count - i) * sizeof(l->unanswered[0]));
	respond(l, u.command, u.sequence, status);
}

/* Answer all parts of a MESSAGE. */
static void
answer_parts(struct smpp_listener *l, uint64_t message, uint32_t status)
{
	for (size_t i = 0; i < l->count;)
		if (l->unanswered[i].message == message)
			respond_to(l, i, status);
		else
			i++;
}

/*
 * What is refused for good is answered OK, too, or it would come again.  What
 * failed comes again, in one part at least: those that are answered already,
 * the joiner has.  GPIs are answered in their order.
 */
static void
answered(struct listener *base, uint64_t id, const struct answer *a)
{
	struct smpp_listener *l = (struct smpp_listener *)base;
	const struct unanswered *u;

	sms_join_answered(&l->joiner, id, a->status);
	for (size_t i = 0; i < l->count;) {
		u = &l->unanswered[i];
		if (u->first <= id && id <= u->last && a->status == FAILED) {
			respond_to(l, i, SMPP_RX_T_APPN);
		} else if (u->first <= id && id == u->last) {
			respond_to(l, i, SMPP_ROK);
		} else {
			i++;
		}
	}
	smpp_session_turn(&l->session);
}

/*
 * The answer to a part waits until the others are here; those to a whole
 * message wait until it is decided.
 */
static void
hold(struct smpp_listener *l, const struct smpp_pdu *p, bool whole,
    uint64_t now)
{
	uint64_t until = whole ? LOOP_NEVER : now + PART_MS;
	uint64_t message = l->joiner.number;

	l->unanswered[l->count++] = (struct unanswered){ .command = p->id,
	    .sequence = p->sequence, .message = message, .until = until };
	l->session.owed = l->count;
	if (until < l->watch.wake)
		loop_wake(&l->watch, until);
}

/* Put the GPIs that are complete now, and have their parts wait for them. */
static enum status
put_gpis(struct smpp_listener *l, const char *from)
{
	const struct sms_joiner *j = &l->joiner;
	uint64_t first = j->gpi[0].number;
	enum status status = OK;

	for (size_t i = 0; i < j->gpi_count && status == OK; i++) {
		status = inbox_put(l->in, &l->base, from, j->gpi[i].number,
		    j->gpi[i].v, j->gpi[i].len);
		if (status == OK && j->joined)
			inbox_of_parts(l->in, j->number);
	}
	for (struct unanswered *u = l->unanswered; u < l->unanswered +
	    l->count; u++)
		if (u->message == j->number) {
			u->until = LOOP_NEVER;
			u->first = u->first == 0 ? first : u->first;
			u->last = j->gpi[j->gpi_count - 1].number;
		}
	return status;
}

/*
 * An SMSC may send no more before it has the answer to a part.  So a part is
 * answered alone after a while; and at once, if the next one then came
 * promptly.
 */
static void
release_parts(struct smpp_listener *l)
{
	uint64_t now = clock_monotonic_ms(), next = LOOP_NEVER;

	for (size_t i = 0; i < l->count;) {
		if (l->unanswered[i].until <= now) {
			l->released = now;
			respond_to(l, i, SMPP_ROK);
			continue;
		}
		if (l->unanswered[i].until < next)
			next = l->unanswered[i].until;
		i++;
	}
	loop_wake(&l->watch, next);
}

/* ---- short messages ---- */

static void
say_refused(struct smpp_listener *l, const char *from, uint64_t now)
{
	if (l->said != 0 && now - l->said < SAY_MS) {
		fail_said();
		return;
	}
	l->said = now;
	inbox_complain(&l->base, from);
}

/* + for an international number, 5.2.5, unless it has one. */
static void
show_sender(char from[static SMS_FROM_MAX + 1], const struct smpp_address *a)
{
	snprintf(from, SMS_FROM_MAX + 1, "%s%.*s", a->ton == 1 &&
	    a->number[0] != '\0' && a->number[0] != '+' ? "+" : "",
	    SMS_FROM_MAX - 1, a->number);
}

/* What P carries, as a short message from FROM.  OK: it may be for us. */
static enum status
read_message(struct sms_message *m, const struct smpp_listener *l,
    const struct smpp_pdu *p, const char *from)
{
	const struct sms_params *f = &l->session.uri.form;
	struct sms_message payload;

	*m = (struct sms_message){ .from = from, .ud = p->text, .len = p->len,
	    .udhi = (p->esm_class & SMPP_UDHI) != 0,
	    .data = sms_is_data(p->data_coding) ||
	    p->data_coding == SMPP_OCTETS, .port = p->port > 0 ? p->port : -1,
	    .ref = p->sar_ref, .total = p->sar_total,
	    .number = p->sar_number };
	payload = *m;
	payload.ud = p->payload;
	payload.len = p->payload_len;
	if (payload.len > 0 && sms_check(f, m) != OK &&
	    sms_check(f, &payload) == OK)
		*m = payload;
	return sms_check(f, m);
}

/* Refuse a message for good, which the SMSC hears as accepted. */
static void
refuse(struct smpp_listener *l, const struct smpp_pdu *p, const char *from,
    uint64_t now)
{
	say_refused(l, from, now);
	respond(l, p->id, p->sequence, SMPP_ROK);
}

static void
take_message(struct smpp_listener *l, const struct smpp_pdu *p,
    const struct sms_message *m)
{
	uint64_t now = clock_monotonic_ms();
	bool whole;

	l->one_by_one |= l->count == 0 && now - l->released < PROMPT_MS;
	if (l->count == UNANSWERED_MAX) {
		respond(l, p->id, p->sequence, SMPP_RX_T_APPN);
		return;
	}
	if (sms_join(&l->joiner, &l->session.uri.form, now, m) != OK) {
		answer_parts(l, l->joiner.number, SMPP_ROK);
		refuse(l, p, m->from, now);
		return;
	}
	whole = l->joiner.gpi_count > 0;
	if (!whole && l->one_by_one) {
		respond(l, p->id, p->sequence, SMPP_ROK);
		return;
	}
	hold(l, p, whole, now);
	if (whole && put_gpis(l, m->from) != OK) {
		say_refused(l, m->from, now);
		for (size_t i = 0; i < l->joiner.gpi_count; i++)
			sms_join_answered(&l->joiner, l->joiner.gpi[i].number,
			    FAILED);
		answer_parts(l, l->joiner.number, SMPP_RX_T_APPN);
	}
}

/*
 * What is not for us is answered, or the SMSC would send it again.  Receipts
 * and the like, which nobody asked for here, are not spoken of.
 */
static void
take(void *arg, const struct smpp_pdu *p)
{
	struct smpp_listener *l = arg;
	char from[SMS_FROM_MAX + 1];
	struct sms_message m;

	if (p->id != SMPP_DELIVER_SM && p->id != SMPP_DATA_SM)
		return;
	show_sender(from, &p->source);
	if (read_message(&m, l, p, from) == OK) {
		fail_said();
		take_message(l, p, &m);
	} else if ((p->esm_class & SMPP_TYPE) == 0) {
		refuse(l, p, from, clock_monotonic_ms());
	} else {
		fail_said();
		respond(l, p->id, p->sequence, SMPP_ROK);
	}
}

/* ---- the session ---- */

static void
turn(void *arg)
{
	struct smpp_listener *l = arg;

	if (!l->tried)
		warn("%s: bound", l->base.name);
	smpp_session_say_bound(&l->session);
	l->tried = true;
	l->pause = PAUSE_MIN_MS;
}

static void
lost(void *arg, const struct outcome *why)
{
	struct smpp_listener *l = arg;

	l->count = l->session.owed = 0;
	l->one_by_one = false;
	l->released = 0;
	if (l->finishing)
		return;
	if (!l->tried) {
		l->outcome = *why;
		l->tried = true;
		return;
	}
	smpp_session_say_lost(&l->session, why);
	loop_wake(&l->watch, clock_monotonic_ms() + l->pause);
	l->pause = 2 * l->pause < PAUSE_MAX_MS ? 2 * l->pause : PAUSE_MAX_MS;
}

static void
moment(void *arg, short revents)
{
	struct smpp_listener *l = arg;

	(void)revents;
	if (l->session.state == SMPP_IDLE) {
		smpp_session_start(&l->session);
	} else {
		release_parts(l);
		smpp_session_turn(&l->session);
	}
}

/* ---- the listener ---- */

/* What has no answer yet is for the SMSC to deliver again. */
static void
smpp_finish(struct listener *base, uint64_t deadline)
{
	struct smpp_listener *l = (struct smpp_listener *)base;

	l->finishing = true;
	while (l->count > 0)
		respond_to(l, 0, SMPP_RX_T_APPN);
	smpp_session_finish(&l->session, deadline);
}

static void
smpp_close(struct listener *base)
{
	struct smpp_listener *l = (struct smpp_listener *)base;

	smpp_session_close(&l->session);
	loop_remove(&l->watch);
	free(l);
}

/* Bind for the first time, and wait for the answer. */
static enum status
bind_first(struct smpp_listener *l)
{
	smpp_session_start(&l->session);
	while (!l->tried)
		if (loop_wait(-1, LOOP_NEVER) == LOOP_SIGNAL)
			return fail(FAILED, "%s: stopped by a signal",
			    l->base.name);
	return fail_as(&l->outcome);
}

static enum status
smpp_open(const char *where, struct smpp_listener *l)
{
	struct smpp_uri *u = &l->session.uri;
	enum status status = smpp_uri_split(where, l->session.uri.secure, u);

	if (status == OK && u->number[0] != '\0')
		status = fail(USAGE, "smpp: a listener takes no number, such "
		    "as /%s", u->number);
	if (status != OK)
		return status;
	strcpy(l->base.name, u->uri);
	if ((status = loop_add(&l->watch)) != OK)
		return status;
	return bind_first(l);
}

static enum status
listen_at(const char *where, bool secure, struct inbox *in,
    const struct transport_options *c)
{
	struct smpp_listener *l = calloc(1, sizeof(*l));
	enum status status;

	if (l == NULL)
		return fail(FAILED, "smpp: no memory");
	l->base.answer = answered;
	l->base.finish = smpp_finish;
	l->base.close = smpp_close;
	l->in = in;
	l->pause = PAUSE_MIN_MS;
	l->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = moment, .arg = l };
	l->session.bind = SMPP_BIND_RECEIVER;
	l->session.options = c;
	l->session.uri.secure = secure;
	l->session.watch.fd = -1;
	l->session.turn = turn;
	l->session.take = take;
	l->session.lost = lost;
	l->session.arg = l;
	if ((status = smpp_open(where, l)) != OK) {
		smpp_close(&l->base);
		return status;
	}
	inbox_listener(in, &l->base);
	return OK;
}

enum status
listen_smpp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	return listen_at(where, false, in, c);
}

enum status
listen_smpps(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	return listen_at(where, true, in, c);
}
