/* stale.c: triggers whose devices found SQN stale. */
#include <inttypes.h>

#include "base/clock.h"
#include "pipe/stream.h"
#include "runs/request_run.h"
#include "runs/stale.h"

/* Whoever is on the way can send anything: it is looked at here, no more. */
void
stale_hear(struct stale *s, const uint8_t *v, size_t len)
{
	struct record r;

	if (record_decode_as(&r, RECORD_SYNC_FAILURE, v, len) == OK)
		output_put(&s->heard, v, len);
	fail_said();
}

static enum status
sort_one(void *arg, size_t i, const struct item *failure, struct output *out)
{
	struct stale *s = arg;
	uint64_t when, now = clock_now();
	struct watched_trigger *one;
	struct record trigger;
	enum status status;
	enum state state;

	(void)i;
	(void)out;
	status = trigger_find_rand(s->db, failure->r->rand.v, now, &trigger,
	    &when, &state);
	if (status == REJECTED)
		fail_said();
	if (status != OK)
		return status == REJECTED ? OK : status;
	one = trigger_watch_find(s->triggers, trigger.p_tid.v);
	if (one == NULL || one->step != STEP_OPEN || state == STATE_RESPONDED)
		return OK;
	if (one->again == AGAIN_SECOND)
		return trigger_close(s->db, trigger.p_tid.v, STATE_FAILED, now,
		    "SQN is stale again, after a resynchronisation");
	one->step = STEP_STALE;
	output_put(&s->wanted, failure->v, failure->len);
	return OK;
}

enum status
stale_sort(struct stale *s)
{
	const struct stage stage = { .type = RECORD_SYNC_FAILURE,
	    .decide = sort_one, .db = s->db, .silent = true };
	struct output none = { .fd = -1 };
	struct stream *stream;
	enum status status;

	if (s->heard.len == 0)
		return OK;
	if ((status = stream_open(&stream, &stage, s, &none)) == OK)
		status = stream_put_sequence(stream, s->heard.v,
		    s->heard.len);
	output_drop(&s->heard);
	return stream_close(stream, status) == FAILED ? FAILED : OK;
}

bool
stale_any(const struct stale *s)
{
	return s->wanted.len > 0;
}

static enum status
request_one(void *arg, size_t i, const struct item *failure,
    struct output *out)
{
	struct stale *s = arg;
	struct trigger_watch *w = s->triggers;
	struct watched_trigger *one;
	struct record request, old;
	enum status status = request_resync(s->db, failure->r, &request, &old);

	(void)i;
	/* it may have responded meanwhile, after all */
	if (status == REJECTED)
		fail_said();
	if (status != OK)
		return status == REJECTED ? OK : status;
	if ((one = trigger_watch_find(w, old.p_tid.v)) != NULL)
		one->again = AGAIN_REPLACED;
	if ((status = trigger_watch_add(w, request.p_tid.v)) != OK)
		return status;
	w->v[w->count - 1].again = AGAIN_SECOND;
	output_record(out, &request);
	return OK;
}

enum status
stale_request(struct stale *s, struct output *out)
{
	const struct stage stage = { .type = RECORD_SYNC_FAILURE,
	    .decide = request_one, .db = s->db };
	size_t before = s->triggers->count;
	struct stream *stream;
	enum status status;

	if ((status = stream_open(&stream, &stage, s, out)) == OK)
		status = stream_put_sequence(stream, s->wanted.v,
		    s->wanted.len);
	output_drop(&s->wanted);
	status = stream_close(stream, status);
	for (size_t i = 0; i < s->triggers->count; i++)
		if (s->triggers->v[i].step == STEP_STALE)
			s->triggers->v[i].step = STEP_OPEN;
	if (s->triggers->count > before)
		warn("SQN was stale in %zu device%s; requested again",
		    s->triggers->count - before,
		    plural(s->triggers->count - before));
	return status == FAILED ? FAILED : OK;
}

void
stale_free(struct stale *s)
{
	output_free(&s->heard);
	output_free(&s->wanted);
}
