/* store_work.c: the store of a server, whose work is done off the loop. */
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/message.h"
#include "connection/store_work.h"
#include "store/admission.h"
#include "store/store.h"

#define REACH_MS 1000	/* without an answer: out of reach */
#define PROBE_MS 500	/* between two looks whether it is back */
#define BATCH_MAX 256	/* tasks, so that many of them are no sign of that */
#define AGAIN_MS 5000	/* that a lost server may take to come back */
#define WIPE_MS 50	/* without work: what memory has of rows is erased */

/* ---- on the thread ---- */

/* The first reason is the one that counts; what comes later follows from it. */
static void
note_why(struct store_worker *w)
{
	if (atomic_load(&w->has_why))
		return;
	snprintf(w->why, sizeof(w->why), "%.*s", (int)sizeof(w->why) - 1,
	    fail_text());
	atomic_store(&w->has_why, true);
}

enum status
store_work_again(struct store_worker *w)
{
	note_why(w);
	return w->store->kind->again(w, AGAIN_MS);
}

void
store_work_heard(struct store_worker *w)
{
	atomic_store(&w->heard, clock_monotonic_ms());
}

static enum status
probe(struct store_worker *w)
{
	return w->store->kind->probe(w) == OK ? OK : store_work_again(w);
}

static void
run(void *arg)
{
	struct store_worker *w = arg;

	if (w->wipes)
		w->store->kind->wipe(w);
	else if ((w->status = w->batch == NULL ? probe(w) : w->run(w,
	    w->batch)) == FAILED)
		note_why(w);
	db_wipe_thread();	/* the next one may be another's */
}

/* ---- in reach or not ---- */

static void
call_all(struct store_task *first)
{
	struct store_task *t, *next;

	for (t = first; t != NULL; t = next) {
		next = t->next;		/* who is called may drop it */
		if (t->call != NULL)
			t->call(t->arg);
	}
}

static void
say(struct store_work *store, const struct store_worker *ill)
{
	const char *what = store->kind->what;

	store->out_of_reach = ill != NULL;
	if (ill == NULL)
		warn("the %s is back: %s", what, store->name);
	else if (atomic_load(&ill->has_why))
		warn("warning: the %s is out of reach: %s", what, ill->why);
	else
		warn("warning: the %s is out of reach: %s: no answer within "
		    "a second", what, store->name);
	if (ill == NULL)
		return;
	call_all(store->reader.batch);
	call_all(store->reader.waiting);
}

static void begin(struct store_worker *);

/* What was read and written is of use to the next batch, if that comes soon. */
static uint64_t
wipe_later(struct store_worker *w, uint64_t now)
{
	if (w->busy || !w->unwiped || w->waiting != NULL)
		return LOOP_NEVER;
	if (now < w->since + WIPE_MS)
		return w->since + WIPE_MS;
	w->wipes = true;
	begin(w);
	return LOOP_NEVER;
}

/* Judge W, and look whether it is back; returns when to do so again. */
static uint64_t
judge_one(struct store_worker *w)
{
	uint64_t now = clock_monotonic_ms(), heard = atomic_load(&w->heard);

	if (heard < w->since)
		heard = w->since;
	if (w->busy && now >= heard + REACH_MS)
		w->well = false;
	if (!w->busy && !w->well && now >= w->since + PROBE_MS)
		begin(w);
	if (!w->busy && !w->well)
		return w->since + PROBE_MS;
	if (!w->busy)
		return wipe_later(w, now);
	return w->well ? heard + REACH_MS : LOOP_NEVER;
}

static void
judge(struct store_work *store)
{
	uint64_t a = judge_one(&store->reader), b = judge_one(&store->writer);
	const struct store_worker *ill = !store->reader.well ?
	    &store->reader : !store->writer.well ? &store->writer : NULL;

	if (b < a)
		a = b;
	/* one that is early only judges once more */
	if (a < store->watch.wake)
		loop_wake(&store->watch, a);
	if ((ill != NULL) != store->out_of_reach)
		say(store, ill);
}

static void
judge_later(void *arg, short revents)
{
	(void)revents;
	judge(arg);
}

/* ---- batches ---- */

static void
answer(struct store_task *t)
{
	t->state = TASK_ANSWERED;
	if (t->call == NULL)
		t->free(t);
	else
		t->call(t->arg);
}

