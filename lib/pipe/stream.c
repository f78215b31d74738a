/* stream.c: a program of the pipe. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/progress.h"
#include "pipe/stream.h"

#define BATCH_RECORDS 10000
#define BATCH_OCTETS (4 << 20)
#define BATCH_MS 500		/* others want the store, too */
#define AGAIN 3		/* times that a batch is done again */
#define KIND_WORDS 2000		/* complaints at once, when sparing */
#define WORD_MS 1000		/* until one more may be made */

struct run {
	const struct stage *stage;
	void *arg;
	struct input *in;
	struct output *out;
	uint64_t number;	/* of the item in hand, from 1 */
	uint64_t good;
	uint64_t batch;		/* items in this batch; 0: none begun */
	uint64_t batch_since_ms;
	enum status worst;
	size_t turn;		/* items taken and not decided */
	size_t end_of[TURN_MAX];	/* each, in TAKEN */
	struct output taken;	/* held: these items */
	struct output kept;	/* held: those of the batch, for again() */
	bool again;		/* it is being done again */
	uint64_t before;	/* items before this batch */
	bool spoken[BATCH_RECORDS];	/* of which of it was complained */
	uint64_t words, words_at;	/* complaints that may be made */
	uint64_t unsaid;		/* and that were not */
};

/* Some refusals at once, and then one a second, with how many others. */
static bool
may_complain(struct run *r)
{
	uint64_t now = clock_monotonic_ms();

	if (!r->stage->sparing)
		return true;
	r->words += (now - r->words_at) / WORD_MS;
	r->words_at = now - (now - r->words_at) % WORD_MS;
	if (r->words > KIND_WORDS)
		r->words = KIND_WORDS;
	if (r->words == 0) {
		r->unsaid++;
		fail_said();
		return false;
	}
	r->words--;
	return true;
}

static void
complain_of_unsaid(struct run *r)
{
	if (r->unsaid > 0)
		warn("%" PRIu64 " more were refused, with too many at once to "
		    "name each", r->unsaid);
	r->unsaid = 0;
}

static void
complain_at(struct run *r, uint64_t number)
{
	if (!may_complain(r))
		return;
	complain_of_unsaid(r);
	if (r->in->name != NULL)
		complain("%s: record %" PRIu64 ": ", r->in->name, number);
	else
		complain("record %" PRIu64 ": ", number);
}

/* An item has come to STATUS; returns FAILED where the run is over. */
static enum status
come_to(struct run *r, enum status status, uint64_t number)
{
	bool *said;

	if (status == OK)
		r->good++;
	if (status == OK || (status == FAILED && !r->stage->goes_on))
		return status;
	said = &r->spoken[number - r->before - 1];
	if (*said)
		fail_said();
	else
		complain_at(r, number);
	*said = true;
	r->worst = status_worst(r->worst, status);
	return OK;
}

static enum status
begin(struct run *r)
{
	enum status status = r->stage->begin == NULL ? OK :
	    r->stage->begin(r->arg);

	r->batch_since_ms = clock_monotonic_ms();
	return status;
}

/* ---- turns ---- */

/* Settle what was taken, and decide each; FAILED where the run is over. */
static enum status
end_turn(struct run *r)
{
	uint64_t first = r->number - r->turn + 1;
	enum status status = r->turn == 0 ? OK : r->stage->settle(r->arg);
	size_t at = 0;

	for (size_t i = 0; i < r->turn && status == OK; i++) {
		status = come_to(r, r->stage->decide(r->arg, i,
		    r->taken.v + at, r->end_of[i] - at, r->out), first + i);
		at = r->end_of[i];
	}
	r->turn = 0;
	output_drop(&r->taken);
	return status;
}

/* Take an item.  One that is refused is spoken of after those before it. */
static enum status
take(struct run *r, const uint8_t *item, size_t len)
{
	enum status status = r->stage->take(r->arg, r->turn, item, len), ended;
	char why[512];

	if (status == OK) {
		output_put(&r->taken, item, len);
		r->end_of[r->turn++] = r->taken.len;
		return r->turn == r->stage->turn ? end_turn(r) : OK;
	}
	if (status == FAILED)
		return FAILED;
	snprintf(why, sizeof(why), "%s", fail_text());
	r->number--;
	ended = end_turn(r);
	r->number++;
	return ended == OK ? come_to(r, fail(status, "%s", why), r->number) :
	    ended;
}

/* ---- batches ---- */

static void
show_progress(const struct run *r)
{
	uint64_t total, done = input_done(r->in, &total);

	progress(r->number, done, total);
}

/* One item; returns FAILED where the run is over. */
static enum status
one(struct run *r, const uint8_t *item, size_t len)
{
	enum status status;

	if (r->stage->again != NULL && !r->again) {
		output_put(&r->kept, &len, sizeof(len));
		output_put(&r->kept, item, len);
	}
	if (r->batch == 0)
		r->before = r->number;
	status = r->batch++ == 0 ? begin(r) : OK;
	r->number++;
	if (status != OK)
		return status;
	return r->stage->turn > 0 ? take(r, item, len) : come_to(r,
	    r->stage->record(r->arg, item, len, r->out), r->number);
}

