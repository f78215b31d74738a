/* wake.c: devices woken in one go. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/progress.h"
#include "pipe/stream.h"
#include "pipe/confine.h"
#include "pipe/subprocess.h"
#include "runs/stale.h"
#include "runs/trigger_watch.h"
#include "runs/wake.h"

#define GRACE_MS 1000		/* for CMD, once no trigger wants it */
#define TURN 512		/* responses that are stored, then pushed */
#define LISTEN 1024		/* requests, between two looks for a signal */

struct wake {
	const struct wake_options *options;
	struct db *db;
	struct output *out;
	struct trigger_watch triggers;
	struct stale stale;
	struct push *push;
	int requests;		/* a file, for */
	struct subprocess bsf;
	struct input *in;	/* what it answers */
	struct ask *ask;	/* or NULL: the BSF is CMD */
	uint64_t began, deadline;	/* monotonic milliseconds */
	uint64_t asked, answered;	/* of the triggers */
	uint64_t number;	/* of the last that was pushed */
	bool over;		/* what is under way is given up */
	enum status worst;
};

/* Whether there is no more time, or no more wish. */
static bool
is_over(const struct wake *w)
{
	return loop_signalled() || clock_monotonic_ms() >= w->deadline;
}

/* ---- how far it has come ---- */

static void
show_progress(const struct wake *w)
{
	uint64_t now = clock_monotonic_ms(), ms = now - w->began + 1;
	char counts[256], left[PROGRESS_TIME_MAX], text[384];

	if (!progress_due())
		return;
	trigger_watch_text(&w->triggers, counts, sizeof(counts));
	progress_time(w->deadline > now ? (w->deadline - now) / 1000 : 0,
	    left);
	snprintf(text, sizeof(text), "%s%s%zu/s: %s",
	    w->deadline > 0 ? left : "", w->deadline > 0 ? " left, " : "",
	    (size_t)(1000 * w->triggers.reached[REACHED_CONNECTED] / ms),
	    counts);
	progress_line(text);
}

/* Where all went well, and nobody looks, there is nothing to say. */
static void
sum_up(const struct wake *w)
{
	if (progress_wanted() || loop_signalled() || (w->triggers.count > 1 &&
	    w->triggers.end[STATE_CONNECTED].count + w->triggers.replaced <
	    w->triggers.count))
		trigger_watch_sum_up(&w->triggers,
		    (clock_monotonic_ms() - w->began) / 1000);
}

/* ---- 401: the requests ---- */

static enum status
requested(void *arg, const struct record *request)
{
	struct wake *w = arg;

	if (w->triggers.count % LISTEN == 0 && loop_wait(-1, 0) == LOOP_SIGNAL)
		return fail(FAILED, "stopped by a signal");
	show_progress(w);
	return trigger_watch_add(&w->triggers, request->p_tid.v);
}

/*
 * The requests rest in a file without a name: however many they are, and
 * however CMD reads them, neither waits for the other.
 */
static enum status
open_requests(struct wake *w)
{
	enum status status;
	char *temporary;

	status = file_begin(db_is_shared(w->db) ? P_tmpdir "/requests" :
	    w->options->store, ".XXXXXX", &temporary, &w->requests);
	if (status == OK)
		file_forget(&temporary);
	return status;
}

static enum status
rewind_requests(const struct wake *w)
{
	return lseek(w->requests, 0, SEEK_SET) == 0 ? OK :
	    fail(FAILED, "requests: %s", strerror(errno));
}

static enum status
request(struct wake *w, struct request_options *o)
{
	struct output requests = { .fd = -1 };
	enum status status;

	if ((status = open_requests(w)) != OK)
		return status;
	output_to(&requests, w->requests, "requests");
	o->requested = requested;
	o->arg = w;
	status = output_close(&requests, request_run(o, w->db, &requests));
	return status == FAILED ? FAILED : status_worst(status,
	    rewind_requests(w));
}

/* ---- 405: the GPIs, and what became of them ---- */

static void
report(void *arg, const struct record *report, uint64_t number,
    const struct outcome *outcome)
{
	struct wake *w = arg;

	(void)number;
	if (w->over && outcome->status != OK)
		return;
	trigger_watch_report(&w->triggers, report);
	if (outcome->status == FAILED)
		w->worst = FAILED;
}