static void
done(void *arg)
{
	struct store_worker *w = arg;
	struct store_task *t = w->batch, *next;

	w->batch = NULL;
	w->busy = false;
	w->unwiped = !w->wipes;
	w->wipes = false;
	w->since = clock_monotonic_ms();
	/* one that failed at once is no proof of anything */
	w->well = w->status == FAILED ? w->well : true;
	for (; t != NULL; t = next) {
		next = t->next;
		answer(t);
	}
	if (!w->store->closed)
		judge(w->store);
}

static void
begin(struct store_worker *w)
{
	struct store_task *t;
	struct outcome failure;

	for (int i = 0; i < BATCH_MAX && (t = w->waiting) != NULL; i++) {
		DL_DELETE(w->waiting, t);
		DL_APPEND(w->batch, t);
		t->state = TASK_RUNS;
	}
	w->busy = true;
	w->since = clock_monotonic_ms();
	atomic_store(&w->has_why, false);
	w->here = w->store->kind->in_loop;
	if (w->here || loop_work(&w->work) == OK)
		return;
	failure = outcome_of(FAILED);
	for (t = w->batch; t != NULL; t = t->next)
		t->outcome = failure;
	w->status = FAILED;
	done(w);
}

void
store_work_start(struct store_worker *w)
{
	if (!store_work_idles(w))
		return;
	begin(w);
	judge(w->store);
}

void
store_work_here(struct store_worker *w)
{
	if (!w->here)
		return;
	w->here = false;
	run(w);
	done(w);
}

void
store_work_add(struct store_worker *w, struct store_task *t)
{
	t->state = TASK_WAITS;
	DL_APPEND(w->waiting, t);
}

void
store_work_drop(struct store_worker *w, struct store_task *t)
{
	t->call = NULL;
	if (t->state == TASK_RUNS)
		return;
	if (t->state == TASK_WAITS)
		DL_DELETE(w->waiting, t);
	t->free(t);
}

/* ---- stores ---- */

static enum status
db_probe(struct store_worker *w)
{
	enum status status = db_begin(w->db);
	bool open;

	if (status == OK) {
		status = admission_open(w->db, "-", &open);
		db_rollback(w->db);
	}
	return status;
}

static enum status
db_repeat(struct store_worker *w, uint64_t ms)
{
	return db_again(w->db, ms);
}

static void
wipe_db(struct store_worker *w)
{
	db_wipe(w->db);
}

static void
close_db(struct store_worker *w)
{
	db_close(w->db);
}

static const struct store_kind database = { "store", false, db_probe,
    db_repeat, wipe_db, close_db };

static void
begin_worker(struct store_worker *w, struct store_work *store,
    store_run_fn *fn)
{
	w->store = store;
	w->run = fn;
	w->work = (struct work){ run, done, w };
	w->well = true;
}

static enum status
new_store(struct store_work **out, const struct store_kind *kind,
    const char *name)
{
	struct store_work *store = calloc(1, sizeof(*store));

	*out = store;
	if (store == NULL)
		return fail(FAILED, "%s: no memory", name);
	store->kind = kind;
	store->name = name;
	store->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = judge_later, .arg = store };
	return OK;
}

enum status
store_work_open(struct store_work **out, const char *name,
    store_run_fn *read, store_run_fn *write)
{
	enum status status = new_store(out, &database, name);
	struct store_work *store = *out;

	if (status != OK)
		return status;
	begin_worker(&store->writer, store, write);
	begin_worker(&store->reader, store, read);
	if ((status = db_open(&store->writer.db, name, &store_schema, true)) ==
	    OK && (status = db_open(&store->reader.db, name, &store_schema,
	    true)) == OK)
		status = loop_add(&store->watch);
	if (status == OK)
		return OK;
	store_work_close(store);
	*out = NULL;
	return status;
}

enum status
store_work_open_kind(struct store_work **out, const struct store_kind *kind,
    const char *name, void *own, store_run_fn *fn)
{
	enum status status = new_store(out, kind, name);
	struct store_work *store = *out;

	if (status != OK)
		return status;
	begin_worker(&store->writer, store, NULL);
	begin_worker(&store->reader, store, fn);
	store->reader.own = own;
	if ((status = loop_add(&store->watch)) == OK)
		return OK;
	store->reader.own = NULL;
	store_work_close(store);
	*out = NULL;
	return status;
}

static void
close_worker(struct store_worker *w)
{
	if (!w->busy && (w->db != NULL || w->own != NULL))
		w->store->kind->close(w);
}

void
store_work_close(struct store_work *store)
{
	if (store == NULL)
		return;
	store->closed = true;
	loop_remove(&store->watch);
	close_worker(&store->reader);
	close_worker(&store->writer);
	if (!store->reader.busy && !store->writer.busy)
		free(store);
}
