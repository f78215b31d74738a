/* smpp_session.c: a session with an SMSC.  Clauses are of SMPP 3.4. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "transport/smpp/smpp_passwords.h"
#include "transport/smpp/smpp_session.h"
#include "transport/smpp/smpp_wire.h"
#include "transport/tls_client.h"

#define SILENCE_MS 30000	/* then ask whether it is still there */
#define UNBIND_MS 1000
#define REFUSED_MS 1000		/* between complaints about what came in */
#define SKIP_MAX (1 << 20)	/* octets of a PDU that is skipped */
#define TLS_ALERT 21		/* RFC 8446 clause 5.1: how one begins */
#define SAY_MS 60000		/* until the same reason is said again */
#define RESPONSE_ROOM 128	/* octets that an answer may take */

/* ---- the end ---- */

static void
hang_up(struct smpp_session *e)
{
	dial_stop(&e->dial);
	loop_remove(&e->watch);
	tls_stream_end(e->tls);
	e->tls = NULL;
	if (e->watch.fd >= 0)
		close(e->watch.fd);
	e->watch.fd = -1;
	e->state = SMPP_IDLE;
	wipe(e->out, e->out_len);	/* a password may be in it */
	e->in_len = e->out_at = e->out_len = e->skip = 0;
}

static void
lose(struct smpp_session *e, enum status status)
{
	struct outcome outcome = outcome_of(status == OK ? OK :
	    fail_in(status, "%s", e->uri.uri));

	hang_up(e);
	e->lost(e->arg, &outcome);
}

/* ---- requests and answers ---- */

bool
smpp_session_ready(const struct smpp_session *e)
{
	return e->state == SMPP_BOUND && smpp_wire_room(e) >= 2 * SMPP_PDU_MAX;
}

uint32_t
smpp_session_sequence(struct smpp_session *e)
{
	/* 5.1.4: from 1 to 7fffffff */
	e->sequence = e->sequence % INT32_MAX + 1;
	return e->sequence;
}

static void
request(struct smpp_session *e, uint32_t id)
{
	smpp_session_put(e, &(struct smpp_pdu){ .id = id,
	    .sequence = smpp_session_sequence(e) });
}

static void
respond(struct smpp_session *e, const struct smpp_pdu *to, uint32_t id,
    uint32_t status)
{
	smpp_session_put(e, &(struct smpp_pdu){ .id = id, .status = status,
	    .sequence = to->sequence });
}

/* ---- octets in: one PDU each; OK, or why the session ends ---- */

/* Say why a PDU is refused, the last failure, at most once a second. */
static void
say_malformed(struct smpp_session *e)
{
	uint64_t now = clock_monotonic_ms();

	if (e->refused_at == 0 || now - e->refused_at >= REFUSED_MS) {
		e->refused_at = now;
		complain("%s: ", e->uri.uri);
	}
	fail_said();
}

typedef enum status handler(struct smpp_session *, const struct smpp_pdu *);

static enum status
take_bind_resp(struct smpp_session *e, const struct smpp_pdu *p)
{
	enum status status;

	if (e->state != SMPP_BINDING)
		return OK;
	if ((status = smpp_verdict(e->bind, p->status)) == OK) {
		e->state = SMPP_BOUND;
		e->turn(e->arg);	/* what is behind may end the session */
	} else if (e->bind == SMPP_BIND_TRANSCEIVER &&
	    p->status == SMPP_RINVCMDID) {
		fail_within("receipts need bind_transceiver, which this SMSC "
		    "does not know; leave out receipt");
	}
	return status;
}

static enum status
take_unbind(struct smpp_session *e, const struct smpp_pdu *p)
{
	respond(e, p, SMPP_UNBIND | SMPP_RESPONSE, SMPP_ROK);
	smpp_wire_flush(e);
	return fail(FAILED, "unbound by the SMSC");
}

static enum status
take_unbind_resp(struct smpp_session *e, const struct smpp_pdu *p)
{
	(void)p;
	if (e->state == SMPP_UNBINDING)
		e->state = SMPP_IDLE;
	return OK;
}

