/*
 * session.c: one connection of the MTC server.
 *
 *	handshake	the device says its P-TID, whose key is looked up
 *	  the key is proved: response; else ended, with an alert
 *	response	the trigger response comes
 *	  it is here: responded; it is wrong: closing, refused
 *	responded	that the device responded is being stored
 *	  it is: stream, and the device hears so; else closing, refused
 *	stream		data, both ways
 *	  both have sent all: finished; the window is over: ended
 *	finished	that the stream ended well is being stored, and its file
 *	  it is: closing, with close_notify; else ended
 *	closing		last words are sent, and what comes is dropped
 *	  the device has closed, or takes too long: ended
 *
 * What fails in any of them, or does not come in time, leads to ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "connection/session.h"

#define LINGER_MS 2000		/* for a device to read why it is refused */
#define AGAIN_MS 5		/* for another process that is busy */
#define ROUNDS 8		/* of one session before others have theirs */

/* ---- from one phase to the next ---- */

static void
enter(struct session *s, enum phase phase)
{
	s->phase = phase;
	s->relay.moved = true;
}

/* Only the first verdict counts. */
static void
conclude(struct session *s, enum state state, const char *detail)
{
	if (s->line.state != STATE_ACCEPTED)
		return;
	s->line.state = state;
	snprintf(s->line.detail, sizeof(s->line.detail), "%.*s",
	    (int)sizeof(s->line.detail) - 1, detail);
}

static void
drop_commit(struct session *s)
{
	commit_drop(s->service->store, s->commit);
	s->commit = NULL;
}

static void
break_off(struct session *s)
{
	enter(s, PHASE_ENDED);
	lookup_drop(s->service->store, s->lookup);
	s->lookup = NULL;
	drop_commit(s);
	upload_forget(&s->file, s->service->options->dir, session_p_tid(s));
}

void
session_stop(struct session *s, const struct outcome *why)
{
	conclude(s, STATE_FAILED, why->text);
	break_off(s);
}

static void
close_well(struct session *s)
{
	relay_close(&s->relay);
	s->deadline = clock_monotonic_ms() + LINGER_MS;
	enter(s, PHASE_CLOSING);
}

/* Tell a device that has proved its key what is wrong.  OK or FAILED. */
static enum status
refuse(struct session *s, const struct outcome *why)
{
	bool failed = why->status == FAILED;
	const char *detail = failed ? "the server failed" : why->text;
	struct record answer;
	size_t n = 0;

	conclude(s, failed ? STATE_FAILED : STATE_REFUSED, why->text);
	record_init(&answer, RECORD_TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_REFUSED);
	while (n < 255 && detail[n] >= 0x20 && detail[n] <= 0x7e)
		n++;
	record_put(&answer, KEY_DETAIL, detail, n);
	close_well(s);
	return relay_put_response(&s->relay, &answer, session_p_tid(s));
}

/* ---- the store ---- */

static void
wake(void *arg)
{
	struct session *s = arg;

	s->service->give_turn(s);
}

/* Have WHAT stored of P_TID; a file goes with it. */
static enum status
begin_commit(struct session *s, enum commit_what what, const char *p_tid)
{
	s->commit = commit_new(what, p_tid, wake, s);
	if (s->commit == NULL)
		return fail(FAILED, "connection: no memory");
	s->commit->window = s->window;
	if (what == COMMIT_CONNECTED && s->file.temporary != NULL) {
		s->commit->dir = s->service->options->dir;
		s->commit->file = s->file;
		s->commit->fd = relay_give_back(&s->relay);
		s->file.temporary = NULL;
	}
	commit_begin(s->service->store, s->commit);
	return OK;
}

/* The answer, if it is there; then the commit is not any more. */
static bool
take_answer(struct session *s, struct outcome *answer)
{
	if (!store_task_answered(&s->commit->task))
		return false;
	*answer = s->commit->task.outcome;
	s->window = s->commit->window;
	drop_commit(s);
	return true;
}

static enum tls_answer
store_failed(struct session *s, const char *why)
{
	conclude(s, STATE_FAILED, why);
	return TLS_FAILED;
}

static const char out_of_reach[] = "the store is out of reach";

/* A device whose trigger is overdue is refused once that is stored. */
static enum tls_answer
expire(struct session *s)
{
	struct lookup *l = s->lookup;
	struct outcome answer;

	if (s->commit == NULL && begin_commit(s, COMMIT_EXPIRED, l->p_tid) !=
	    OK)
		return store_failed(s, fail_text());
	if (!take_answer(s, &answer))
		return s->service->store->out_of_reach ?
		    store_failed(s, out_of_reach) : TLS_LATER;
	l->overdue = false;
	if (answer.status == FAILED)
		return store_failed(s, answer.text);
	if (answer.status != OK)
		l->task.outcome = answer;
	return TLS_HERE;
}

/*
 * Whether P_TID is another process's: the connection goes there, as soon as
 * that takes it.
 */
