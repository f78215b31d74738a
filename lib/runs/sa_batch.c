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
	s->noted = false;
	if ((status = make_sa(r, &s->sa)) == OK)
		status = sa_ask(p->db, &s->sa, &s->inserted);
	if (status != OK)
		record_wipe(&s->sa);
	p->count = status == OK ? i + 1 : i;
	return status;
}

enum status
sa_batch_store(struct sa_batch *p)
{
	enum status status = db_await(p->db);
	struct sa_batch_slot *s = p->slot, *end = s + p->count;

	for (; status == OK && s < end; s++)
		if (s->inserted && s->sa.type == RECORD_NAF_SA)
			status = sa_ask_noted(p->db, &s->sa, s->now,
			    p->shorter, &s->noted);
	if (status == OK)
		status = db_await(p->db);
	/* before any is looked at: one that is refused is in nobody's way */
	for (s = p->slot; status == OK && s < end; s++)
		if (s->inserted && s->sa.type == RECORD_NAF_SA && !s->noted)
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
	bool done = s->inserted && (s->noted || s->sa.type == RECORD_ACCEPTED);
	enum status status = done ? OK : look_closely(p, s);

	/* that was all that differed; from now on it may */
	p->shorter |= !done && status == OK && s->inserted;
	return status;
}

void
sa_batch_forget(struct sa_batch *p)
{
	for (size_t i = 0; i < p->count; i++)
		record_wipe(&p->slot[i].sa);
	p->count = 0;
}
