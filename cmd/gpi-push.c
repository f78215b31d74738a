/*
 * gpi-push: send the GPI of each response, and nothing else of it, to the
 * device.  Run by the MTC server (step 405 of gba-push(7)).
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "delivery/push.h"
#include "gba/gpi.h"
#include "pipe/confine.h"
#include "pipe/flood.h"
#include "pipe/program.h"
#include "pipe/reported.h"
#include "record/show.h"

static struct {
	const char *report, *resume, *sync_name;
	bool retry_failed;
	struct opt_list via;
	struct push_options push_options;
	struct push *push;
	struct reported *resumed;
	struct output *out, reports, sync_failures;
	uint64_t reported, say;
	enum status worst;
	struct flood flood;	/* failures alike, as of a network */
	struct outcome broken;	/* not OK: the run ends */
} arg = { .push_options = { .window = PUSH_WINDOW,
    .transport = { .timeout = PUSH_TIMEOUT } } };

static const struct opt opts[] = {
	{ "to", 0, OPT_STRING, "URI", &arg.push_options.to, 0, ALL_VERBS, 0,
	  "send all GPIs to URI, not to each record's ue_trp; - is standard "
	  "output" },
	{ "via", 0, OPT_LIST, "SCHEME=URI", &arg.via, 0, ALL_VERBS, 0,
	  "send GPIs whose ue_trp has this scheme to URI" },
	{ "report", 0, OPT_OUTPUT, "FILE", &arg.report, 0, ALL_VERBS, 0,
	  "append a report for each response to FILE" },
	{ "resume", 0, OPT_STRING, "FILE", &arg.resume, 0, ALL_VERBS, 0,
	  "skip each response that has a report in FILE, of an earlier "
	  "--report" },
	{ "retry-failed", 0, OPT_FLAG, NULL, &arg.retry_failed, 0, ALL_VERBS, 0,
	  "with --resume: send those again that were reported failed" },
	{ "retry-for", 0, OPT_NUMBER, "S", &arg.push_options.retry_for, 0,
	  ALL_VERBS, 0, "try again for S seconds if sending fails" },
	{ "timeout", 0, OPT_NUMBER, "S", &arg.push_options.transport.timeout, 0,
	  ALL_VERBS, 0, "wait S seconds for an answer (30)" },
	{ "window", 0, OPT_NUMBER, "N", &arg.push_options.window, 0, ALL_VERBS,
	  0, "read no more than N records ahead of their reports (1000)" },
	{ "rate", 0, OPT_NUMBER, "N", &arg.push_options.rate, 0, ALL_VERBS, 0,
	  "send at most N GPIs a second" },
	{ "sync-failures", 0, OPT_OUTPUT, "FILE", &arg.sync_name, 0, ALL_VERBS,
	  0, "append the AUTS of devices to FILE" },
	{ "passwords", 0, OPT_STRING, "FILE",
	  &arg.push_options.transport.passwords, 0, ALL_VERBS, 0,
	  "passwords for smpp://; a line is SYSTEM_ID@HOST:PORT PASSWORD" },
	{ "ca", 0, OPT_STRING, "FILE", &arg.push_options.transport.ca, 0,
	  ALL_VERBS, 0, "the authorities to trust for smpps:// (those of "
	  "the system)" },
	CONFINE_OPTS(ALL_VERBS),
};

static bool
to_stdout(void)
{
	const char *to = arg.push_options.to;

	return to != NULL && strcmp(to, "-") == 0;
}

/* ---- what became of them ---- */

static void
sync_failure(void *unused, const uint8_t *item, size_t len)
{
	uint64_t now = clock_monotonic_ms();
	struct record r;

	(void)unused;
	if (record_decode_as(&r, RECORD_SYNC_FAILURE, item, len) == OK) {
		output_put(&arg.sync_failures, item, len);
	} else if (now >= arg.say) {
		arg.say = now + 1000;	/* there may be many */
		complain("answer of a device: ");
	}
}

/* A report tells what has left, so it leaves after it. */
static enum status
flush(void *unused)
{
	enum status status = OK;

	(void)unused;
	arg.reported = 0;
	if (arg.sync_name != NULL)
		status = output_flush(&arg.sync_failures);
	if (arg.report != NULL && status == OK)
		status = output_flush(&arg.reports);
	return status != OK ? status : fail_as(&arg.broken);
}

static void
pause_of_push(void *unused)
{
	if (arg.broken.status == OK && to_stdout())
		arg.broken = outcome_of(output_flush(arg.out));
	if (arg.broken.status == OK)
		arg.broken = outcome_of(flush(unused));
}

/* Its text, without the address that it begins with. */
static const char *
reason_of(const struct record *report, const struct outcome *outcome)
{
	const char *address = record_has(report, HAS(UE_TRP)) ?
	    report->ue_trp.v : "";
	size_t n = strlen(address);

	return n > 0 && strncmp(outcome->text, address, n) == 0 &&
	    strncmp(outcome->text + n, ": ", 2) == 0 ? outcome->text + n + 2 :
	    outcome->text;
}

