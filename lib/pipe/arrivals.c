/* arrivals.c: a stage over GPIs that arrive. */
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "pipe/arrivals.h"
#include "pipe/confine.h"
#include "pipe/program.h"

/*
 * Once there are no more for now, what came is made durable, and its senders
 * are told; then wait.  Returns LOOP_HAPPENED where more may have arrived, or
 * the stream wants another pause.
 */
static enum loop_event
pause_stream(struct stream *s, const struct inbox *in, uint64_t deadline,
    enum status *status)
{
	enum loop_event event;
	uint64_t wake;

	*status = stream_pause(s);
	if (*status != OK || in->open == 0)
		return LOOP_TIME;
	wake = stream_wake(s);
	event = loop_wait(-1, wake < deadline ? wake : deadline);
	return event == LOOP_TIME && wake < deadline ? LOOP_HAPPENED : event;
}

static enum status
all(struct stream *s, struct inbox *in, uint64_t deadline)
{
	enum loop_event event = LOOP_HAPPENED;
	enum status status = OK;
	const struct arrival *a;
	bool looked = true;

	while (status == OK && event == LOOP_HAPPENED && !stream_full(s)) {
		if ((a = inbox_take(in)) != NULL) {
			/* however much arrives */
			if (clock_monotonic_ms() >= deadline)
				break;
			status = stream_put_arrival(s, a);
			looked = false;
		} else if (!looked) {
			/* those that are there already share a commit */
			if (loop_wait(-1, 0) == LOOP_SIGNAL)
				break;
			looked = true;
		} else {
			event = pause_stream(s, in, deadline, &status);
		}
	}
	return status;
}

enum status
arrivals_run(struct inbox *in, uint64_t deadline, const struct stage *stage,
    unsigned needs)
{
	struct output out = { .fd = STDOUT_FILENO };
	bool ends = deadline != LOOP_NEVER || stage->limit > 0;
	enum status status = ends ? program_output(&out, VIEW_RECORDS) :
	    program_log(&out, VIEW_RECORDS, RECORD_ACCEPTED);
	enum status worst;
	struct stream *s;

	if (status == OK)
		status = confine(needs);
	if (status == OK) {
		if ((status = stream_open(&s, stage, NULL, &out)) == OK)
			status = all(s, in, deadline);
		status = stream_close(s, status);
	}
	worst = in->worst;
	inbox_close(in);
	return status_worst(output_close(&out, status), worst);
}
