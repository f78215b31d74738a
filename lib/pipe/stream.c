/* stream.c: a program of the pipe. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/progress.h"
#include "pipe/refusals.h"
#include "transport/inbox.h"

#define BATCH_RECORDS 20000
#define BATCH_OCTETS (8 << 20)
#define PIECE_OCTETS (128 << 10)	/* where no transaction is to be long */
#define BATCH_MS 500		/* others want the store, too */
#define REPEATS 3		/* of a batch */
#define REPEAT_MS 30000	/* as long as it takes to promote a standby */

/* An item of the turn. */
struct slot {
	struct item item;
	size_t taken;		/* how many before it were */
	size_t at;		/* of its octets, in those of the turn */
	struct outcome outcome;	/* not OK: it was refused when it came */
	struct record record;
};

struct stream {
	const struct stage *stage;
	void *arg;
	struct input *in;	/* or NULL: items are put */
	const struct arrival *arrival;	/* the last that was put */
	struct output *out;
	enum status worst;
	bool over;		/* it FAILED */
	uint64_t number;	/* of the item in hand, from 1 */
	uint64_t good;

	/* the turn */
	struct slot *slot;
	size_t room, count, taken, decided;
	struct output octets;	/* held: those of its items */

	/* the batch */
	uint64_t batch;		/* items in it; 0: none begun */
	uint64_t batch_since_ms;
	uint64_t before, good_before;	/* it began */
	bool complained[BATCH_RECORDS];	/* of these items */
	struct output kept;	/* held: its items, to repeat it */
	bool repeating;
	struct refusals refusals;
};

/* ---- turns ---- */

static enum status
perform(struct stream *s)
{
	const struct stage *stage = s->stage;

	if (s->taken == 0)
		return OK;
	if (stage->perform != NULL)
		return stage->perform(s->arg);
	return stage->db != NULL && stage->take != NULL ?
	    db_await(stage->db) : OK;
}

/* An item has come to its status; returns FAILED where the run is over. */
static enum status
conclude(struct stream *s, const struct item *item)
{
	bool *complained = &s->complained[item->number - s->before - 1];

	s->good += item->status == OK;
	if (item->status == OK)
		refusals_proved(&s->refusals, item);
	if (item->status == OK ||
	    (item->status == FAILED && !s->stage->goes_on))
		return item->status;
	/* a batch that is repeated has complained already */
	if (*complained)
		fail_said();
	else
		s->worst = status_worst(s->worst,
		    refusals_say(&s->refusals, item));
	*complained = true;
	return OK;
}

/* Its octets are held, which may move while more come. */
static struct item *
item_of(struct stream *s, struct slot *slot)
{
	if (s->room > 1 && slot->item.v != NULL)
		slot->item.v = s->octets.v + slot->at;
	return &slot->item;
}

static enum status
decide(struct stream *s, struct slot *slot)
{
	struct item *item = item_of(s, slot);

	item->status = slot->outcome.status != OK ? fail_as(&slot->outcome) :
	    s->stage->decide(s->arg, slot->taken, item, s->out);
	return conclude(s, item);
}

static void
forget_turn(struct stream *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->slot[i].item.r == &s->slot[i].record)
			record_wipe(&s->slot[i].record);
	if (s->stage->forget != NULL)
		s->stage->forget(s->arg);
	output_drop(&s->octets);
	s->count = s->taken = s->decided = 0;
}

/* Decide what is in the turn; FAILED where the run is over. */
static enum status
end_turn(struct stream *s)
{
	enum status status;

	if (s->decided == s->count)
		return OK;
	status = perform(s);
	while (status == OK && s->decided < s->count)
		status = decide(s, &s->slot[s->decided++]);
	if (s->stage->after_each == NULL)
		forget_turn(s);
	return status;
}

/*
 * What an item says: the record R, or where that is NULL the octets V.  R is
 * the slot's own where the input has decoded it.
 */