static bool
hand_over(struct session *s, const char *p_tid)
{
	const struct crew *crew = s->service->crew;
	unsigned owner = crew_owner(crew, p_tid);

	if (owner == crew->me)
		return false;
	s->handed_over = crew_hand_over(crew, owner, s->relay.socket.fd,
	    &s->stranger.from);
	if (s->handed_over)
		break_off(s);
	else
		s->again = clock_monotonic_ms() + AGAIN_MS;
	return true;
}

static enum tls_answer
look_up(void *arg, const char *p_tid)
{
	struct session *s = arg;
	struct store_work *store = s->service->store;

	if (hand_over(s, p_tid))
		return TLS_LATER;
	if (s->lookup == NULL && !store->out_of_reach) {
		s->lookup = lookup_begin(store, p_tid,
		    s->service->options->exec != NULL, wake, s);
		if (s->lookup == NULL)
			return store_failed(s, "connection: no memory");
	}
	if (s->lookup == NULL || (store->out_of_reach &&
	    !store_task_answered(&s->lookup->task)))
		return store_failed(s, out_of_reach);
	if (!store_task_answered(&s->lookup->task))
		return TLS_LATER;
	if (s->lookup->task.outcome.status == FAILED)
		return store_failed(s, s->lookup->task.outcome.text);
	return s->lookup->overdue ? expire(s) : TLS_HERE;
}

static enum status
find_key(void *arg, uint8_t key[static TLS_KEY_LEN])
{
	struct session *s = arg;
	const struct lookup *l = s->lookup;

	memcpy(&s->line.ue_id, &l->ue_id, sizeof(s->line.ue_id));
	s->line.trigger_ind = l->trigger_ind;
	if (l->task.outcome.status == OK)
		memcpy(key, l->key, TLS_KEY_LEN);
	else
		conclude(s, l->verdict, l->task.outcome.text);
	return l->task.outcome.status;
}

bool
session_known(const struct session *s)
{
	return s->lookup != NULL && store_task_answered(&s->lookup->task) &&
	    s->lookup->task.outcome.status == OK;
}

static const struct tls_keys keys = { look_up, find_key };

/* ---- handshake, response, responded ---- */

static enum status
step_handshake(struct session *s)
{
	struct outcome o;
	bool done;

	o = outcome_of(tls_handshake(s->relay.tls, &done));
	if (o.status != OK) {
		conclude(s, o.status == FAILED ? STATE_FAILED : STATE_REFUSED,
		    o.text);
		return fail_as(&o);
	}
	if (!done)
		return OK;
	s->proved = true;
	s->window = s->lookup->window;
	s->trigger = s->lookup->trigger;
	s->lookup->trigger = NULL;
	lookup_drop(s->service->store, s->lookup);
	s->lookup = NULL;
	enter(s, PHASE_RESPONSE);
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
	struct outcome o;
	bool done;

	if (relay_exchange(&s->relay) != OK)
		return FAILED;
	o.status = relay_take_response(&s->relay, &response, &done);
	if (o.status == OK && done)
		o.status = check_response(s, &response);
	o = outcome_of(o.status);
	if (o.status != OK)
		return refuse(s, &o);
	if (!done)
		return OK;
	enter(s, PHASE_RESPONDED);
	return begin_commit(s, COMMIT_RESPONDED, session_p_tid(s));
}

/* Where the data goes: a file, a command, or memory. */
static enum status
open_sink(struct session *s)
{
	const struct serve_options *options = s->service->options;
	enum status status;
	int fd;

	if (options->exec != NULL)
		return relay_run(&s->relay, options->exec, s->trigger, true);
	if (options->dir != NULL) {
		status = upload_begin(&s->file, options->dir,
		    session_p_tid(s), &fd);
		if (status == OK)
			relay_deliver_to(&s->relay, fd);
		return status;
	}
	s->relay.keep = true;
	return OK;
}

/* It ends with its window, or --max-time earlier. */
static void
begin_window(struct session *s)
{
	uint64_t left = trigger_window_left_ms(&s->window);
	uint64_t most = 1000 * s->service->options->max_time;

	s->cut = most != 0 && most < left;
	s->deadline = clock_monotonic_ms() + (s->cut ? most : left);
	s->relay.max_octets = s->service->options->max_octets;
}

/* Store, then speak. */
static enum status
step_responded(struct session *s)
{
	struct record answer;
	struct outcome o;
	enum status status;

	if (!take_answer(s, &o))
		return OK;
	if (o.status == OK)
		o = outcome_of(open_sink(s));
	free(s->trigger);
	s->trigger = NULL;
	if (o.status != OK)
		return refuse(s, &o);
	s->accepted = true;
	begin_window(s);
	enter(s, PHASE_STREAM);
	record_init(&answer, RECORD_TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_ACCEPTED);
	status = relay_put_response(&s->relay, &answer, session_p_tid(s));
	return status != OK ? status : relay_send(&s->relay);
}

/* ---- stream, finished, closing ---- */

