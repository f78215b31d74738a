/* smpp_session.c: a session with an SMSC.  Clauses are of SMPP 3.4. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "transport/smpp/smpp_session.h"

#define SILENCE_MS 30000	/* then ask whether it is still there */
#define UNBIND_MS 1000
#define SAY_MS 1000		/* between complaints about what came in */
#define SMPP_SKIP_MAX (1 << 20)	/* octets of a PDU that is skipped */
#define RESPONSE_ROOM 128	/* octets that an answer may take */
#define NO_ANSWER "no answer from the SMSC in %" PRIu64 " seconds"

/* ---- the end ---- */

static void
hang_up(struct smpp_session *e)
{
	dial_stop(&e->dial);
	loop_remove(&e->watch);
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
	    fail_in(status, "smpp://%s", e->uri.name));

	hang_up(e);
	e->lost(e->arg, &outcome);
}

/* ---- octets out ---- */

/* That a connection is gone, reading tells; then this has no more to do. */
static void
flush(struct smpp_session *e)
{
	ssize_t n;

	if (e->out_at == e->out_len)
		return;
	n = send(e->watch.fd, e->out + e->out_at, e->out_len - e->out_at,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	e->out_at = n < 0 ? e->out_len : e->out_at + (size_t)n;
	if (e->out_at < e->out_len)
		return;
	if (e->state == SMPP_BINDING)
		wipe(e->out, e->out_len);
	e->out_at = e->out_len = 0;
}

static size_t
room(const struct smpp_session *e)
{
	return sizeof(e->out) - e->out_len - e->owed * (SMPP_HEADER + 1);
}

bool
smpp_session_ready(const struct smpp_session *e)
{
	return e->state == SMPP_BOUND && room(e) >= 2 * SMPP_PDU_MAX;
}

uint32_t
smpp_session_sequence(struct smpp_session *e)
{
	/* 5.1.4: from 1 to 7fffffff */
	e->sequence = e->sequence % INT32_MAX + 1;
	return e->sequence;
}

void
smpp_session_put(struct smpp_session *e, const struct smpp_pdu *p)
{
	uint8_t v[SMPP_PDU_MAX];
	size_t n = smpp_encode(p, v);

	assert(n <= room(e));
	memcpy(e->out + e->out_len, v, n);
	e->out_len += n;
	wipe(v, n);
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

	if (e->said == 0 || now - e->said >= SAY_MS) {
		e->said = now;
		complain("smpp://%s: ", e->uri.name);
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
	if ((status = smpp_verdict(e->bind, p->status)) != OK)
		return status;
	e->state = SMPP_BOUND;
	e->turn(e->arg);	/* what is behind may end the session */
	return OK;
}

static enum status
take_unbind(struct smpp_session *e, const struct smpp_pdu *p)
{
	respond(e, p, SMPP_UNBIND | SMPP_RESPONSE, SMPP_ROK);
	flush(e);
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

	if (length > SMPP_SKIP_MAX || (len >= SMPP_HEADER &&
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
		flush(e);
		return FAILED;
	}
	say_malformed(e);
	e->skip = length;
	return OK;
}

/* Skip what is to be; returns its octets of LEN. */
static size_t
skip(struct smpp_session *e, size_t len)
{
	size_t n = e->skip < len ? e->skip : len;

	e->skip -= n;
	return n;
}

/* All that are whole, while there is room for answers. */
static enum status
take_all(struct smpp_session *e)
{
	enum status status = OK;
	size_t at = 0, n;

	while (status == OK && e->state >= SMPP_BINDING) {
		if (room(e) < RESPONSE_ROOM)
			flush(e);
		if (room(e) < RESPONSE_ROOM)
			break;
		at += skip(e, e->in_len - at);
		status = smpp_measure(e->in + at, e->in_len - at, &n);
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

static enum status
receive(struct smpp_session *e, uint64_t now)
{
	ssize_t n;

	if (e->in_len == sizeof(e->in))
		return OK;
	n = recv(e->watch.fd, e->in + e->in_len, sizeof(e->in) - e->in_len,
	    MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return OK;
	if (n <= 0)
		return n == 0 ? fail(FAILED, "closed by the SMSC") :
		    fail(FAILED, "%s", strerror(errno));
	e->in_len += (size_t)n;
	e->heard = now;
	e->enquiring = false;
	return OK;
}

/* ---- in the loop ---- */

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
	return now < e->deadline ? OK : fail(FAILED, NO_ANSWER,
	    e->options->timeout);
}

/* What the session waits for next. */
static void
rest(struct smpp_session *e)
{
	short in = room(e) < RESPONSE_ROOM ? 0 : POLLIN;

	if (e->watch.fd < 0)
		return;
	loop_events(&e->watch, e->out_at < e->out_len ? in | POLLOUT : in);
	loop_wake(&e->watch, e->state == SMPP_BOUND && !e->enquiring ?
	    e->heard + SILENCE_MS : e->deadline);
}

void
smpp_session_turn(struct smpp_session *e)
{
	if (e->state == SMPP_BOUND)
		e->turn(e->arg);
	if (e->watch.fd >= 0)
		flush(e);
	rest(e);
}

static void
ready(void *arg, short revents)
{
	struct smpp_session *e = arg;
	uint64_t now = clock_monotonic_ms();
	bool unbinding = e->state == SMPP_UNBINDING;
	enum status status = OK;

	flush(e);
	if ((revents & ~POLLOUT) != 0)
		status = receive(e, now);
	if (status == OK)
		status = take_all(e);
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
put_bind(struct smpp_session *e)
{
	struct smpp_pdu p = { .id = e->bind, .sequence = smpp_session_sequence(
	    e), .interface_version = SMPP_VERSION };
	enum status status = smpp_uri_password(e->options->passwords,
	    e->uri.name, e->complained, p.password);

	e->complained = true;
	strcpy(p.system_id, e->uri.system_id);
	if (status == OK)
		smpp_session_put(e, &p);
	wipe(&p, sizeof(p));
	return status;
}

static void
dialled(void *arg, int fd)
{
	struct smpp_session *e = arg;
	enum status status = fd < 0 ? FAILED : OK;

	e->watch.fd = fd;
	e->watch.events = POLLIN;
	e->state = SMPP_BINDING;
	e->heard = clock_monotonic_ms();
	e->deadline = e->heard + 1000 * e->options->timeout;
	if (status == OK)
		status = loop_add(&e->watch);
	if (status == OK)
		status = put_bind(e);
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
	lose(e, fail(FAILED, NO_ANSWER, e->options->timeout));
}

void
smpp_session_unbind(struct smpp_session *e)
{
	request(e, SMPP_UNBIND);
	e->state = SMPP_UNBINDING;
	e->deadline = clock_monotonic_ms() + UNBIND_MS;
	flush(e);
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
}
