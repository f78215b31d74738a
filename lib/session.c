/* session.c: one connection of the MTC server. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "file.h"
#include "line.h"
#include "session.h"
#include "source.h"

#define ANSWER_MS 10000		/* for handshake and trigger response */
#define LINGER_MS 2000		/* for a device to read why it is refused */
#define ROUNDS 8		/* of one session before others have theirs */

enum phase {
	PHASE_HANDSHAKE,
	PHASE_RESPONSE,		/* the trigger response is awaited */
	PHASE_STREAM,		/* it is accepted */
	PHASE_CLOSING,		/* all is decided; last words */
	PHASE_ENDED
};

struct session {
	const struct service *service;
	struct relay relay;
	enum phase phase;
	uint64_t deadline;	/* monotonic milliseconds */
	struct window window;
	uint64_t key_lt;
	char *file;		/* temporary, of --dir */
	bool accepted;
	struct line line;	/* state ACCEPTED: not decided yet */
};

static const char *
p_tid_of(const struct session *s)
{
	return tls_p_tid(s->relay.tls);
}

/* ---- how it ends ---- */

/* The first to say how it ends is right. */
static void
conclude(struct session *s, enum state state, const char *detail)
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
	file_forget(&s->file);
}

void
session_stop(struct session *s, const char *why)
{
	conclude(s, STATE_FAILED, why);
	break_off(s);
}

static void
begin_closing(struct session *s, uint64_t ms)
{
	relay_close(&s->relay);
	s->phase = PHASE_CLOSING;
	s->deadline = source_monotonic_ms() + ms;
}

/* Tell a device that has proved its key what is wrong. */
static enum status
refuse(struct session *s, enum status why)
{
	const char *detail = why == FAILED ? "the server failed" : fail_text();
	struct record answer;
	size_t n = 0;

	conclude(s, why == FAILED ? STATE_FAILED : STATE_REFUSED, fail_text());
	record_init(&answer, TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_REFUSED);
	while (n < 255 && detail[n] >= 0x20 && detail[n] <= 0x7e)
		n++;
	record_put(&answer, KEY_DETAIL, detail, n);
	begin_closing(s, LINGER_MS);
	return relay_put_response(&s->relay, &answer, p_tid_of(s));
}

/* ---- phases ---- */

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
	if (status == OK) {
		s->key_lt = sa.key_lt;
		memcpy(key, sa.ks_naf.v, TLS_KEY_LEN);
	} else {
		conclude(s, verdict, fail_text());
	}
	record_wipe(&sa);
	return status;
}

static enum status
step_handshake(struct session *s)
{
	enum status status;
	bool done;

	if ((status = tls_handshake(s->relay.tls, &done)) != OK) {
		conclude(s, status == FAILED ? STATE_FAILED : STATE_REFUSED,
		    fail_text());
		return status;
	}
	s->relay.moved = done;
	if (done)
		s->phase = PHASE_RESPONSE;
	return OK;
}

/* DIR/P_TID, whose characters are none that a path knows. */
static void
data_name(const struct session *s, char name[static PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s/%s", s->service->options->dir,
	    p_tid_of(s));
}

/* Where the data goes: a file, a command, or memory. */
static enum status
open_sink(struct session *s, const struct record *trigger)
{
	const struct serve_options *options = s->service->options;
	char name[PATH_MAX];

	if (options->exec != NULL)
		return relay_run(&s->relay, options->exec, trigger, true);
	if (options->dir != NULL) {
		data_name(s, name);
		return file_begin(name, ".XXXXXX", &s->file, &s->relay.to);
	}
	s->relay.keep = true;
	return OK;
}

static enum status
check_response(const struct session *s, const struct record *response)
{
	if (strcmp(response->p_tid.v, p_tid_of(s)) != 0)
		return fail(REJECTED, "p_tid: found %s, expected that of the "
		    "key in use", response->p_tid.v);
	if (record_has(response, HAS(STATE)))
		return fail(REJECTED, "state: found %s, expected none from a "
		    "device", field_word(KEY_STATE, response->state));
	return OK;
}