static enum status
read_item(struct stream *s, struct slot *slot, const uint8_t *v, size_t len,
    const struct record *r)
{
	const struct stage *stage = s->stage;
	struct record *own = &slot->record;

	slot->item.r = v == NULL ? r : own;
	if (r == own && (stage->any || r->type == stage->type))
		return OK;
	if (v == NULL && s->room > 1) {
		own->has = 0;
		record_copy(own, r, r->has);
		slot->item.r = own;
	}
	if (v == NULL)
		return OK;
	if (stage->read != NULL)
		return stage->read(own, v, len);
	if (stage->type != RECORD_GPI)
		return record_decode_as(own, stage->type, v, len);
	slot->item.r = NULL;
	return OK;
}

/* Hold the octets of an item until the turn is over. */
static void
hold(struct stream *s, struct slot *slot)
{
	slot->at = s->octets.len;
	if (s->room > 1 && slot->item.v != NULL)
		output_put(&s->octets, slot->item.v, slot->item.len);
}

/*
 * One more item of the turn.  One that is refused waits for its place in the
 * order of complaints.
 */
static enum status
take(struct stream *s, const uint8_t *v, size_t len, const struct record *r)
{
	const struct stage *stage = s->stage;
	struct slot *slot = &s->slot[s->count];
	enum status status;

	assert(s->count < s->room);
	slot->item = (struct item){ s->number, s->in == NULL || s->repeating ?
	    0 : s->in->line, v, len, .arrival = s->arrival };
	if ((status = read_item(s, slot, v, len, r)) != OK)
		slot->item.r = NULL;
	s->count++;
	if (status == OK && stage->take != NULL)
		status = stage->take(s->arg, s->taken, &slot->item);
	if (status == FAILED && !stage->goes_on)
		return FAILED;
	slot->taken = s->taken;
	slot->outcome.status = OK;
	if (status != OK)
		slot->outcome = outcome_of(status);
	s->taken += status == OK;
	hold(s, slot);
	return s->count == s->room || (stage->limit != 0 &&
	    s->good + s->taken >= stage->limit) ? end_turn(s) : OK;
}

/* ---- batches ---- */

static enum status
begin(struct stream *s)
{
	const struct stage *stage = s->stage;

	s->before = s->number;
	s->good_before = s->good;
	s->batch_since_ms = clock_monotonic_ms();
	return stage->db != NULL ? db_begin(stage->db) :
	    stage->begin != NULL ? stage->begin(s->arg) : OK;
}

static enum status
commit(struct stream *s)
{
	const struct stage *stage = s->stage;
	enum status status = end_turn(s);

	if (status != OK || s->batch == 0)
		return status;
	return stage->db != NULL ? db_commit(stage->db) :
	    stage->commit != NULL ? stage->commit(s->arg) : OK;
}

static bool
can_abandon(const struct stream *s)
{
	return s->stage->db != NULL || s->stage->abandon != NULL;
}

static void
abandon(struct stream *s)
{
	if (s->stage->db != NULL)
		db_rollback(s->stage->db);
	else
		s->stage->abandon(s->arg);
	output_drop(s->out);
	forget_turn(s);
}

/* One item; returns FAILED where the run is over. */
static enum status
one(struct stream *s, const uint8_t *v, size_t len, const struct record *r)
{
	enum status status;

	if (s->stage->repeatable && !s->repeating) {
		assert(v != NULL);
		output_put(&s->kept, &len, sizeof(len));
		output_put(&s->kept, v, len);
	}
	status = s->batch++ == 0 ? begin(s) : OK;
	s->number++;
	return status == OK ? take(s, v, len, r) : status;
}

static enum status
all_kept(struct stream *s)
{
	enum status status = OK;
	size_t len;

	for (size_t at = 0; at < s->kept.len && status == OK; at += len) {
		memcpy(&len, s->kept.v + at, sizeof(len));
		at += sizeof(len);
		status = one(s, s->kept.v + at, len, NULL);
	}
	return status;
}

