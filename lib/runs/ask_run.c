/* ask_run.c: requests in, responses of a BSF over HTTP out. */
#include "base/loop.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "runs/ask_run.h"

static enum status
take(void *ask, size_t i, const struct item *item)
{
	(void)i;
	return ask_put(ask, item->r);
}

static enum status
perform(void *ask)
{
	return ask_wait(ask);
}

static enum status
decide(void *ask, size_t i, const struct item *item, struct output *out)
{
	struct record request, response;
	enum status status = ask_take(ask, &request, &response);

	(void)i;
	(void)item;
	if (status == OK)
		output_record(out, &response);
	record_wipe(&response);
	return status;
}

static void
forget(void *ask)
{
	ask_forget(ask);
}

static enum status
end(void *unused)
{
	(void)unused;
	if (!loop_signalled())
		return OK;
	fail_because("stopped by a signal");
	complain("%s", "");
	return FAILED;
}

static enum status
confine_ask(const struct ask_options *o, const char *where)
{
	if (o->ca == NULL)
		confine_reads_certificates();
	if (where != NULL)
		confine_connects(where);
	confine_reads(common.operand);
	confine_writes(common.output);
	return confine(CONFINE_SOCKETS);
}

enum status
ask_run(const struct ask_options *o)
{
	const struct stage stage = { .type = RECORD_REQUEST, .turn = ASK_MAX,
	    .batch = ASK_MAX, .take = take, .perform = perform,
	    .decide = decide, .forget = forget, .end = end,
	    .unsaid = "responses lost, and their vectors skipped" };
	struct ask *ask = NULL;
	const char *where = NULL;
	enum status status;

	if ((status = confine_helper(NULL)) == OK &&
	    (status = ask_open(&ask, o, &where)) == OK &&
	    (status = confine_ask(o, where)) == OK) {
		loop_end_on_signals(false);
		status = program_stream(&stage, ask);
	}
	ask_close(ask);
	return status;
}

const char *
ask_list(void)
{
	return "BSF: command, https"
#ifndef HAVE_HTTP2
	    " (built without libnghttp2)"
#endif
	    ;
}
