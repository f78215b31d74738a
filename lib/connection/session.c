/* session.c: one connection of the MTC server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "connection/admit.h"
#include "connection/session.h"

#define ANSWER_MS 10000		/* for handshake and trigger response */
#define LINGER_MS 2000		/* for a device to read why it is refused */
#define ROUNDS 8		/* of one session before others have theirs */

/* ---- how it ends ---- */

/* The first to say how it ends is right. */
void
session_conclude(struct session *s, enum state state, const char *detail)
{
	if (s->line.state != STATE_ACCEPTED)
		return;
	s->line.state = state;
	snprintf(s->line.detail, sizeof(s->line.detail), "%s", detail);
}

static void
break_off(struct session *s)
{
	s->phase = PHASE_ENDED;
	upload_forget(&s->file, s->service->options->dir, session_p_tid(s));
}

void
session_stop(struct session *s, const char *why)
{
	session_conclude(s, STATE_FAILED, why);
	break_off(s);
}

void
session_begin_closing(struct session *s)
{
	relay_close(&s->relay);
	s->phase = PHASE_CLOSING;
	s->deadline = clock_monotonic_ms() + LINGER_MS;
}

/* Tell a device that has proved its key what is wrong. */
void
session_refuse(struct session *s, enum status why)
{
	const char *detail = why == FAILED ? "the server failed" : fail_text();
	struct record answer;
	size_t n = 0;

	session_conclude(s, why == FAILED ? STATE_FAILED : STATE_REFUSED,
	    fail_text());
	record_init(&answer, RECORD_TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_REFUSED);
	while (n < 255 && detail[n] >= 0x20 && detail[n] <= 0x7e)
		n++;
	record_put(&answer, KEY_DETAIL, detail, n);
	session_begin_closing(s);
	if (relay_put_response(&s->relay, &answer, session_p_tid(s)) != OK)
		session_stop(s, fail_text());
}

/* ---- phases ---- */

/* Of the trigger, what is wanted later. */
static enum status
keep_trigger(struct session *s, const struct record *trigger, uint64_t key_lt)
{
	trigger_window_set(&s->window, trigger, 0, key_lt);
	if (s->service->options->exec == NULL)
		return OK;
	s->trigger = malloc(sizeof(*s->trigger));
	if (s->trigger == NULL)
		return fail(FAILED, "connection: no memory");
	*s->trigger = *trigger;
	return OK;
}

static enum status
find_key(void *arg, const char *p_tid, uint8_t key[static TLS_KEY_LEN])
{
	struct session *s = arg;
	struct record sa, trigger;
	enum state verdict;
	enum status status;

	status = admit(s->service->db, p_tid, &sa, &trigger, &verdict);
	if (record_has(&trigger, HAS(UE_ID)))
		memcpy(&s->line.ue_id, &trigger.ue_id,
		    sizeof(s->line.ue_id));
	if (record_has(&trigger, HAS(TRIGGER_IND)))
		s->line.trigger_ind = trigger.trigger_ind;
	if (status == OK && (status = keep_trigger(s, &trigger, sa.key_lt)) !=
	    OK)
		verdict = STATE_FAILED;
	if (status == OK)
		memcpy(key, sa.ks_naf.v, TLS_KEY_LEN);
	else
		session_conclude(s, verdict, fail_text());
	record_wipe(&sa);
	return status;
}

static enum status
step_handshake(struct session *s)
{
	enum status status;
	bool done;

	if ((status = tls_handshake(s->relay.tls, &done)) != OK) {
		session_conclude(s, status == FAILED ? STATE_FAILED :
		    STATE_REFUSED, fail_text());
		return status;
	}
	s->relay.moved = done;
	if (done)
		s->phase = PHASE_RESPONSE;
	return OK;
}

static enum status
check_response(const struct session *s, const struct record *response)
{
	if (strcmp(response->p_tid.v, session_p_tid(s)) != 0)
		return fail(REJECTED, "p_tid: found %s, expected that of the "
		    "key in use", response->p_tid.v);
	if (record_has(response, HAS(STATE)))
		return fail(REJECTED, "state: found %s, expected none from a "
		    "device", field_word(KEY_STATE, response->state));
	return OK;
}