static enum status
take_enquire_link(struct smpp_session *e, const struct smpp_pdu *p)
{
	respond(e, p, SMPP_ENQUIRE_LINK | SMPP_RESPONSE, SMPP_ROK);
	return OK;
}

/*
 * Some SMSCs deliver before they answer the bind.  What comes once we unbind is
 * for later.
 */
static enum status
take_other(struct smpp_session *e, const struct smpp_pdu *p)
{
	if (e->state != SMPP_UNBINDING)
		e->take(e->arg, p);
	else if (p->id == SMPP_DELIVER_SM || p->id == SMPP_DATA_SM)
		respond(e, p, p->id | SMPP_RESPONSE, SMPP_RX_T_APPN);
	return OK;
}

/* It may be of our bind. */
static enum status
take_generic_nack(struct smpp_session *e, const struct smpp_pdu *p)
{
	if (e->state != SMPP_BINDING)
		return take_other(e, p);
	return p->status != SMPP_ROK ? take_bind_resp(e, p) :
	    fail(FAILED, "%s: found generic_nack", smpp_name(e->bind));
}

static const struct {
	uint32_t id;
	handler *take;
} handlers[] = {
	{ SMPP_GENERIC_NACK, take_generic_nack },
	{ SMPP_BIND_RECEIVER | SMPP_RESPONSE, take_bind_resp },
	{ SMPP_BIND_TRANSMITTER | SMPP_RESPONSE, take_bind_resp },
	{ SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE, take_bind_resp },
	{ SMPP_SUBMIT_SM | SMPP_RESPONSE, take_other },
	{ SMPP_DELIVER_SM, take_other },
	{ SMPP_DATA_SM, take_other },
	{ SMPP_UNBIND, take_unbind },
	{ SMPP_UNBIND | SMPP_RESPONSE, take_unbind_resp },
	{ SMPP_ENQUIRE_LINK, take_enquire_link },
};

/* PDUs that nobody answers, 4.1.7 and 4.12.1. */
static bool
wants_no_answer(uint32_t id)
{
	return (id & SMPP_RESPONSE) != 0 || id == SMPP_OUTBIND ||
	    id == SMPP_ALERT_NOTIFICATION;
}

/*
 * A request that is not as it should be is refused for good.  Other responses,
 * as that of enquire_link, are good for having come.
 */
static enum status
take_pdu(struct smpp_session *e, const uint8_t *in, size_t len)
{
	struct smpp_pdu p;
	enum status status = smpp_decode(&p, in, len);

	if (status == MALFORMED) {
		say_malformed(e);
		respond(e, &p, p.id | SMPP_RESPONSE, SMPP_RX_R_APPN);
		return OK;
	}
	for (size_t i = 0; i < COUNT(handlers); i++)
		if (handlers[i].id == p.id)
			return handlers[i].take(e, &p);
	fail_said();
	if (!wants_no_answer(p.id))
		respond(e, &p, SMPP_GENERIC_NACK, SMPP_RINVCMDID);
	return OK;
}

/*
 * The PDU at IN has a length that none has.  Where that may be true, of a
 * command that is known, it is refused and skipped; else nobody knows where the
 * next one begins.
 */
static enum status
take_length(struct smpp_session *e, const uint8_t *in, size_t len)
{
	uint64_t length = be_read(in, 4);
	struct smpp_pdu p = { .id = 0 };

	if (length > SKIP_MAX || (len >= SMPP_HEADER &&
	    smpp_name((uint32_t)be_read(in + 4, 4)) == NULL))
		length = 0;
	if (length >= SMPP_HEADER && len < SMPP_HEADER) {
		fail_said();
		return OK;		/* the rest of the header will come */
	}
	if (len >= SMPP_HEADER)
		p.sequence = (uint32_t)be_read(in + 12, 4);
	respond(e, &p, SMPP_GENERIC_NACK, SMPP_RINVCMDLEN);
	if (length < SMPP_HEADER) {
		smpp_wire_flush(e);
		return FAILED;
	}
	say_malformed(e);
	e->skip = length;
	return OK;
}

