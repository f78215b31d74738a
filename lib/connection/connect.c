/* connect.c: the device's side of the secure connection. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "base/loop.h"
#include "base/message.h"
#include "connection/connect.h"
#include "connection/relay.h"
#include "connection/trigger_window.h"
#include "gba/steps.h"

#define ANSWER_MS 10000		/* for connecting and the server's answer */
#define PAUSE_MS 1000		/* before another try, doubled five times */
#define PAUSES 5

struct device {
	struct record *accepted;
	const struct connect_options *options;
	struct trigger_window window;
	/* monotonic milliseconds: of this try, of all, of the window */
	uint64_t answer_by, retry_end, end;
	struct ssl_ctx_st *context;
	struct relay relay;
};

static enum status
check_sa(struct device *d)
{
	const struct record *r = d->accepted;
	uint64_t left, now;
	enum status status;

	if ((status = gba_ua_is_tls13(r)) != OK)
		return status;
	trigger_window_accepted(&d->window, r);
	if ((left = trigger_window_left_ms(&d->window)) == 0)
		return trigger_window_over(&d->window);
	now = clock_monotonic_ms();
	d->end = now + left;
	d->retry_end = now + 1000 * d->options->retry_for;
	return OK;
}

/* Say which limit has passed, if one of them and LIMIT has. */
static enum status
check_time(const struct device *d, uint64_t limit)
{
	uint64_t now = clock_monotonic_ms();

	if (loop_signalled())
		return fail(FAILED, "stopped by a signal");
	if (now >= d->end)
		return trigger_window_over(&d->window);
	if (now >= limit)
		return fail(FAILED, "server: no answer within 10 seconds");
	return OK;
}

static enum status
wait_until(struct device *d, uint64_t limit)
{
	enum status status = relay_await(&d->relay, false, LOOP_NEVER);

	if (status != OK)
		return status;
	loop_wait(-1, limit);
	return check_time(d, limit);
}

/* ---- until the server has accepted ---- */

static enum status
open_connection(struct device *d)
{
	struct record *r = d->accepted;
	enum status status;
	int fd;

	status = dial_wait(d->options->server, d->answer_by, &fd);
	if (status == FAILED && clock_monotonic_ms() >= d->end)
		return trigger_window_over(&d->window);
	if (status != OK)
		return status;
	d->relay.socket.fd = fd;
	if ((status = tls_context_open(&d->context, false)) != OK)
		return status;
	status = tls_connect(&d->relay.tls, d->context, fd, r->ul_sa_id.v,
	    r->ks_naf.v);
	/* another try may want it */
	if (d->options->retry_for == 0)
		wipe(&r->ks_naf, sizeof(r->ks_naf));
	return status;
}

static enum status
shake_hands(struct device *d)
{
	enum status status;
	bool done;

	while ((status = tls_handshake(d->relay.tls, &done)) == OK && !done)
		if ((status = wait_until(d, d->answer_by)) != OK)
			return status;
	return status;
}

static enum status
check_answer(const struct device *d, const struct record *answer)
{
	if (strcmp(answer->p_tid.v, d->accepted->ul_sa_id.v) != 0)
		return fail(REJECTED, "p_tid: found %s in the server's "
		    "answer, expected %s", answer->p_tid.v,
		    d->accepted->ul_sa_id.v);
	if (!record_has(answer, HAS(STATE)))
		return fail(MALFORMED, "state: found nothing in the server's "
		    "answer, expected accepted or refused");
	if (answer->state != STATE_ACCEPTED)
		return fail(REJECTED, "server: refused%s%s",
		    record_has(answer, HAS(DETAIL)) ? ": " : "",
		    record_has(answer, HAS(DETAIL)) ? answer->detail.v : "");
	return OK;
}

static enum status
respond(struct device *d)
{
	struct record response, answer;
	enum status status;
	bool done = false;

	record_init(&response, RECORD_TRIGGER_RESPONSE);
	record_copy(&response, d->accepted, HAS(TRIGGER_IND));
	status = relay_put_response(&d->relay, &response,
	    d->accepted->ul_sa_id.v);
	while (status == OK && !done) {
		status = relay_exchange(&d->relay);
		if (status == OK)
			status = relay_take_response(&d->relay, &answer,
			    &done);
		if (status == OK && !done && !d->relay.moved)
			status = wait_until(d, d->answer_by);
	}
	return status == OK ? check_answer(d, &answer) : status;
}

/* ---- more than once ---- */

static void
close_connection(struct device *d)
{
	relay_free(&d->relay);
	tls_context_close(d->context);
	d->context = NULL;
}

static enum status
try(struct device *d)
{
	uint64_t answer_by = clock_monotonic_ms() + ANSWER_MS;
	enum status status;

	d->answer_by = answer_by < d->end ? answer_by : d->end;
	relay_init(&d->relay, -1, NULL, NULL);
	if ((status = open_connection(d)) == OK &&
	    (status = shake_hands(d)) == OK)
		status = respond(d);
	return status;
}

/* Wait before another try.  OK; FAILED as before: there is none. */
static enum status
pause_before(struct device *d, unsigned tries)
{
	struct outcome why = outcome_of(FAILED);
	uint64_t now = clock_monotonic_ms();
	uint64_t again = now + (PAUSE_MS << (tries < PAUSES ? tries : PAUSES));

	if (again > d->retry_end)
		again = d->retry_end;
	if (loop_signalled() || now >= again || again >= d->end)
		return fail_as(&why);
	if (tries == 0)
		warn("%s; trying again for %" PRIu64 " s", why.text,
		    d->options->retry_for);
	while (!loop_signalled() && clock_monotonic_ms() < again)
		(void)loop_wait(-1, again);
	return loop_signalled() ? fail(FAILED, "stopped by a signal") : OK;
}

static enum status
connect_in_time(struct device *d)
{
	enum status status;

	for (unsigned tries = 0; (status = try(d)) == FAILED; tries++) {
		close_connection(d);
		if (pause_before(d, tries) != OK)
			break;
	}
	wipe(&d->accepted->ks_naf, sizeof(d->accepted->ks_naf));
	return status;
}

/* ---- the stream ---- */

static enum status
open_stream(struct device *d)
{
	const struct record *r = d->accepted;
	bool report = record_has(r, HAS(TRIGGER_IND)) &&
	    r->trigger_ind == TRIGGER_REPORT;
	int fd;

	if (d->options->exec == NULL || report) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return fail(FAILED, "standard output: %s",
			    strerror(errno));
		relay_deliver_to(&d->relay, fd);
	}
	return d->options->exec == NULL ? OK :
	    relay_run(&d->relay, d->options->exec, r, !report);
}

static enum status
stream(struct device *d)
{
	enum status status = open_stream(d);

	while (status == OK &&
	    !(d->relay.closed && relay_in_done(&d->relay))) {
		if ((status = relay_step(&d->relay)) != OK)
			break;
		if (relay_out_done(&d->relay))
			relay_close(&d->relay);
		status = d->relay.moved ? check_time(d, d->end) :
		    wait_until(d, d->end);
	}
	return status;
}

enum status
connect_device(struct record *accepted,
    const struct connect_options *options)
{
	struct device d = { .accepted = accepted, .options = options };
	enum status status;

	if ((status = check_sa(&d)) != OK)
		return status;
	loop_end_on_signals(true);
	if ((status = connect_in_time(&d)) == OK)
		status = stream(&d);
	close_connection(&d);
	loop_default_signals();
	return status;
}
