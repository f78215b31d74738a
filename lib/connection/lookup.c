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

static enum status
look_up(struct store_worker *w, struct lookup *l)
{
	struct record sa, trigger;
	enum status status = admit(w->db, l->p_tid, &sa, &trigger,
	    &l->verdict, &l->overdue), kept;

	if (status == FAILED && store_work_again(w) == OK)
		status = admit(w->db, l->p_tid, &sa, &trigger, &l->verdict,
		    &l->overdue);
	if (status != FAILED && (kept = keep(l, &sa, &trigger)) != OK)
		status = kept;
	if (status == FAILED)
		l->verdict = STATE_FAILED;
	record_wipe(&sa);
	l->task.outcome = outcome_of(status);
	return status;
}

/* Where the store has failed one, it does not have to fail the others, too. */
enum status
lookup_run(struct store_worker *w, struct store_task *batch)
{
	enum status status = OK;
	struct store_task *t;
	struct outcome failure;

	for (t = batch; t != NULL; t = t->next) {
		struct lookup *l = (struct lookup *)t;

		if (status != FAILED) {
			status = look_up(w, l);
			failure = t->outcome;
			if (status != FAILED)
				store_work_heard(w);
		} else {
			l->verdict = STATE_FAILED;
			t->outcome = failure;
		}
	}
	return status == FAILED ? FAILED : OK;
}