static enum status
step_stream(struct session *s)
{
	enum status status;

	if ((status = relay_step(&s->relay)) != OK)
		return status;
	if (!relay_out_done(&s->relay))
		return OK;
	if (relay_in_done(&s->relay)) {
		enter(s, PHASE_FINISHED);
		return begin_commit(s, COMMIT_CONNECTED, session_p_tid(s));
	}
	/* CMD has said all: the device may be waiting to hear that */
	if (s->relay.child.pid != 0)
		relay_close(&s->relay);
	return OK;
}

/* Store, then speak: close_notify tells the device that all is well. */
static enum status
step_finished(struct session *s)
{
	struct outcome o;

	if (!take_answer(s, &o))
		return OK;
	if (o.status != OK)
		return fail_as(&o);
	conclude(s, STATE_CONNECTED, "");
	close_well(s);
	return OK;
}

/* Say the last words; what the device still sends is not read by anybody. */
static enum status
step_closing(struct session *s)
{
	enum status status;

	s->relay.keep = false;
	s->relay.max_octets = 0;
	if ((status = relay_step(&s->relay)) != OK)
		return status;
	if (s->relay.closed && relay_in_done(&s->relay))
		enter(s, PHASE_ENDED);
	return OK;
}

/* ---- all of them ---- */

static enum status
late_response(const struct session *s)
{
	return fail(FAILED, "no trigger response within %" PRIu64 " second%s",
	    s->service->options->handshake_timeout,
	    plural(s->service->options->handshake_timeout));
}

static enum status
late_store(const struct session *s)
{
	(void)s;
	return fail(FAILED, "no answer from the store in time");
}

static enum status
late_end(const struct session *s)
{
	uint64_t max = s->service->options->max_time;

	return s->cut ? fail(FAILED, "the connection lasted %" PRIu64
	    " second%s, as --max-time allows", max, plural(max)) :
	    trigger_window_over(&s->window);
}

static enum status
late_close(const struct session *s)
{
	(void)s;
	return fail(FAILED, "%s", "");
}

static const struct {
	enum status (*step)(struct session *);
	bool stores;		/* it waits for that, and for nothing else */
	enum status (*late)(const struct session *);	/* at the deadline */
} phases[] = {
	[PHASE_HANDSHAKE] = { step_handshake, false, late_response },
	[PHASE_RESPONSE] = { step_response, false, late_response },
	[PHASE_RESPONDED] = { step_responded, true, late_store },
	[PHASE_STREAM] = { step_stream, false, late_end },
	[PHASE_FINISHED] = { step_finished, true, late_store },
	[PHASE_CLOSING] = { step_closing, false, late_close },
};

/* What is stored by the deadline is in time. */
static bool
is_late(const struct session *s)
{
	return clock_monotonic_ms() >= s->deadline && (s->commit == NULL ||
	    !store_task_answered(&s->commit->task));
}

static void
step_once(struct session *s)
{
	enum status status = is_late(s) ? phases[s->phase].late(s) :
	    phases[s->phase].step(s);
	struct outcome why;

	if (status == OK)
		return;
	why = outcome_of(status);
	session_stop(s, &why);
}

enum session_wants
session_step(struct session *s)
{
	for (int i = 0; i < ROUNDS && s->phase != PHASE_ENDED; i++) {
		s->relay.moved = false;
		step_once(s);
		if (!s->relay.moved)
			return SESSION_WAITS;
	}
	return s->phase == PHASE_ENDED ? SESSION_ENDED : SESSION_GOES_ON;
}

enum status
session_await(struct session *s)
{
	uint64_t wake = s->deadline;

	/* till then it takes milliseconds, and 40 KiB more often than once */
	if (s->phase == PHASE_STREAM)
		tls_rest(s->relay.tls);
	if (s->again != 0 && s->again < wake)
		wake = s->again;
	s->again = 0;
	return relay_await(&s->relay, phases[s->phase].stores ||
	    tls_waits(s->relay.tls), wake);
}

/* ---- for the loop ---- */

enum status
session_new(struct session **out, const struct service *service, int socket)
{
	struct session *s = calloc(1, sizeof(*s));
	enum status status;

	*out = s;
	if (s == NULL) {
		close(socket);
		return fail(FAILED, "connection: no memory");
	}
	s->service = service;
	s->deadline = clock_monotonic_ms() +
	    1000 * service->options->handshake_timeout;
	relay_init(&s->relay, socket, wake, s);
	status = tls_accept(&s->relay.tls, service->tls, socket, &keys, s);
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
	char peer[ADDRESS_TEXT_MAX];

	address_text(&s->stranger.from.sa, s->stranger.from.len, peer);
	line->peer = peer;
	line->listener = s->service->at;
	line->p_tid = session_p_tid(s);
	line->octets = s->accepted ? r->octets : 0;
	line->has_data = s->accepted && options->dir == NULL &&
	    options->exec == NULL;
	line->data = r->kept;
	line->len = r->kept_len;
	return connection_line_put(line, lines);
}
