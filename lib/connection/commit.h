/*
 * commit.h: what connections have to store, many in one transaction, off the
 * loop.
 */
#ifndef GBA_COMMIT_H
#define GBA_COMMIT_H

#include "connection/store_work.h"
#include "connection/trigger_window.h"
#include "connection/upload.h"

enum commit_what {
	COMMIT_CONNECTED,	/* admit_connected(), in this order: who ends */
	COMMIT_EXPIRED,		/* one connection and begins another */
	COMMIT_RESPONDED,	/* ends one first */
	COMMIT_WHATS
};

struct commit {
	struct store_task task;
	enum commit_what what;
	char p_tid[65];
	struct trigger_window window;	/* of RESPONDED: it gets its start */
	/* of CONNECTED: a file that is to appear, or a DIR of NULL */
	const char *dir;
	struct upload file;
	int fd;				/* the commit's, or -1 */
	bool out;			/* of the transaction: decided */
};

/* CALL as store_task.  NULL: no memory. */
struct commit *commit_new(enum commit_what, const char *p_tid,
    void (*call)(void *), void *arg);

/* Let it be stored with the next transaction. */
void commit_begin(struct store_work *, struct commit *);

/*
 * It is not wanted any more.  What is not begun is not stored, and leaves no
 * file.
 */
void commit_drop(struct store_work *, struct commit *);

/*
 * The store_run_fn of commits.  One that is refused, or whose file cannot
 * appear, costs itself only; where the store fails, all of them fail.
 */
enum status commit_run(struct store_worker *, struct store_task *);

#endif
