/*
 * gpi-push: send the GPI of each response, and nothing else of it, to the
 * device.  Run by the MTC server (step 405 of gba-push(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gpi.h"
#include "opt.h"
#include "show.h"
#include "source.h"
#include "transport.h"

static struct {
	const char *to, *report;
	struct sender sender;
	struct output reports;
} arg;

static const struct opt opts[] = {
	{ "to", 0, OPT_STRING, "URI", &arg.to, 0, ALL_VERBS, 0,
	  "send all GPIs there, not to each record's ue_trp; - is stdout" },
	{ "report", 0, OPT_STRING, "FILE", &arg.report, 0, ALL_VERBS, 0,
	  "append a report for each response to FILE" },
};

static bool
to_stdout(void)
{
	return arg.to != NULL && strcmp(arg.to, "-") == 0;
}

static void
report(const struct record *response, const char *uri, enum status status)
{
	struct record r;
	const char *detail = fail_text();
	size_t len = strlen(detail);

	if (arg.report == NULL)
		return;
	record_init(&r, REPORT);
	record_copy(&r, response, HAS(P_TID) | HAS(UE_ID) | HAS(UE_TRP));
	if (arg.to != NULL)
		record_put(&r, KEY_UE_TRP, uri, strlen(uri));
	record_put_uint(&r, KEY_TIME, source_now());
	record_put_uint(&r, KEY_STATE, status == OK ? STATE_SENT :
	    STATE_FAILED);
	if (status != OK)
		record_put(&r, KEY_DETAIL, detail, len < 255 ? len : 255);
	output_record(&arg.reports, &r);
}

/* On standard output a GPI is shown as other records are. */
static enum status
put_gpi(const struct record *response, struct output *out)
{
	char v[SHOW_MAX];
	struct text t = { v, 0, sizeof(v) };
	struct record gpi;
	enum status status;

	status = gpi_decode(&gpi, response->gpi.v, response->gpi.len);
	if (status != OK)
		return fail_in(status, "gpi");
	if (out->format == BINARY)
		output_put(out, response->gpi.v, response->gpi.len);
	else if (out->format == JSON)
		show_json(&t, &gpi, out->secrets);
	else
		show_text(&t, &gpi, out->secrets);
	output_put(out, v, t.len);
	return OK;
}

static enum status
one_response(void *unused, const uint8_t *item, size_t len,
    struct output *out)
{
	struct record response;
	const char *uri = arg.to;
	enum status status;

	(void)unused;
	status = record_decode_as(&response, RESPONSE, item, len);
	if (status != OK)
		return status;
	if (uri == NULL && !record_has(&response, HAS(UE_TRP)))
		status = fail(REJECTED, "ue_trp: found nothing, expected it "
		    "or --to");
	else if (uri == NULL)
		uri = response.ue_trp.v;
	if (status == OK)
		status = to_stdout() ? put_gpi(&response, out) :
		    transport_send(&arg.sender, uri, response.gpi.v,
		    response.gpi.len);
	/* where a record leads to, is no reason to leave the others */
	if (status == FAILED && arg.to == NULL)
		status = REJECTED;
	report(&response, uri, status);
	record_wipe(&response);
	return status;
}

/* A report tells what has left, so it leaves after it. */
static enum status
flush_reports(void *unused)
{
	(void)unused;
	return arg.report == NULL ? OK : output_flush(&arg.reports);
}

static enum status
run(void)
{
	struct stage stage = { .record = one_response,
	    .after = flush_reports, .silent = !to_stdout() };
	enum status status;

	if (arg.to != NULL && !to_stdout() &&
	    (status = transport_valid(arg.to)) != OK)
		return status;
	if (arg.report != NULL) {
		arg.reports.name = arg.report;
		arg.reports.fd = open(arg.report, O_WRONLY | O_CREAT |
		    O_APPEND | O_CLOEXEC, 0600);
		if (arg.reports.fd < 0)
			return fail(FAILED, "%s: %s", arg.report,
			    strerror(errno));
	}
	sender_init(&arg.sender);
	status = opt_stream(&stage, NULL);
	sender_close(&arg.sender);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Send the GPIs of "
	    "responses to their devices.", run, 0 } };
	static const struct program program = { "gpi-push", "", verb, 1, opts,
	    COUNT(opts) };

	return program_main(&program, argc, argv);
}
