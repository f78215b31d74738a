/* cancel_run.c: triggers that are given up. */
#include "base/progress.h"
#include "runs/cancel_run.h"
#include "store/store.h"

#define TURN 512
#define TRANSACTION 20000	/* devices: then others may write */

struct cancel {
	struct db *db;
	uint64_t now, closed, of[TURN];	/* triggers: in all, of each */
	uint64_t open;		/* devices in the transaction, and one; 0: it
				   has not begun */
};

static enum status
take(void *arg, size_t i, const struct item *device)
{
	struct cancel *c = arg;

	c->of[i] = 0;
	c->open++;
	return trigger_ask_cancel(c->db, choice_ue_id(device), c->now,
	    &c->of[i]);
}

static enum status
await(void *arg)
{
	return db_await(((struct cancel *)arg)->db);
}

static enum status
decide(void *arg, size_t i, const struct item *device, struct output *out)
{
	struct cancel *c = arg;

	(void)out;
	c->closed += c->of[i];
	return c->of[i] > 0 ? OK : fail(REJECTED, "device %s has no open "
	    "trigger", choice_ue_id(device));
}

/* A transaction is more than a batch of the stream, but waits for nothing. */
static enum status
begin(void *arg)
{
	struct cancel *c = arg;

	if (c->open > 0)
		return OK;
	c->open = 1;
	return db_begin(c->db);
}

static enum status
end_transaction(struct cancel *c)
{
	c->open = 0;
	return db_commit(c->db);
}

static enum status
commit(void *arg)
{
	struct cancel *c = arg;

	return c->open > TRANSACTION || (c->open > 0 && choice_waits()) ?
	    end_transaction(c) : OK;
}

static void
abandon(void *arg)
{
	struct cancel *c = arg;

	c->open = 0;
	db_rollback(c->db);
}

static enum status
cancel_named(const struct choice *choice, struct db *db, uint64_t now,
    uint64_t *closed)
{
	const struct stage stage = { .take = take, .perform = await,
	    .decide = decide, .turn = TURN, .begin = begin, .commit = commit,
	    .abandon = abandon, .complain = choice_complain, .silent = true };
	struct cancel c = { .db = db, .now = now };
	struct output none = { .fd = -1 };
	enum status status = choice_run(choice, db, &stage, &c, &none);

	if (status == FAILED)
		return FAILED;
	*closed = c.closed;
	if (c.open == 0)
		return status;
	return end_transaction(&c) == OK ? status : FAILED;
}

enum status
cancel_run(const struct choice *choice, struct db *db, uint64_t now,
    uint64_t *closed)
{
	enum status status = OK;
	uint64_t after = 0;
	bool more = true;

	*closed = 0;
	if (choice_names(choice))
		return cancel_named(choice, db, now, closed);
	while (more && (status = db_begin(db)) == OK &&
	    (status = db_end(db, trigger_cancel_next(db, choice->states,
	    now, TRANSACTION, &after, closed, &more))) == OK)
		progress(*closed, 0, 0);
	progress_clear();
	return status;
}
