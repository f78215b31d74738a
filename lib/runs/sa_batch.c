/* sa_batch.c: SAs that are stored as they come. */
#include "base/clock.h"
#include "gba/steps.h"
#include "runs/sa_batch.h"

static enum status
make_sa(const struct record *r, struct record *sa)
{
	switch (r->type) {
	case RECORD_RESPONSE:
		return gba_naf_sa(r, sa);
	case RECORD_NAF_SA:
		record_init(sa, RECORD_NAF_SA);
		record_copy(sa, r, r->has);
		return sa_check(sa);
	case RECORD_ACCEPTED:
		gba_ue_sa(r, sa);
		return sa_check(sa);
	default:
		return fail(MALFORMED, "type: found %s, expected response, "
		    "naf-sa or accepted", field_word(KEY_TYPE, r->type));
	}
}

enum status
sa_batch_take(struct sa_batch *p, size_t i, const struct record *r)
{
	struct sa_batch_slot *s = &p->slot[i];
	enum status status;

	s->now = clock_now();
	if ((status = make_sa(r, &s->sa)) == OK)
		status = sa_ask(p->db, &s->sa, &s->asked);
	if (status != OK)
		record_wipe(&s->sa);
	p->count = status == OK ? i + 1 : i;
	return status;
}

/* It is stored, and its trigger does not know. */
static bool
is_to_note(const struct sa_batch_slot *s)
{
	return s->asked.inserted && !s->asked.noted &&
	    s->sa.type == RECORD_NAF_SA;
}

/*
 * Note the trigger of S as stored; in a file, those of the slots after it as
 * well, as long as their rows follow each other.  Returns the last slot.
 */
static struct sa_batch_slot *
note(struct sa_batch *p, struct sa_batch_slot *s, enum status *status)
{
	struct sa_batch_slot *end = p->slot + p->count, *last = s;

	if (s->asked.row == 0) {
		*status = sa_ask_noted(p->db, &s->sa, s->now, p->shorter,
		    &s->asked.noted);
		return s;
	}
	while (last + 1 < end && is_to_note(last + 1) &&
	    last[1].now == s->now && last[1].asked.row == last->asked.row + 1)
		last++;
	*status = sa_note_rows(p->db, s->asked.row, last->asked.row, s->now);
	for (struct sa_batch_slot *n = s; n <= last; n++)
		n->asked.noted = *status == OK;
	return last;
}

enum status
sa_batch_store(struct sa_batch *p)
{
	enum status status = db_await(p->db);
	struct sa_batch_slot *s = p->slot, *end = s + p->count;

	for (; status == OK && s < end; s++)
		status = sa_ask_found(p->db, &s->sa, s->now, &s->asked);
	if (status == OK)
		status = db_await(p->db);
	for (s = p->slot; status == OK && s < end; s++)
		if (is_to_note(s))
			s = note(p, s, &status);
	if (status == OK)
		status = db_await(p->db);
	/* before any is looked at: one that is refused is in nobody's way */
	for (s = p->slot; status == OK && s < end; s++)
		if (is_to_note(s))
			status = sa_take_back(p->db, &s->sa);
	return status == OK ? db_await(p->db) : status;
}

/* Not as nearly always: look closely, from the beginning. */
static enum status
look_closely(const struct sa_batch *p, const struct sa_batch_slot *s)
{
	return s->sa.type == RECORD_NAF_SA ? sa_put_naf(p->db, &s->sa, s->now,
	    p->unrequested) : sa_put(p->db, &s->sa);
}

enum status
sa_batch_decide(struct sa_batch *p, size_t i)
{
	struct sa_batch_slot *s = &p->slot[i];
	bool done = s->asked.inserted && !is_to_note(s);
	enum status status = done ? OK : look_closely(p, s);

	/* that was all that differed; from now on it may */
	p->shorter |= !done && status == OK && s->asked.inserted;
	return status;
}

void
sa_batch_forget(struct sa_batch *p)
{
	for (size_t i = 0; i < p->count; i++)
		record_wipe(&p->slot[i].sa);
	p->count = 0;
}
