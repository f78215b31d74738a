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
 * A deliver_sm without a deliver_sm_resp.  A GPI is answered once it is dealt
 * with and durable, and all its parts with it: whatever happens before, the
 * SMSC still has them all.
 */
struct unanswered {
	uint32_t sequence;
	uint64_t message;	/* the joiner's number of it */
	uint64_t until;		/* a part is held; LOOP_NEVER: it is whole */
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
respond(struct smpp_listener *l, uint32_t sequence, uint32_t status)
{
	smpp_session_put(&l->session, &(struct smpp_pdu){ .sequence = sequence,
	    .id = SMPP_DELIVER_SM | SMPP_RESPONSE, .status = status });
}

static void
respond_to(struct smpp_listener *l, size_t i, uint32_t status)
{
	uint32_t sequence = l->unanswered[i].sequence;

	l->session.owed = --l->count;
	memmove(&l->unanswered[i], &l->unanswered[i + 1],
	    (l->count - i) * sizeof(l->unanswered[0]));
	respond(l, sequence, status);
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

/* What is refused for good is answered OK, too, or it would come again. */
static void
answered(struct listener *base, uint64_t id, const struct answer *a)
{
	struct smpp_listener *l = (struct smpp_listener *)base;

	answer_parts(l, id, a->status == FAILED ? SMPP_RX_T_APPN : SMPP_ROK);
	smpp_session_turn(&l->session);
}

/*
 * The answer to a part waits until the others are here; those to a whole
 * message wait until it is decided.
 */
static void
hold(struct smpp_listener *l, uint32_t sequence, bool whole, uint64_t now)
{
	uint64_t until = whole ? LOOP_NEVER : now + PART_MS;
	uint64_t message = l->joiner.number;

	for (size_t i = 0; whole && i < l->count; i++)
		if (l->unanswered[i].message == message)
			l->unanswered[i].until = LOOP_NEVER;
	l->unanswered[l->count++] = (struct unanswered){ sequence, message,
	    until };
	l->session.owed = l->count;
	if (until < l->watch.wake)
		loop_wake(&l->watch, until);
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

static void
take_message(struct smpp_listener *l, const struct smpp_pdu *p)
{
	uint64_t now = clock_monotonic_ms();
	char from[SMS_FROM_MAX + 1];
	uint8_t gpi[GPI_ROOM];
	bool whole;
	size_t len;

	l->one_by_one |= l->count == 0 && now - l->released < PROMPT_MS;
	if (l->count == UNANSWERED_MAX) {
		respond(l, p->sequence, SMPP_RX_T_APPN);
		return;
	}
	snprintf(from, sizeof(from), "%s%.30s", p->source.ton == 1 ? "+" : "",
	    p->source.number);
	if (sms_join(&l->joiner, &l->session.uri.form, from, now, p->text,
	    p->len, (p->esm_class & SMPP_UDHI) != 0, gpi, &len) != OK) {
		say_refused(l, from, now);
		answer_parts(l, l->joiner.number, SMPP_ROK);
		respond(l, p->sequence, SMPP_ROK);
		return;
	}
	whole = len > 0;
	if (!whole && l->one_by_one) {
		respond(l, p->sequence, SMPP_ROK);
		return;
	}
	hold(l, p->sequence, whole, now);
	if (whole && inbox_put(l->in, &l->base, from, l->joiner.number, gpi,
	    len) != OK) {
		say_refused(l, from, now);
		answer_parts(l, l->joiner.number, SMPP_RX_T_APPN);
	}
}

static void
take(void *arg, const struct smpp_pdu *p)
{
	struct smpp_listener *l = arg;

	if (p->id == SMPP_DATA_SM)
		smpp_session_put(&l->session, &(struct smpp_pdu){ .sequence =
		    p->sequence, .id = SMPP_GENERIC_NACK,
		    .status = SMPP_RINVCMDID });
	if (p->id != SMPP_DELIVER_SM)
		return;
	if ((p->esm_class & SMPP_TYPE) == 0)
		take_message(l, p);
	else
		respond(l, p->sequence, SMPP_ROK);
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
