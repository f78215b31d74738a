/* commit.c: what connections have to store, many in one transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "connection/admit.h"
#include "connection/commit.h"
#include "store/admission.h"

#define PAUSE_MS 100		/* after another server was found */

/* ---- in the loop ---- */

static void
free_commit(struct store_task *t)
{
	struct commit *c = (struct commit *)t;

	if (c->dir != NULL)
		upload_forget(&c->file, c->dir, c->p_tid);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

struct commit *
commit_new(enum commit_what what, const char *p_tid, void (*call)(void *),
    void *arg)
{
	struct commit *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->task = (struct store_task){ .call = call, .arg = arg,
	    .free = free_commit };
	c->what = what;
	c->fd = -1;
	snprintf(c->p_tid, sizeof(c->p_tid), "%s", p_tid);
	return c;
}

void
commit_begin(struct store_work *store, struct commit *c)
{
	store_work_add(&store->writer, &c->task);
}

void
commit_drop(struct store_work *store, struct commit *c)
{
	if (c != NULL)
		store_work_drop(&store->writer, &c->task);
}

/* ---- on the thread: files ---- */

/* C is not to be stored, because of STATUS. */
static void
leave_out(struct commit *c, enum status status)
{
	c->out = true;
	c->task.outcome = outcome_of(status);
	if (c->dir != NULL)
		upload_forget(&c->file, c->dir, c->p_tid);
}

/*
 * Put the data of a stream that has ended well in its place.  A trigger that
 * is closed by now leaves no file, not even for a moment.
 */
static enum status
appear(struct store_worker *w, struct commit *c)
{
	enum status status;
	bool open;

	if (c->dir == NULL)
		return OK;
	status = admission_open(w->db, c->p_tid, &open);
	if (status == FAILED && store_work_again(w) == OK)
		status = admission_open(w->db, c->p_tid, &open);
	if (status != OK || !open)
		return status;
	return upload_appear(&c->file, c->dir, c->p_tid, c->fd);
}

/* Before the transaction: a disk takes its time, and other writers wait. */
static void
appear_all(struct store_worker *w, struct store_task *batch)
{
	const char *dir = NULL;
	struct store_task *t;
	struct outcome synced;
	enum status status;

	for (t = batch; t != NULL; t = t->next) {
		struct commit *c = (struct commit *)t;

		if ((status = appear(w, c)) != OK)
			leave_out(c, status);
		else if (c->file.there)
			dir = c->dir;
	}
	if (dir == NULL)
		return;
	synced = outcome_of(upload_sync(dir));
	if (synced.status == OK)
		return;
	for (t = batch; t != NULL; t = t->next) {
		struct commit *c = (struct commit *)t;

		if (c->file.there)
			leave_out(c, fail_as(&synced));
	}
}

/* ---- on the thread: the transaction ---- */

static enum status
store(struct store_worker *w, struct commit *c, bool in_doubt)
{
	enum status status = OK;

	switch (c->what) {
	case COMMIT_CONNECTED:
		status = admit_connected(w->db, c->p_tid, in_doubt &&
		    c->file.temporary == NULL);
		break;
	case COMMIT_EXPIRED:
		status = admit_expire(w->db, c->p_tid);
		break;
	default:
		status = admit_responded(w->db, c->p_tid, &c->window);
	}
	if (status == FAILED && store_work_again(w) == OK) {
		/* a server that can only be read is asked in vain */
		loop_sleep(PAUSE_MS);
		return FAILED;
	}
	if (status != FAILED)
		store_work_heard(w);
	if (status != OK)
		leave_out(c, status);
	return status;
}

/*
 * Those of WHAT that are not out.  FAILED: the transaction is spoilt, and one
 * of them is out now, or there is another server.
 */
static enum status
store_each(struct store_worker *w, struct store_task *batch,
    enum commit_what what, bool in_doubt)
{
	struct store_task *t;

	for (t = batch; t != NULL; t = t->next) {
		struct commit *c = (struct commit *)t;

		if (c->what == what && !c->out &&
		    store(w, c, in_doubt) == FAILED)
			return FAILED;
	}
	return OK;
}

/*
 * *SENT: COMMIT was sent to a server, which may have stored what it did not
 * answer; of a file it is known that it has not.
 */
static enum status
store_once(struct store_worker *w, struct store_task *batch, bool in_doubt,
    bool *spoilt, bool *sent)
{
	enum status status = db_begin(w->db);

	*spoilt = false;
	for (int i = 0; status == OK && i < COMMIT_WHATS; i++) {
		status = store_each(w, batch, (enum commit_what)i, in_doubt);
		*spoilt = status != OK;
	}
	if (status == OK) {
		*sent |= db_is_shared(w->db);
		return db_commit(w->db);
	}
	if (*spoilt)
		db_rollback(w->db);
	return status;
}

/* A server that is lost with its answer may have committed all the same. */
static enum status
store_all(struct store_worker *w, struct store_task *batch, bool *sent)
{
	bool spoilt, in_doubt = false;
	enum status status;

	while ((status = store_once(w, batch, in_doubt, &spoilt, sent)) !=
	    OK) {
		if (spoilt)
			continue;
		if (store_work_again(w) != OK)
			break;
		in_doubt = true;
	}
	return status;
}

enum status
commit_run(struct store_worker *w, struct store_task *batch)
{
	struct outcome all;
	struct store_task *t;
	bool sent = false;

	appear_all(w, batch);
	all = outcome_of(store_all(w, batch, &sent));
	for (t = batch; t != NULL; t = t->next) {
		struct commit *c = (struct commit *)t;

		if (!c->out)
			t->outcome = all;
		if (all.status != OK && !sent && c->file.there)
			upload_forget(&c->file, c->dir, c->p_tid);
		/* where nobody knows whether that was stored, the file stays */
		c->file.there = false;
	}
	return fail_as(&all);
}