static enum status
step_response(struct session *s)
{
	struct record response;
	enum status status;
	bool done;

	if ((status = relay_exchange(&s->relay)) != OK)
		return status;
	status = relay_take_response(&s->relay, &response, &done);
	if (status == OK && done)
		status = check_response(s, &response);
	if (status != OK)
		session_refuse(s, status);
	else if (done)
		s->phase = PHASE_RESPONDED;
	return OK;
}

static enum status
step_stream(struct session *s)
{
	enum status status;

	if ((status = relay_step(&s->relay)) != OK)
		return status;
	if (!relay_out_done(&s->relay))
		return OK;
	if (relay_in_done(&s->relay)) {
		s->phase = PHASE_FINISHED;
		return OK;
	}
	/* CMD has said all: the device may be waiting to hear that */
	if (s->relay.child.pid != 0)
		relay_close(&s->relay);
	return OK;
}

/* Say the last words; what the device still sends is not read by anybody. */
static enum status
step_closing(struct session *s)
{
	enum status status;

	s->relay.keep = false;
	if ((status = relay_step(&s->relay)) != OK)
		return status;
	if (s->relay.closed && relay_in_done(&s->relay))
		s->phase = PHASE_ENDED;
	return OK;
}

static void
run_out_of_time(struct session *s)
{
	if (s->phase == PHASE_STREAM)
		session_stop(s, trigger_window_over(&s->window) == OK ? "" :
		    fail_text());
	else
		session_stop(s, "no trigger response within 10 seconds");
}

static void
step_once(struct session *s)
{
	static enum status (*const step[])(struct session *) = {
		[PHASE_HANDSHAKE] = step_handshake,
		[PHASE_RESPONSE] = step_response,
		[PHASE_STREAM] = step_stream,
		[PHASE_CLOSING] = step_closing,
	};

	if (clock_monotonic_ms() >= s->deadline)
		run_out_of_time(s);
	else if (step[s->phase](s) != OK)
		session_stop(s, fail_text());
}

enum session_wants
session_wants(const struct session *s)
{
	switch (s->phase) {
	case PHASE_ENDED:
		return SESSION_ENDED;
	case PHASE_RESPONDED:
	case PHASE_FINISHED:
		return SESSION_STORES;
	default:
		return s->relay.moved ? SESSION_GOES_ON : SESSION_WAITS;
	}
}

enum session_wants
session_step(struct session *s)
{
	enum session_wants wants = session_wants(s);

	for (int i = 0; i < ROUNDS && wants != SESSION_STORES &&
	    wants != SESSION_ENDED; i++) {
		step_once(s);
		if ((wants = session_wants(s)) != SESSION_GOES_ON)
			break;
	}
	return wants;
}

/* ---- for the loop ---- */

enum status
session_new(struct session **out, const struct service *service, int socket,
    void *owner)
{
	struct session *s = calloc(1, sizeof(*s));
	enum status status;

	*out = s;
	if (s == NULL) {
		close(socket);
		return fail(FAILED, "connection: no memory");
	}
	s->service = service;
	s->owner = owner;
	s->deadline = clock_monotonic_ms() + ANSWER_MS;
	relay_init(&s->relay, socket);
	status = tls_accept(&s->relay.tls, service->tls, socket, find_key, s);
	if (status != OK) {
		session_free(s);
		*out = NULL;
	}
	return status;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	if (s->relay.tls != NULL)
		break_off(s);
	relay_free(&s->relay);
	free(s->trigger);
	free(s);
}

enum status
session_report(struct session *s, struct line_writer *lines)
{
	const struct serve_options *options = s->service->options;
	const struct relay *r = &s->relay;
	struct connection_line *line = &s->line;

	line->p_tid = session_p_tid(s);
	line->octets = s->accepted ? r->octets : 0;
	line->has_data = s->accepted && options->dir == NULL &&
	    options->exec == NULL;
	line->data = r->kept;
	line->len = r->kept_len;
	return connection_line_put(line, lines);
}