static void
report(void *unused, const struct record *report, uint64_t number,
    const struct outcome *outcome)
{
	const char *name = common.operand;
	bool standard = file_is_standard(name);
	enum status status = outcome->status;

	/* what a signal stopped, is for --resume to send */
	if (arg.report != NULL && (status == OK || !loop_signalled()))
		output_record(&arg.reports, report);
	/* what is lost with this program is no more than a window */
	if (++arg.reported >= arg.push_options.window && !to_stdout())
		pause_of_push(unused);
	if (fail_as(outcome) == OK)
		return;
	if (status == FAILED)
		complain("%s", "");
	else if (flood_passes(&arg.flood, reason_of(report, outcome)))
		complain("%s%srecord %" PRIu64 ": ", standard ? "" : name,
		    standard ? "" : ": ", number);
	else
		fail_said();
	if (status == FAILED)
		arg.broken = outcome_of(FAILED);	/* and said */
	arg.worst = status_worst(arg.worst, status);
}

/* ---- what is done with each ---- */

/* On standard output a GPI is shown as other records are. */
static enum status
put_gpi(void *unused, const uint8_t *item, size_t len)
{
	struct output *out = arg.out;
	char v[SHOW_MAX];
	struct text t = { v, 0, sizeof(v) };
	struct record gpi;
	enum status status;

	(void)unused;
	if ((status = gpi_decode(&gpi, item, len)) != OK)
		return fail_in(status, "gpi");
	if (out->format == FORMAT_BINARY)
		output_put(out, item, len);
	else if (out->format == FORMAT_JSON)
		show_json(&t, &gpi, out->secrets);
	else
		show_text(&t, &gpi, out->secrets);
	output_put(out, v, t.len);
	return OK;
}

/* What is taken here, is reported; the run ends where that cannot be. */
static enum status
push_response(void *unused, size_t i, const struct item *response,
    struct output *out)
{
	enum status status = OK;

	(void)unused;
	(void)i;
	arg.out = out;
	if (!reported_has(arg.resumed, response->r->p_tid.v))
		status = push_one(arg.push, response->r, response->number);
	return status != OK ? status : fail_as(&arg.broken);
}

static enum status
finish(void *unused)
{
	(void)unused;
	push_finish(arg.push);
	flood_end(&arg.flood);
	if (!to_stdout())
		arg.worst = status_worst(arg.worst, flush(NULL));
	if (!loop_signalled())
		return arg.worst;
	fail_because("stopped by a signal");
	complain("%s", "");
	return FAILED;
}

/* ---- the run ---- */

static enum status
prepare(void)
{
	struct push_options *o = &arg.push_options;
	const char *passwords = o->transport.passwords;
	enum status status = OK;

	if (passwords != NULL && file_is_standard(passwords) &&
	    file_is_standard(common.operand))
		return fail(USAGE, "standard input cannot be both --passwords "
		    "and the responses; give a FILE");
	if (arg.resume != NULL)
		status = reported_read(arg.resume, arg.report != NULL &&
		    strcmp(arg.report, arg.resume) == 0,
		    arg.retry_failed, &arg.resumed);
	else if (arg.retry_failed)
		status = fail(USAGE, "--retry-failed needs --resume FILE");
	if (status != OK)
		return status;
	o->report = report;
	o->pause = pause_of_push;
	o->put = put_gpi;
	if (arg.sync_name != NULL)
		o->transport.answer = sync_failure;
	o->via = arg.via.v;
	o->via_count = arg.via.count;
	if ((status = push_open(&arg.push, o)) != OK ||
	    (status = output_append(&arg.sync_failures, arg.sync_name,
	    RECORD_SYNC_FAILURE)) != OK)
		return status;
	return output_append(&arg.reports, arg.report, RECORD_REPORT);
}

/* Reports and sync failures are open by then. */
static enum status
confine_push(void)
{
	const struct push_options *o = &arg.push_options;
	unsigned needs;
	enum status status;

	if (to_stdout())
		return OK;	/* nobody's network */
	needs = confine_sends_to(o->to);
	for (size_t i = 0; i < o->via_count; i++)
		needs |= confine_sends_to(strchr(o->via[i], '=') + 1);
	confine_reads(common.operand);
	confine_reads(o->transport.passwords);
	status = confine_helper(NULL);
	return status != OK ? status : confine(needs);
}

static enum status
run(void)
{
	struct stage stage = { .type = RECORD_RESPONSE,
	    .decide = push_response, .end = finish, .after = flush,
	    .silent = !to_stdout() };
	enum status status;

	if ((status = prepare()) == OK && (status = confine_push()) == OK) {
		loop_end_on_signals(false);
		status = program_stream(&stage, NULL);
	}
	push_close(arg.push);
	reported_free(arg.resumed);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Send the GPIs of "
	    "responses to their devices.", .run = run } };
	static const struct program program = { "gpi-push", "", verb, 1, opts,
	    COUNT(opts), .built_with = transport_list };

	return program_main(&program, argc, argv);
}
