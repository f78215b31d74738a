/*
 * stream.h: a program of the pipe is a stage: records in, records out, each as
 * soon as it is decided and durable.
 */
#ifndef GBA_STREAM_H
#define GBA_STREAM_H

#include "pipe/io.h"
#include "store/db.h"

#define TURN_MAX 2048

struct arrival;

/* One item of the input. */
struct item {
	uint64_t number;	/* from 1 */
	uint64_t line;		/* that it is in its input; 0: it is no line */
	const uint8_t *v;	/* its octets; of a turn of one, the input's */
	size_t len;
	const struct record *r;	/* what they say; NULL where octets are all */
	const struct arrival *arrival;	/* how it came; NULL: by no transport */
	enum status status;	/* what it came to, once that is decided */
};

/*
 * The record that was read from ITEM, to be changed by decide() or erased; the
 * octets of ITEM are erased.  Both are the stream's own, and no constants.
 */
static inline struct record *
item_take(const struct item *item)
{
	wipe((uint8_t *)(uintptr_t)item->v, item->len);
	return (struct record *)(uintptr_t)item->r;
}

/*
 * What a program does with its input.  All members may be left out but
 * decide().
 *
 * first() comes before all items: what is left of an earlier run leaves then,
 * and as many good ones are in *GOOD.  FAILED ends the run.
 *
 * An item is a record of TYPE, or what read() makes of its octets (OK or
 * MALFORMED), or with neither, the octets alone.  It is decoded once.  With
 * ANY, read() is for what is no record in CBOR.
 *
 * Items are worked on in turns of up to TURN, fewer where there are no more
 * for now; the plain case is a turn of one.  take() looks at an item as it
 * comes, I counting those taken in this turn from 0; it may refuse the item.
 * perform() does for all that were taken what is best done at once; without
 * it, what take() asked a store is awaited.  decide() then has the verdict on
 * each that was taken, and puts records into OUT.  forget() ends the turn,
 * also one that was cut short: what was kept of it is wiped.
 *
 * take() and decide() return OK; REJECTED or MALFORMED, which costs this item
 * alone and has changed nothing; or FAILED, which ends the run unless the
 * stage goes on.  What is refused is reported once, in the order of the input.
 *
 * Turns that are there at once make a batch.  It is a transaction of the store
 * DB, or else what begin(), commit() and abandon() make of it: commit() makes
 * it durable, and only then does what was put into OUT leave; abandon() undoes
 * it after a failure.  after_each() follows for each item of the batch, if the
 * stage's BATCH is its TURN; after() follows each batch and each pause,
 * also after an empty batch.
 * end() comes once, after the last item: what is still under way ends there;
 * it complains itself.  rest() is before that, where the input is broken: it
 * may show what has come and was not taken.
 *
 * Where something FAILED because the server of DB was lost, or another
 * transaction was in the way, a batch that is REPEATABLE is done again from its
 * beginning: nothing of it has left, though all of it may have been committed.
 * Without DB, again() is OK where that is possible within MS milliseconds, and
 * wipe() erases what memory has of rows, before a wait.
 */
struct stage {
	enum status (*first)(void *, struct output *out, uint64_t *good);
	enum record_type type;
	enum status (*read)(struct record *, const uint8_t *item, size_t len);
	bool any;
	enum framing framing;	/* of the input; else a sequence */
	bool hex_too;		/* a sequence may be hex; that is told once */
	size_t turn;		/* at most TURN_MAX; 0: one */
	uint64_t batch;		/* items at most; 0: up to 20,000 */
	uint64_t limit;		/* end after so many good ones, or 0 */
	enum status (*take)(void *, size_t i, const struct item *);
	enum status (*perform)(void *);
	enum status (*decide)(void *, size_t i, const struct item *,
	    struct output *out);
	void (*forget)(void *);
	struct db *db;
	bool repeatable;
	enum status (*begin)(void *);
	enum status (*commit)(void *);
	void (*abandon)(void *);
	enum status (*again)(void *, uint64_t ms);
	void (*wipe)(void *);
	enum status (*after_each)(void *, const struct item *);
	enum status (*after)(void *);
	enum status (*end)(void *);
	void (*rest)(void *, const uint8_t *v, size_t len, struct output *out);
	void (*complain)(void *, const struct item *);	/* of the last
	    failure; NULL: "record N: " goes before it */
	const char *unsaid;	/* what became of those that were committed
	    and did not leave, as "records stored"; or NULL */
	bool silent;		/* nothing is put into OUT */
	bool goes_on;		/* FAILED, too, costs one item alone */
	bool progress;		/* is shown on a terminal */
	bool sparing;		/* a flood of refusals is told in few words */
};

/*
 * Run a stage over all of IN.  What is refused is complained about with its
 * number and skipped.  Returns the most severe status seen; all complaints are
 * made.
 */
MUST_USE enum status stream_run(struct input *in, const struct stage *,
    void *arg, struct output *out);

/* ---- the same, where items do not come from an input ---- */

struct stream;

/* OK or FAILED; closed by the caller, also where it FAILED. */
MUST_USE enum status stream_open(struct stream **, const struct stage *,
    void *arg, struct output *out);

/*
 * The next item: LEN octets V; all items of a sequence of records; or a
 * record, for a stage that wants TYPE or octets alone.  OK, also where it is
 * refused; FAILED where the run is over.
 */
MUST_USE enum status stream_put(struct stream *, const uint8_t *v, size_t len);
MUST_USE enum status stream_put_sequence(struct stream *, const uint8_t *v,
    size_t len);
MUST_USE enum status stream_put_record(struct stream *, const struct record *);
MUST_USE enum status stream_put_arrival(struct stream *,
    const struct arrival *);

/* There are no more for now: what came is made durable and leaves. */
MUST_USE enum status stream_pause(struct stream *);

/* When to pause the next time, however little arrives until then. */
uint64_t stream_wake(const struct stream *);

/* Whether there are as many good ones as the stage's limit. */
bool stream_full(const struct stream *);

/*
 * There are no more, the source having come to STATUS: FAILED undoes the last
 * batch.  Returns the most severe status seen.
 */
MUST_USE enum status stream_close(struct stream *, enum status);

#endif
