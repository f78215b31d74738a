/* lookup.c: a look-up of the device behind a P-TID, off the loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection/lookup.h"

static void
free_lookup(struct store_task *t)
{
	struct lookup *l = (struct lookup *)t;

	free(l->trigger);
	wipe(l, sizeof(*l));
	free(l);
}

struct lookup *
lookup_begin(struct store_work *store, const char *p_tid, bool whole,
    void (*call)(void *), void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->task = (struct store_task){ .call = call, .arg = arg,
	    .free = free_lookup };
	l->whole = whole;
	snprintf(l->p_tid, sizeof(l->p_tid), "%s", p_tid);
	store_work_add(&store->reader, &l->task);
	return l;
}

void
lookup_drop(struct store_work *store, struct lookup *l)
{
	if (l != NULL)
		store_work_drop(&store->reader, &l->task);
}

/* ---- on the thread ---- */

/* What is wanted later of what was found. */
static enum status
keep(struct lookup *l, const struct record *sa, const struct record *trigger)
{
	if (record_has(trigger, HAS(UE_ID)))
		memcpy(&l->ue_id, &trigger->ue_id, sizeof(l->ue_id));
	if (record_has(trigger, HAS(TRIGGER_IND)))
		l->trigger_ind = trigger->trigger_ind;
	if (sa->has == 0)
		return OK;
	trigger_window_set(&l->window, trigger, 0, sa->key_lt);
	memcpy(l->key, sa->ks_naf.v, TLS_KEY_LEN);
	if (!l->whole)
		return OK;
	if ((l->trigger = malloc(sizeof(*l->trigger))) == NULL)
		return fail(FAILED, "connection: no memory");
	*l->trigger = *trigger;
	return OK;
}

static void
found(void *arg, enum status status, const struct record *sa,
    const struct record *trigger, bool closed)
{
	struct lookup *l = arg;
	enum status kept;

	if (status == OK && (kept = keep(l, sa, trigger)) != OK)
		status = kept;
	if (status == OK)
		status = admit(sa, trigger, closed, &l->verdict, &l->overdue);
	else
		l->verdict = STATE_FAILED;
	l->task.outcome = outcome_of(status);
	l->decided = true;
}

/* Those that have no answer yet. */
static enum status
ask_all(struct store_worker *w, struct store_task *batch)
{
	enum status status = OK;
	struct store_task *t;

	for (t = batch; t != NULL && status == OK; t = t->next) {
		struct lookup *l = (struct lookup *)t;

		if (l->decided)
			continue;
		l->ask.found = found;
		l->ask.arg = l;
		status = admission_ask(w->db, l->p_tid, &l->ask);
	}
	return status == OK ? db_await(w->db) : status;
}

/* Where the store has failed one, it does not have to fail the others, too. */
enum status
lookup_run(struct store_worker *w, struct store_task *batch)
{
	enum status status = ask_all(w, batch);
	struct outcome failure;
	struct store_task *t;

	if (status != OK && store_work_again(w) == OK)
		status = ask_all(w, batch);
	failure = outcome_of(status);
	for (t = batch; t != NULL && failure.status != OK; t = t->next) {
		struct lookup *l = (struct lookup *)t;

		if (l->decided)
			continue;
		l->verdict = STATE_FAILED;
		t->outcome = failure;
	}
	return fail_as(&failure);
}