static void
hear(void *arg, const uint8_t *v, size_t len)
{
	struct wake *w = arg;

	stale_hear(&w->stale, v, len);
}

/* Those of a run that was stopped come with push_finish(). */
static void
pause_of_push(void *unused)
{
	(void)unused;
}

static bool
bsf_runs(const struct wake *w)
{
	return w->bsf.runs && !w->bsf.ended;
}

/* Do what there is to do besides reading. */
static enum status
keep_up(struct wake *w)
{
	uint64_t grace = clock_monotonic_ms() + GRACE_MS;
	enum status status;

	if (subprocess_check(&w->bsf) != OK) {
		complain("%s", "");
		w->worst = FAILED;
		subprocess_end(&w->bsf);
	}
	/* one that is stale would look as if it had failed */
	if ((status = stale_sort(&w->stale)) == OK)
		status = trigger_watch_look(&w->triggers);
	show_progress(w);
	if (w->triggers.left == 0 && w->deadline > grace)
		w->deadline = w->in->deadline_ms = grace;
	return status;
}

static enum status
wait_and_keep_up(struct wake *w)
{
	(void)loop_wait(-1, w->deadline);
	return keep_up(w);
}

static enum status
push(void *arg, const struct record *response)
{
	struct wake *w = arg;
	enum status status = OK;

	while (status == OK && !is_over(w) &&
	    push_under_way(w->push) >= PUSH_WINDOW)
		status = wait_and_keep_up(w);
	return status != OK || is_over(w) ? status :
	    push_one(w->push, response, ++w->number);
}

/* ---- 402 to 404: responses, and their SAs ---- */

static enum status
store_answer(void *arg, size_t i, const struct item *item, struct output *out)
{
	struct wake *w = arg;
	const struct record *response = item->r;
	struct watched_trigger *one = trigger_watch_find(&w->triggers,
	    response->p_tid.v);
	enum status status;

	(void)i;
	(void)out;
	if (one == NULL)
		return fail(REJECTED, "p_tid: found %s, expected one that was "
		    "requested here", response->p_tid.v);
	if (one->step >= STEP_OPEN)
		return fail(REJECTED, "p_tid: found a second answer to %s, "
		    "expected one", response->p_tid.v);
	status = request_answered(w->db, response);
	one->step = status == OK ? STEP_OPEN : STEP_REFUSED;
	w->answered += status == OK;
	return status == OK || status == FAILED ? status :
	    fail_in(status, "%s", response->ue_id.v);
}

/* What is stored may be pushed. */
static enum status
push_stored(void *arg, const struct item *response)
{
	return response->status == OK ? push(arg, response->r) : OK;
}

static enum status
after(void *arg)
{
	struct wake *w = arg;
	enum status status = keep_up(w);

	/* even where there is always more */
	if (is_over(w) || (stale_any(&w->stale) &&
	    w->answered == w->triggers.count))
		w->in->ended = true;
	return status;
}

/* The helper runs CMD, which has rights of its own. */
static enum status
confine_wake(const struct wake *w)
{
	const struct push_options *o = &w->options->push;
	unsigned needs = confine_sends_to(o->to) |
	    confine_store(w->options->store);

	if (o->to == NULL)
		needs |= CONFINE_NEW_FILE;
	if (w->ask != NULL) {
		needs |= CONFINE_SOCKETS;
		confine_reads_certificates();
	}
	confine_writes(common.output);
	confine_reads(o->transport.passwords);
	return confine(needs);
}

/* The BSF has not said all within the time. */
static void
too_late(struct wake *w, const char *what)
{
	fail_because("bsf: %s was still running after %" PRIu64 " s", what,
	    w->options->timeout);
	complain("%s", "");
	w->worst = FAILED;
}

/* Run CMD on the requests until its output ends. */
static enum status
run_bsf(struct wake *w, const struct stage *stage)
{
	struct input *in = w->in;
	enum status status;

	status = subprocess_filter(&w->bsf, "bsf", w->options->bsf,
	    w->requests, &in->fd);
	if (status != OK) {
		complain("%s", "");
		w->worst = status;
		return OK;
	}
	in->name = "bsf";
	in->deadline_ms = w->deadline;
	status = stream_run(in, stage, w, w->out);
	if (bsf_runs(w) && is_over(w) && !loop_signalled() &&
	    w->answered < w->triggers.count)
		too_late(w, "the command");
	return status;
}

