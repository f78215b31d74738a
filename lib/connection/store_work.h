/*
 * store_work.h: the store of a server, whose work is done off the loop: what
 * waits for another program's lock, or for a server, delays no connection.
 *
 * It is open twice, so that no look-up waits for a transaction.  Each handle is
 * used by one thread at a time, for one batch of tasks after the other.
 */
#ifndef GBA_STORE_WORK_H
#define GBA_STORE_WORK_H

#include <stdatomic.h>

#include "base/loop.h"
#include "store/db.h"

/* What is to be done.  It is the first member of a struct of its owner's. */
struct store_task {
	enum { TASK_WAITS, TASK_RUNS, TASK_ANSWERED } state;
	struct outcome outcome;		/* once it is answered */
	void (*call)(void *arg);	/* its owner; NULL: it was given up */
	void *arg;
	void (*free)(struct store_task *);
	struct store_task *prev, *next;
};

static inline bool
store_task_answered(const struct store_task *t)
{
	return t->state == TASK_ANSWERED;
}

struct store_worker;

/*
 * Do the tasks of BATCH, on a thread that may wait, and set their outcomes.
 * OK, or FAILED where the store failed.
 */
typedef enum status store_run_fn(struct store_worker *,
    struct store_task *batch);

/*
 * What a store is.  All but WHAT is called on the thread, as a store_run_fn is.
 * With IN_LOOP it waits in the loop, and there is no thread: see
 * store_work_here().
 */
struct store_kind {
	const char *what;		/* for messages: "store" */
	bool in_loop;
	/* a transaction without a change: whether it can read and write */
	enum status (*probe)(struct store_worker *);
	/* after a failure: whether to repeat it, as db_again() */
	enum status (*again)(struct store_worker *, uint64_t ms);
	void (*wipe)(struct store_worker *);	/* what memory has of it */
	void (*close)(struct store_worker *);
};

struct store_worker {
	struct store_work *store;
	struct db *db;
	void *own;			/* of another kind than a database */
	store_run_fn *run;
	struct store_task *waiting, *batch;
	struct work work;
	enum status status;		/* of the batch */
	bool busy, well;
	bool wipes, unwiped;		/* it erases rows, or that is to come */
	bool here;			/* it waits for store_work_here() */
	uint64_t since;			/* when that began, or ended */
	atomic_ullong heard;		/* when the store last answered */
	atomic_bool has_why;		/* what fails while it is busy */
	char why[512];
};

struct store_work {
	const struct store_kind *kind;
	const char *name;
	struct store_worker reader, writer;
	struct watch watch;
	bool out_of_reach;
	bool closed;
};

/*
 * Open the store NAME; READ does look-ups, and WRITE transactions.  OK, USAGE
 * or FAILED as db_open().
 */
MUST_USE enum status store_work_open(struct store_work **, const char *name,
    store_run_fn *read, store_run_fn *write);

/*
 * The same for a store of another kind, OWN, which is the reader's and is
 * closed with it; there is no writer.  OK or FAILED.
 */
MUST_USE enum status store_work_open_kind(struct store_work **,
    const struct store_kind *, const char *name, void *own,
    store_run_fn *run);

/* What still runs is left alone: it ends with the process. */
void store_work_close(struct store_work *);

/*
 * Let T be done in the next batch; CALL is called in the loop once it is
 * answered.  Look-ups are called, too, when the store is out of reach: when it
 * has not answered for a second.  That is said, and that it is back.
 */
void store_work_add(struct store_worker *, struct store_task *t);

/* T is not wanted any more, and is freed; what runs already goes on. */
void store_work_drop(struct store_worker *, struct store_task *t);

/* Begin with what waits, unless the worker is busy. */
void store_work_start(struct store_worker *);

/*
 * Do what was begun and is to be done IN_LOOP.  Not from within the loop: it
 * may wait there, while all others go on.
 */
void store_work_here(struct store_worker *);

/* There is something to begin with, and nobody is at it. */
static inline bool
store_work_idles(const struct store_worker *w)
{
	return w->waiting != NULL && !w->busy;
}

/* For a store_run_fn: the store has answered; more of the batch is to come. */
void store_work_heard(struct store_worker *);

/* For a store_run_fn: after a failure, whether to repeat it: db_again(). */
MUST_USE enum status store_work_again(struct store_worker *);

#endif