/* Something FAILED: repeat the batch, and FINISH it, where that may help. */
static enum status
repeat(struct stream *s, bool finish)
{
	enum status status = FAILED;

	if (!s->stage->repeatable)
		return FAILED;
	s->repeating = true;
	for (int i = 0; i < REPEATS && status == FAILED; i++) {
		struct outcome lost = outcome_of(FAILED);

		abandon(s);
		(void)fail_as(&lost);
		if ((s->stage->db != NULL ? db_again(s->stage->db, REPEAT_MS) :
		    s->stage->again(s->arg, REPEAT_MS)) != OK)
			break;
		warn("database connection lost (%s); repeated what was not "
		    "committed", lost.text);
		fail_said();
		s->number -= s->batch;
		s->good = s->good_before;
		s->batch = 0;
		status = all_kept(s);
		if (status == OK && finish)
			status = commit(s);
	}
	s->repeating = false;
	return status;
}

/* What was committed has left: so each item, and then the batch, may go on. */
static enum status
after(struct stream *s)
{
	const struct stage *stage = s->stage;
	enum status status = OK;

	if (stage->after_each != NULL) {
		for (size_t i = 0; status == OK && i < s->count; i++)
			status = stage->after_each(s->arg,
			    item_of(s, &s->slot[i]));
		forget_turn(s);
	}
	return status == OK && stage->after != NULL ? stage->after(s->arg) :
	    status;
}

/* What is committed leaves; else it is said what that means. */
static enum status
let_out(struct stream *s)
{
	struct outcome why;

	if (output_flush(s->out) == OK)
		return OK;
	if (s->stage->unsaid == NULL || s->good == s->good_before)
		return FAILED;
	why = outcome_of(FAILED);
	return fail(FAILED, "%s; %s: up to %" PRIu64, why.text,
	    s->stage->unsaid, s->good - s->good_before);
}

static enum status
finish_batch(struct stream *s)
{
	enum status status = commit(s);
	uint64_t done, total;

	if (status != OK)
		status = repeat(s, true);
	memset(s->complained, 0, s->batch);
	s->batch = 0;
	output_drop(&s->kept);
	if (s->stage->progress && s->in != NULL) {
		done = input_done(s->in, &total);
		progress(s->number, done, total);
	}
	if (status != OK && can_abandon(s))
		abandon(s);
	if (status == OK && (status = let_out(s)) == OK)
		return after(s);
	output_drop(s->out);
	forget_turn(s);
	return status;
}

/*
 * The item in hand FAILED.  Those before it in the batch go with it where the
 * stage can undo them; what cannot be undone was done, and is told.
 */
static void
give_up(struct stream *s)
{
	complain_unsaid();
	if (can_abandon(s)) {
		abandon(s);
		return;
	}
	forget_turn(s);
	if (finish_batch(s) != OK)
		complain_unsaid();
}

static bool
batch_is_full(const struct stream *s)
{
	const struct stage *stage = s->stage;
	uint64_t most = stage->batch > 0 ? stage->batch : BATCH_RECORDS;
	size_t octets = stage->db != NULL || stage->commit != NULL ?
	    BATCH_OCTETS : PIECE_OCTETS;

	return s->batch >= most || s->out->len >= octets ||
	    (s->batch > 0 && s->batch % 64 == 0 &&
	    clock_monotonic_ms() - s->batch_since_ms >= BATCH_MS);
}

static enum status
put(struct stream *s, const uint8_t *v, size_t len, const struct record *r)
{
	enum status status = one(s, v, len, r);

	if (status != OK)
		status = repeat(s, false);
	if (status != OK)
		give_up(s);
	else if (batch_is_full(s))
		status = finish_batch(s);
	s->over = status != OK;
	return status;
}

/* ---- from an input ---- */

/* The input goes no further; it is spoken of after what came before. */
static enum status
broken(struct stream *s)
{
	const struct item next = { s->number + 1, .line = s->in->line };
	enum status status = end_turn(s);

	if (status != OK && (status = repeat(s, false)) == OK)
		status = end_turn(s);
	if (status != OK) {
		give_up(s);
		return status;
	}
	status = fail_as(&s->in->broken);
	s->worst = status_worst(s->worst, status);
	if (status == FAILED)		/* it is of no record */
		complain("%s: ", s->in->name != NULL ? s->in->name :
		    "standard input");
	else
		(void)refusals_say(&s->refusals, &next);
	if (s->stage->rest != NULL)
		s->stage->rest(s->arg, s->in->v + s->in->at, s->in->end -
		    s->in->at, s->out);
	return OK;
}