/* ---- the same, where the BSF is asked over HTTP ---- */

static void
refused(struct wake *w, const char *ue_id, enum status status)
{
	complain("%s: ", ue_id);
	w->worst = status_worst(w->worst, status);
}

/* Ask as many requests as may be under way, of those that IN has. */
static enum status
put_requests(struct wake *w, struct input *in)
{
	struct record record, *r = &record;
	enum event event = INPUT_ITEM;
	const uint8_t *item;
	enum status status;
	size_t len;

	while (ask_room(w->ask) && event == INPUT_ITEM) {
		r = &record;
		event = input_next_record(in, false, &item, &len, &r);
		if (event != INPUT_ITEM)
			break;
		if ((status = ask_put(w->ask, &record)) == FAILED)
			return FAILED;
		if (status != OK)
			refused(w, record.ue_id.v, status);
	}
	return event == INPUT_BROKEN ? fail_as(&in->broken) : OK;
}

static enum status
take_answers(struct wake *w, struct stream *stream)
{
	struct record request, response;
	enum status status = OK, answer;

	while (status == OK && ask_answered(w->ask)) {
		answer = ask_take(w->ask, &request, &response);
		if (answer == OK)
			status = stream_put_record(stream, &response);
		else
			refused(w, request.ue_id.v, answer);
		record_wipe(&response);
	}
	return status == OK ? stream_pause(stream) : status;
}

/* Until all have their answers, or there is no more time. */
static enum status
ask_all(struct wake *w, struct input *in, struct stream *stream)
{
	enum status status;

	while ((status = put_requests(w, in)) == OK &&
	    (status = take_answers(w, stream)) == OK &&
	    (!ask_all_answered(w->ask) || !in->ended)) {
		if (ask_check(w->ask) != OK) {
			complain("%s", "");
			w->worst = FAILED;
			break;
		}
		if (is_over(w)) {
			if (!loop_signalled())
				too_late(w, w->options->bsf);
			break;
		}
		if (!ask_answered(w->ask) &&
		    (status = wait_and_keep_up(w)) != OK)
			break;
	}
	return status;
}

static enum status
ask_over_http(struct wake *w, const struct stage *stage)
{
	static struct input in;
	struct stream *stream;
	enum status status;

	memset(&in, 0, sizeof(in));
	in.name = "requests";
	if ((in.fd = dup(w->requests)) < 0)
		return fail(FAILED, "requests: %s", strerror(errno));
	if ((status = stream_open(&stream, stage, w, w->out)) == OK)
		status = ask_all(w, &in, stream);
	status = status_worst(status, stream_close(stream, status));
	ask_forget(w->ask);
	input_close(&in);
	return status;
}

/* All that the BSF answers to the requests; who has no answer has failed. */
static enum status
ask_bsf(struct wake *w)
{
	const struct stage stage = { .type = RECORD_RESPONSE,
	    .decide = store_answer, .turn = TURN, .batch = TURN,
	    .db = w->db, .after_each = push_stored, .after = after,
	    .sparing = true };
	enum status status = w->ask != NULL ? ask_over_http(w, &stage) :
	    run_bsf(w, &stage);

	if (status == FAILED)
		return FAILED;
	w->worst = status_worst(w->worst, status);
	return loop_signalled() ? OK : trigger_watch_unanswered(&w->triggers);
}

/* ---- 402 once more, for cards that found SQN stale ---- */

/* CMD may be about to end by itself. */
static enum status
end_bsf(struct wake *w)
{
	uint64_t since = clock_monotonic_ms();
	enum status status = OK;

	while (status == OK && bsf_runs(w) && !is_over(w) &&
	    clock_monotonic_ms() < since + GRACE_MS)
		status = wait_and_keep_up(w);
	subprocess_end(&w->bsf);
	if (w->in->fd >= 0)
		input_close(w->in);
	memset(w->in, 0, sizeof(*w->in));
	w->in->fd = -1;
	return status;
}

static enum status
ask_bsf_again(struct wake *w)
{
	struct output requests = { .fd = -1 };
	enum status status;

	if ((status = end_bsf(w)) != OK || (status = rewind_requests(w)) != OK)
		return status;
	if (ftruncate(w->requests, 0) != 0)
		return fail(FAILED, "requests: %s", strerror(errno));
	output_to(&requests, w->requests, "requests");
	status = output_close(&requests, stale_request(&w->stale, &requests));
	if (status != OK || (status = rewind_requests(w)) != OK)
		return status;
	if (w->triggers.count > w->asked)
		status = ask_bsf(w);
	w->asked = w->triggers.count;
	return status;
}