/* All that are whole, while there is room for answers. */
static enum status
take_all(struct smpp_session *e)
{
	enum status status = OK;
	size_t at = 0, n;

	while (status == OK && e->state >= SMPP_BINDING) {
		if (smpp_wire_room(e) < RESPONSE_ROOM)
			smpp_wire_flush(e);
		if (smpp_wire_room(e) < RESPONSE_ROOM)
			break;
		n = e->skip < e->in_len - at ? e->skip : e->in_len - at;
		e->skip -= n;
		at += n;
		status = smpp_measure(e->in + at, e->in_len - at, &n);
		if (status != OK && e->in[at] == TLS_ALERT)
			return fail(FAILED, "it speaks TLS; see smpps://");
		if (status != OK)
			status = take_length(e, e->in + at, e->in_len - at);
		if (n == 0 && (e->skip == 0 || at == e->in_len))
			break;
		if (n > 0)
			status = take_pdu(e, e->in + at, n);
		at += n;
	}
	memmove(e->in, e->in + at, e->in_len -= at);
	return status;
}

/* ---- in the loop ---- */

static enum status
no_answer(const struct smpp_session *e)
{
	return fail(FAILED, "no answer from the SMSC in %" PRIu64 " second%s",
	    e->options->timeout, plural(e->options->timeout));
}

static enum status
look_at_clock(struct smpp_session *e, uint64_t now)
{
	if (e->state == SMPP_BOUND && !e->enquiring) {
		if (now < e->heard + SILENCE_MS)
			return OK;
		request(e, SMPP_ENQUIRE_LINK);
		e->enquiring = true;
		e->deadline = now + 1000 * e->options->timeout;
		return OK;
	}
	return now < e->deadline ? OK : no_answer(e);
}

/* What the session waits for next. */
static void
rest(struct smpp_session *e)
{
	short in = smpp_wire_room(e) < RESPONSE_ROOM ? 0 : POLLIN;
	uint64_t wake = e->state == SMPP_BOUND && !e->enquiring ?
	    e->heard + SILENCE_MS : e->deadline;

	if (e->watch.fd < 0)
		return;
	if (e->tls != NULL && e->state == SMPP_SECURING)
		in = tls_stream_events(e->tls);
	else if (e->out_at < e->out_len)
		in |= POLLOUT;
	if (e->tls != NULL && in & POLLIN && tls_stream_pending(e->tls))
		wake = 0;	/* OpenSSL has it already */
	loop_events(&e->watch, in);
	loop_wake(&e->watch, wake);
}

void
smpp_session_turn(struct smpp_session *e)
{
	if (e->state == SMPP_BOUND)
		e->turn(e->arg);
	if (e->watch.fd >= 0)
		smpp_wire_flush(e);
	rest(e);
}

static enum status put_bind(struct smpp_session *);

static enum status
secure(struct smpp_session *e)
{
	bool done;
	enum status status = tls_stream_handshake(e->tls, &done);

	if (status != OK || !done)
		return status;
	e->state = SMPP_BINDING;
	return put_bind(e);
}

/* With TLS, what came may be with OpenSSL already. */
static enum status
read_and_take(struct smpp_session *e, bool readable, uint64_t now)
{
	enum status status = OK;

	smpp_wire_flush(e);
	if (readable || e->tls != NULL)
		status = smpp_wire_receive(e, now);
	return status == OK ? take_all(e) : status;
}

static void
ready(void *arg, short revents)
{
	struct smpp_session *e = arg;
	uint64_t now = clock_monotonic_ms();
	bool unbinding = e->state == SMPP_UNBINDING;
	enum status status = e->state == SMPP_SECURING ? secure(e) :
	    read_and_take(e, (revents & ~POLLOUT) != 0, now);

	if (status == OK && e->state > SMPP_DIALLING)
		status = look_at_clock(e, now);
	if (unbinding && (status != OK || e->state == SMPP_IDLE))
		lose(e, OK);
	else if (status != OK)
		lose(e, status);
	else
		smpp_session_turn(e);
}

