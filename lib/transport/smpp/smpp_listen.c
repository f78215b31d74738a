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

struct ear {
	struct listener base;
	struct smpp_session session;
	struct watch watch;	/* until the next try */
	struct inbox *in;
	struct sms_joiner joiner;
	bool bound, settled;	/* once the first bind has an answer */
	enum status status;	/* which was this */
	uint64_t pause, said;
};

/* ---- short messages ---- */

static void
say_refused(struct ear *e, const char *from)
{
	uint64_t now = clock_monotonic_ms();

	if (e->said != 0 && now - e->said < SAY_MS)
		return;
	e->said = now;
	complain("smpp://%s: short message from %s: ", e->session.uri.name,
	    from);
}

/* The status for the SMSC: OK, too, for what is no GPI, or it comes again. */
static uint32_t
take_message(struct ear *e, const struct smpp_pdu *p)
{
	char from[SMS_FROM_MAX + 1];
	uint8_t gpi[GPI_ROOM];
	size_t len;

	snprintf(from, sizeof(from), "%s%s", p->source.ton == 1 ? "+" : "",
	    p->source.number);
	if (sms_join(&e->joiner, &e->session.uri.form, from,
	    clock_monotonic_ms(), p->text, p->len,
	    (p->esm_class & SMPP_UDHI) != 0, gpi, &len) != OK)
		say_refused(e, from);
	return len == 0 || inbox_put(e->in, gpi, len, NULL) == OK ? SMPP_ROK :
	    SMPP_RX_T_APPN;
}

static void
take(void *arg, const struct smpp_pdu *p)
{
	struct ear *e = arg;
	bool message = (p->esm_class & SMPP_TYPE) == 0;

	if (p->id != SMPP_DELIVER_SM)
		return;
	smpp_session_put(&e->session, &(struct smpp_pdu){ .sequence =
	    p->sequence, .id = SMPP_DELIVER_SM | SMPP_RESPONSE,
	    .status = message ? take_message(e, p) : SMPP_ROK });
}

/* ---- the session ---- */

static void
turn(void *arg)
{
	struct ear *e = arg;

	if (!e->bound)
		warn("smpp://%s: bound", e->session.uri.name);
	e->bound = e->settled = true;
	e->pause = PAUSE_MIN_MS;
}

static void
lost(void *arg, enum status status)
{
	struct ear *e = arg;

	if (!e->settled) {
		e->status = status;
		e->settled = true;
		return;
	}
	if (e->bound)
		warn("warning: %s; trying again", fail_text());
	e->bound = false;
	loop_wake(&e->watch, clock_monotonic_ms() + e->pause);
	e->pause = 2 * e->pause < PAUSE_MAX_MS ? 2 * e->pause : PAUSE_MAX_MS;
}

static void
try_again(void *arg, short revents)
{
	struct ear *e = arg;

	(void)revents;
	smpp_session_start(&e->session);
}

/* ---- the listener ---- */

static void
ear_close(struct listener *l)
{
	struct ear *e = (struct ear *)l;

	smpp_session_close(&e->session);
	loop_remove(&e->watch);
	free(e);
}

/* Bind for the first time, and wait for the answer. */
static enum status
bind_first(struct ear *e)
{
	smpp_session_start(&e->session);
	while (!e->settled)
		if (loop_wait(-1, LOOP_NEVER) == LOOP_SIGNAL)
			return fail(FAILED, "smpp://%s: stopped by a signal",
			    e->session.uri.name);
	return e->status;
}

static enum status
ear_open(const char *where, struct ear *e)
{
	struct smpp_uri *u = &e->session.uri;
	enum status status = smpp_uri_split(where, u);

	if (status == OK && u->number[0] != '\0')
		status = fail(USAGE, "smpp: a listener takes no number, such "
		    "as /%s", u->number);
	if (status != OK)
		return status;
	if ((status = loop_add(&e->watch)) != OK)
		return status;
	return bind_first(e);
}

enum status
listen_smpp(const char *where, struct inbox *in,
    const struct transport_options *c)
{
	struct ear *e = calloc(1, sizeof(*e));
	enum status status;

	if (e == NULL)
		return fail(FAILED, "smpp: no memory");
	e->base.close = ear_close;
	e->in = in;
	e->pause = PAUSE_MIN_MS;
	e->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = try_again, .arg = e };
	e->session.bind = SMPP_BIND_RECEIVER;
	e->session.opts = c;
	e->session.watch.fd = -1;
	e->session.turn = turn;
	e->session.take = take;
	e->session.lost = lost;
	e->session.arg = e;
	if ((status = ear_open(where, e)) != OK) {
		ear_close(&e->base);
		return status;
	}
	inbox_listener(in, &e->base);
	return OK;
}