/* ---- all of it ---- */

static enum status
await_ends(struct wake *w)
{
	enum status status = OK;

	w->asked = w->triggers.count;
	while (status == OK && !is_over(w) &&
	    (w->triggers.left > 0 || bsf_runs(w)))
		status = stale_any(&w->stale) ? ask_bsf_again(w) :
		    wait_and_keep_up(w);
	return status;
}

/* What is under way is given up, and none has anything new to say. */
static void
end_push(struct wake *w)
{
	w->over = true;
	push_close(w->push);
	w->push = NULL;
	fail_said();
}

/* The rest is shown as it stands. */
static enum status
end(struct wake *w)
{
	if (loop_signalled()) {
		fail_because("stopped by a signal");
		complain("%s", "");
		w->worst = FAILED;
		push_finish(w->push);
	}
	end_push(w);
	return trigger_watch_end(&w->triggers);
}

static enum status
run(struct wake *w)
{
	enum status status;

	w->began = clock_monotonic_ms();
	w->deadline = w->began + 1000 * w->options->timeout;
	if ((status = confine_wake(w)) == OK && (status = ask_bsf(w)) == OK &&
	    (status = await_ends(w)) == OK)
		status = end(w);
	/* what a signal stopped, is no reason to lose the others */
	w->out->stays = status == OK;
	if (status != OK)
		complain_unsaid();
	end_push(w);
	progress_clear();
	sum_up(w);
	return status_worst(status, status_worst(w->worst, w->triggers.worst));
}

static enum status
open_ask(struct wake *w)
{
	struct ask_options o = w->options->ask;

	if (!ask_is_uri(w->options->bsf))
		return o.cert == NULL && o.key == NULL && !o.insecure &&
		    o.token_file == NULL ? OK : fail(USAGE, "--cert, --key, "
		    "--token-file and --insecure are for --bsf https://");
	o.bsf = w->options->bsf;
	if (strncmp(o.bsf, "https:", 6) == 0)
		o.ca = w->options->push.transport.ca;
	o.timeout = ASK_TIMEOUT;
	o.retry_for = ASK_RETRY_FOR;
	return ask_open(&w->ask, &o, NULL);
}

static enum status
open_all(struct wake *w)
{
	struct push_options o = w->options->push;
	enum status status;

	if (o.to != NULL && strcmp(o.to, "-") == 0)
		return fail(USAGE, "--to: wake needs a URI, not -");
	if ((status = open_ask(w)) != OK)
		return status;
	o.window = PUSH_WINDOW;
	o.transport.timeout = PUSH_TIMEOUT;
	o.transport.answer = hear;
	o.transport.arg = w;
	/* no response changes the address that was asked for */
	o.transport.makes_files = true;
	o.report = report;
	o.pause = pause_of_push;
	o.arg = w;
	status = push_open(&w->push, &o);
	return status == OK ? trigger_watch_open(&w->triggers) : status;
}

static enum status
close_all(struct wake *w)
{
	push_close(w->push);
	ask_close(w->ask);
	subprocess_end(&w->bsf);
	if (w->in->fd >= 0)
		input_close(w->in);
	if (w->requests >= 0)
		close(w->requests);
	stale_free(&w->stale);
	return trigger_watch_close(&w->triggers);
}

enum status
wake(const struct wake_options *options, struct request_options *requests,
    struct db *db, struct output *out)
{
	static struct input in = { .fd = -1 };
	struct wake w = { .options = options, .db = db, .out = out, .in = &in,
	    .began = clock_monotonic_ms(), .requests = -1,
	    .triggers = { .db = db, .out = out, .timeout = options->timeout } };
	enum status status, closed;

	w.stale = (struct stale){ .db = db, .triggers = &w.triggers };
	if ((status = confine_helper(ask_is_uri(options->bsf) ? NULL :
	    options->bsf)) != OK)
		return status;
	loop_end_on_signals(false);
	if ((status = open_all(&w)) == OK &&
	    (status = request(&w, requests)) != FAILED &&
	    w.triggers.count > 0)
		status = status_worst(status, run(&w));
	closed = close_all(&w);
	return status_worst(status, closed);
}