static enum status
find_password(struct smpp_session *e, char password[static SMPP_NAME_MAX + 1])
{
	bool found = true;
	enum status status = OK;

	if (e->options->known != NULL && e->uri.system_id[0] != '\0')
		status = smpp_passwords_find(e->options->known, e->uri.name,
		    password, &found);
	if (status == OK && !found && !e->warned)
		warn("warning: %s: no line for %s; its password is empty",
		    e->options->passwords, e->uri.name);
	e->warned |= !found;
	return status;
}

static enum status
put_bind(struct smpp_session *e)
{
	const struct sms_params *f = &e->uri.form;
	struct smpp_pdu p = { .id = e->bind,
	    .sequence = smpp_session_sequence(e),
	    .interface_version = f->interface_version < 0 ? SMPP_VERSION :
	    (uint8_t)f->interface_version,
	    .addr_ton = f->address_ton < 0 ? 0 : (uint8_t)f->address_ton,
	    .addr_npi = f->address_npi < 0 ? 0 : (uint8_t)f->address_npi };
	enum status status = find_password(e, p.password);

	strcpy(p.system_id, e->uri.system_id);
	strcpy(p.system_type, f->system_type);
	strcpy(p.address_range, f->address_range);
	if (status == OK)
		smpp_session_put(e, &p);
	wipe(&p, sizeof(p));
	return status;
}

static enum status
begin_tls(struct smpp_session *e)
{
	enum status status = smpp_wire_begin_tls(e);

	return status == OK ? secure(e) : status;
}

static void
dialled(void *arg, int fd)
{
	struct smpp_session *e = arg;
	enum status status = fd < 0 ? FAILED : OK;

	e->watch.fd = fd;
	e->watch.events = POLLIN;
	e->state = e->uri.secure ? SMPP_SECURING : SMPP_BINDING;
	e->heard = clock_monotonic_ms();
	e->deadline = e->heard + 1000 * e->options->timeout;
	if (status == OK)
		status = loop_add(&e->watch);
	if (status == OK)
		status = e->uri.secure ? begin_tls(e) : put_bind(e);
	if (status == OK)
		smpp_session_turn(e);
	else
		lose(e, status);
}

void
smpp_session_start(struct smpp_session *e)
{
	e->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = ready, .arg = e };
	e->dial.done = dialled;
	e->dial.arg = e;
	e->state = SMPP_DIALLING;
	e->sequence = 0;
	e->enquiring = false;
	dial_start(&e->dial, e->uri.address, clock_monotonic_ms() +
	    1000 * e->options->timeout);
}

/* ---- the owner ends it ---- */

void
smpp_session_give_up(struct smpp_session *e)
{
	lose(e, no_answer(e));
}

void
smpp_session_unbind(struct smpp_session *e)
{
	request(e, SMPP_UNBIND);
	e->state = SMPP_UNBINDING;
	e->deadline = clock_monotonic_ms() + UNBIND_MS;
	smpp_wire_flush(e);
	rest(e);
}

void
smpp_session_finish(struct smpp_session *e, uint64_t deadline)
{
	if (deadline == 0 && e->state == SMPP_BOUND)
		smpp_session_unbind(e);
	while (e->state == SMPP_UNBINDING && clock_monotonic_ms() < deadline)
		loop_linger(deadline < e->deadline ? deadline : e->deadline);
}

void
smpp_session_close(struct smpp_session *e)
{
	if (e->state == SMPP_BOUND)
		smpp_session_unbind(e);
	hang_up(e);
	tls_client_close(e->system);
	e->system = NULL;
}

/* ---- what is said of it ---- */

void
smpp_session_say_lost(struct smpp_session *e, const struct outcome *why)
{
	uint64_t now = clock_monotonic_ms();

	if (strcmp(why->text, e->said.text) == 0 && now < e->said_at + SAY_MS)
		return;
	e->said = *why;
	e->said_at = now;
	e->said_lost = true;
	warn("warning: %s; trying again", why->text);
}

void
smpp_session_say_bound(struct smpp_session *e)
{
	if (e->said_lost)
		warn("%s: bound", e->uri.uri);
	e->said_lost = false;
}
