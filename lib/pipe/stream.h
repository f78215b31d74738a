/*
 * stream.h: a program of the pipe: items in, records out, each as soon as it
 * is decided and durable.
 */
#ifndef GBA_STREAM_H
#define GBA_STREAM_H

#include "pipe/io.h"

#define TURN_MAX 1024

/*
 * What a program does with its input.  Items that are there at once make a
 * batch: begin() comes before its first, record() for each, commit() makes
 * what they did durable, and only then does what they put into OUT leave;
 * after() follows that.  abandon() undoes a batch that FAILED.  end() comes
 * once, after the last item: what is still under way ends there; it complains
 * itself.  All but record() may be NULL.
 *
 * record() returns OK; REJECTED or MALFORMED, which costs this item alone and
 * has changed nothing; or FAILED, which ends the run, unless the stage goes
 * on.
 *
 * A stage that asks a store about many items at once has, in place of record()
 * and with the same outcomes, take(), which looks at an item and may refuse
 * it; settle(), once TURN of them are taken or there are no more for now; then
 * decide() for each that was taken, I counting from 0.
 *
 * Where something FAILED, and again() says OK to it, the batch is done again
 * from begin() on: nothing of it has left.
 */
struct stage {
	enum status (*begin)(void *);
	enum status (*record)(void *, const uint8_t *item, size_t len,
	    struct output *out);
	enum status (*take)(void *, size_t i, const uint8_t *item, size_t len);
	enum status (*settle)(void *);
	enum status (*decide)(void *, size_t i, const uint8_t *item,
	    size_t len, struct output *out);
	enum status (*commit)(void *);
	void (*abandon)(void *);
	enum status (*again)(void *);
	enum status (*after)(void *);
	enum status (*end)(void *);
	size_t turn;		/* items of a turn, at most TURN_MAX */
	uint64_t batch;		/* of a batch at most; 0: many */
	uint64_t limit;		/* end after so many good ones, or 0 */
	enum framing framing;	/* of the input; else a sequence */
	bool silent;		/* nothing is put into OUT */
	bool goes_on;		/* FAILED, too, costs one item alone */
	bool progress;		/* is shown on a terminal */
	bool sparing;		/* a flood of refusals is told in few words */
};

/*
 * Run a stage over all of IN.  What is refused is complained about with its
 * number and skipped.  Returns the gravest status seen; all complaints are
 * made.
 */
MUST_USE enum status stream_run(struct input *in, const struct stage *,
    void *arg, struct output *out);

#endif