static enum status
accept_response(struct session *s, const struct record *response)
{
	struct record trigger, answer;
	enum status status;

	if ((status = check_response(s, response)) != OK ||
	    (status = admit_responded(s->service->db, p_tid_of(s), s->key_lt,
	    &trigger, &s->window)) != OK ||
	    (status = open_sink(s, &trigger)) != OK)
		return status;
	s->accepted = true;
	s->phase = PHASE_STREAM;
	s->deadline = source_monotonic_ms() + window_left_ms(&s->window);
	record_init(&answer, TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_ACCEPTED);
	return relay_put_response(&s->relay, &answer, p_tid_of(s));
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
		status = accept_response(s, &response);
	if (status == OK)
		return OK;
	return s->phase == PHASE_RESPONSE ? refuse(s, status) : status;
}

static enum status
keep_data(void *arg)
{
	struct session *s = arg;
	char name[PATH_MAX];

	if (s->file == NULL)
		return OK;
	data_name(s, name);
	return file_appear(name, &s->file, s->relay.to);
}

/* Store, then speak: close_notify tells the device that all is well. */
static enum status
finish(struct session *s)
{
	enum status status = admit_connected(s->service->db, p_tid_of(s),
	    keep_data, s);

	if (status != OK)
		return status;
	conclude(s, STATE_CONNECTED, "");
	begin_closing(s, LINGER_MS);
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
	if (relay_in_done(&s->relay))
		return finish(s);
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
		session_stop(s, window_over(&s->window) == OK ? "" :
		    fail_text());
	else
		session_stop(s, "trigger response: found none within 10 "
		    "seconds");
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

	if (s->phase != PHASE_ENDED && source_monotonic_ms() >= s->deadline)
		run_out_of_time(s);
	if (s->phase != PHASE_ENDED && step[s->phase](s) != OK)
		session_stop(s, fail_text());
}

enum session_event
session_step(struct session *s)
{
	bool before = s->accepted;

	for (int i = 0; i < ROUNDS; i++) {
		step_once(s);
		if (s->accepted && !before)
			return SESSION_ACCEPTED;
		if (s->phase == PHASE_ENDED)
			return SESSION_ENDED;
		if (!s->relay.moved)
			break;
	}
	return SESSION_OPEN;
}

/* ---- for the loop ---- */

enum status
session_new(struct session **out, const struct service *service, int socket)
{
	struct session *s = calloc(1, sizeof(*s));
	struct relay *r;
	enum status status;

	*out = s;
	if (s == NULL)
		return fail(FAILED, "connection: no memory");
	s->service = service;
	s->deadline = source_monotonic_ms() + ANSWER_MS;
	r = &s->relay;
	relay_init(r, socket);
	if ((status = tls_accept(&r->tls, service->tls, socket, find_key,
	    s)) == OK)
		return OK;
	r->socket = -1;
	session_free(s);
	*out = NULL;
	return status;
}

void
session_free(struct session *s)
{
	file_forget(&s->file);
	relay_free(&s->relay);
	free(s);
}

bool
session_due(const struct session *s, uint64_t now_ms)
{
	const struct relay *r = &s->relay;

	/* a command whose end came as a signal, not on a descriptor */
	if (r->child.pid != 0 && r->from < 0 && !r->child.ended)
		return true;
	return session_deadline(s) <= now_ms;
}

uint64_t
session_deadline(const struct session *s)
{
	return s->phase == PHASE_ENDED || s->relay.moved ? 0 : s->deadline;
}

bool
session_streams(const struct session *s, const char *p_tid)
{
	return s->phase == PHASE_STREAM && strcmp(p_tid_of(s), p_tid) == 0;
}

const char *
session_p_tid(const struct session *s)
{
	return p_tid_of(s);
}

size_t
session_poll(const struct session *s, struct pollfd *p)
{
	return s->phase == PHASE_ENDED ? 0 : relay_poll(&s->relay, p);
}

enum status
session_report(struct session *s, emit_fn *emit)
{
	const struct serve_options *options = s->service->options;
	const struct relay *r = &s->relay;
	struct line *line = &s->line;

	line->p_tid = p_tid_of(s);
	line->octets = s->accepted ? r->octets : 0;
	line->has_data = s->accepted && options->dir == NULL &&
	    options->exec == NULL;
	line->data = r->kept;
	line->len = r->kept_len;
	return line_emit(line, emit);
}