static enum status
all_kept(struct run *r)
{
	enum status status = OK;
	size_t len;

	for (size_t at = 0; at < r->kept.len && status == OK; at += len) {
		memcpy(&len, r->kept.v + at, sizeof(len));
		at += sizeof(len);
		status = one(r, r->kept.v + at, len);
	}
	return status;
}

static enum status
commit(struct run *r)
{
	enum status status = end_turn(r);

	return status == OK && r->batch > 0 && r->stage->commit != NULL ?
	    r->stage->commit(r->arg) : status;
}

/* Something FAILED: do the batch again, and FINISH it, where that may help. */
static enum status
once_more(struct run *r, bool finish)
{
	enum status status = FAILED;

	r->again = true;
	for (int i = 0; i < AGAIN && status == FAILED; i++) {
		if (r->stage->again == NULL)
			break;
		r->stage->abandon(r->arg);
		if (r->stage->again(r->arg) != OK)
			break;
		warn("done again: %s", fail_text());
		fail_said();
		output_drop(r->out);
		output_drop(&r->taken);
		r->number -= r->batch;
		r->turn = r->batch = 0;
		status = all_kept(r);
		if (status == OK && finish)
			status = commit(r);
	}
	r->again = false;
	return status;
}

static enum status
finish_batch(struct run *r)
{
	enum status status = commit(r);

	if (status != OK)
		status = once_more(r, true);
	memset(r->spoken, 0, r->batch);
	r->batch = 0;
	output_drop(&r->kept);
	if (r->stage->progress)
		show_progress(r);
	if (status != OK) {
		output_drop(r->out);
		return status;
	}
	if ((status = output_flush(r->out)) == OK && r->stage->after != NULL)
		status = r->stage->after(r->arg);
	return status;
}

/*
 * The item in hand FAILED.  Those before it in the batch go with it where the
 * stage can undo them; what cannot be undone was done, and is told.
 */
static void
give_up(struct run *r)
{
	complain_unsaid();
	r->turn = 0;
	if (r->stage->abandon != NULL) {
		r->stage->abandon(r->arg);
		output_drop(r->out);
	} else if (finish_batch(r) != OK) {
		complain_unsaid();
	}
}

static bool
batch_is_full(const struct run *r)
{
	uint64_t most = r->stage->batch > 0 ? r->stage->batch : BATCH_RECORDS;

	return r->batch >= most || r->out->len >= BATCH_OCTETS ||
	    (r->batch > 0 && r->batch % 64 == 0 &&
	    clock_monotonic_ms() - r->batch_since_ms >= BATCH_MS);
}

/* The input goes no further; it is spoken of after what came before. */
static enum status
broken(struct run *r)
{
	enum status status;
	char why[512];

	snprintf(why, sizeof(why), "%s", fail_text());
	if ((status = end_turn(r)) != OK)
		status = once_more(r, false);
	if (status == OK && (status = end_turn(r)) != OK)
		give_up(r);
	if (status != OK)
		return status;
	fail_because("%s", why);
	complain_at(r, r->number + 1);
	r->worst = status_worst(r->worst, r->in->broken);
	return OK;
}

/* Items until the input ends; FAILED where something else ends the run. */
static enum status
all_items(struct run *r)
{
	uint64_t limit = r->stage->limit;
	enum status status = OK;
	const uint8_t *item;
	size_t len;

	while (status == OK && (limit == 0 || r->good < limit)) {
		switch (input_next(r->in, r->batch == 0, &item, &len)) {
		case INPUT_ITEM:
			status = one(r, item, len);
			if (status != OK)
				status = once_more(r, false);
			if (status != OK)
				give_up(r);
			else if (batch_is_full(r))
				status = finish_batch(r);
			break;
		case INPUT_PAUSE:
			status = finish_batch(r);
			break;
		case INPUT_BROKEN:
			return broken(r);
		case INPUT_END:
			return OK;
		}
	}
	return status;
}

enum status
stream_run(struct input *in, const struct stage *stage, void *arg,
    struct output *out)
{
	struct run r = { .stage = stage, .arg = arg, .in = in, .out = out };
	enum status status, ended = OK;

	r.words_at = clock_monotonic_ms() - KIND_WORDS * WORD_MS;
	status = all_items(&r);
	if (stage->end != NULL)
		ended = stage->end(arg);
	if (status == OK)
		status = finish_batch(&r);
	output_drop(&r.taken);
	output_drop(&r.kept);
	free(r.taken.v);
	free(r.kept.v);
	progress_clear();
	complain_of_unsaid(&r);
	r.worst = status_worst(r.worst, ended);
	if (status != OK)
		complain_unsaid();
	return status_worst(r.worst, status);
}