/* Items until the input ends; FAILED where something else ends the run. */
static enum status
all_items(struct stream *s)
{
	const struct stage *stage = s->stage;
	enum status status = OK;
	const uint8_t *item;
	struct record *r;
	size_t len;

	while (status == OK && !stream_full(s) && !loop_signalled()) {
		r = stage->any || stage->type != RECORD_GPI ?
		    &s->slot[s->count].record : NULL;
		switch (input_next_record(s->in, s->batch == 0, &item, &len,
		    &r)) {
		case INPUT_ITEM:
			status = put(s, item, len, r);
			break;
		case INPUT_PAUSE:
			status = stream_pause(s);
			break;
		case INPUT_BROKEN:
			return broken(s);
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
	struct stream *s;
	enum status status = stream_open(&s, stage, arg, out), ended = OK;

	if (status == OK) {
		s->in = in;
		s->refusals.input = in->name;
		status = all_items(s);
		s->over = status != OK;
		if (status != OK)
			complain_unsaid();
		if (stage->end != NULL)
			ended = stage->end(arg);
	}
	status = stream_close(s, status);
	progress_clear();
	return status_worst(status, ended);
}

/* ---- from elsewhere ---- */

enum status
stream_open(struct stream **made, const struct stage *stage, void *arg,
    struct output *out)
{
	struct stream *s = *made = calloc(1, sizeof(*s));

	if (s == NULL)
		return fail(FAILED, "stream: no memory");
	assert(stage->turn <= TURN_MAX && stage->batch <= BATCH_RECORDS &&
	    (!stage->repeatable || stage->db != NULL || stage->again != NULL) &&
	    (stage->after_each == NULL || stage->batch == stage->turn));
	s->stage = stage;
	s->arg = arg;
	s->out = out;
	refusals_begin(&s->refusals, stage, arg);
	s->room = stage->turn == 0 ? 1 : stage->turn;
	s->slot = calloc(s->room, sizeof(s->slot[0]));
	if (s->slot == NULL)
		return fail(FAILED, "stream: no memory");
	return stage->first != NULL ? stage->first(arg, out, &s->good) : OK;
}

enum status
stream_put(struct stream *s, const uint8_t *v, size_t len)
{
	return put(s, v, len, NULL);
}

enum status
stream_put_sequence(struct stream *s, const uint8_t *v, size_t len)
{
	enum status status = OK;
	size_t n = 0;

	for (size_t at = 0; status == OK && at < len; at += n)
		if ((status = cbor_measure(v + at, len - at, &n)) == OK)
			status = put(s, v + at, n, NULL);
	return status;
}

enum status
stream_put_record(struct stream *s, const struct record *r)
{
	return put(s, NULL, 0, r);
}

enum status
stream_put_arrival(struct stream *s, const struct arrival *a)
{
	s->arrival = a;
	return put(s, a->v, a->len, NULL);
}

enum status
stream_pause(struct stream *s)
{
	bool wipes = s->batch > 0;	/* no key waits for what comes next */
	enum status status = finish_batch(s);

	s->worst = status_worst(s->worst, refusals_due(&s->refusals));
	if (wipes && s->stage->db != NULL)
		db_wipe(s->stage->db);
	else if (wipes && s->stage->wipe != NULL)
		s->stage->wipe(s->arg);
	s->over = status != OK;
	return status;
}

uint64_t
stream_wake(const struct stream *s)
{
	return refusals_wake(&s->refusals);
}

bool
stream_full(const struct stream *s)
{
	return s->stage->limit != 0 && s->good >= s->stage->limit;
}

enum status
stream_close(struct stream *s, enum status status)
{
	if (s == NULL)
		return status;
	if (status == OK)
		status = finish_batch(s);
	else if (s->slot != NULL && !s->over)
		give_up(s);
	s->worst = status_worst(s->worst, refusals_end(&s->refusals));
	status = status_worst(status, s->worst);
	if (s->slot != NULL) {
		forget_turn(s);
		record_wipe(&s->slot[0].record);	/* begin() FAILED */
	}
	output_free(&s->octets);
	output_free(&s->kept);
	free(s->slot);
	free(s);
	if (status == FAILED)
		complain_unsaid();
	return status;
}
