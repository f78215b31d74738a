/* admit.c: whether the device behind a P-TID may connect. */
#include <string.h>

#include "base/clock.h"
#include "connection/admit.h"
#include "gba/steps.h"
#include "store/admission.h"

static enum status
unknown(void)
{
	return fail(REJECTED, "no SA with this P-TID is stored");
}

/* The window that began when the device first responded. */
static enum status
check_window(const struct record *trigger, uint64_t key_lt)
{
	struct trigger_window w;

	if (!record_has(trigger, HAS(RESPONDED)))
		return OK;
	trigger_window_set(&w, trigger, trigger->responded * 1000, key_lt);
	return trigger_window_left_ms(&w) > 0 ? OK : trigger_window_over(&w);
}

static enum status
check_sa(const struct record *sa, const struct record *trigger,
    enum state *verdict, bool *overdue)
{
	char date[CLOCK_DATE_MAX];
	enum status status;

	if (sa->key_lt <= clock_now()) {
		*overdue = true;
		*verdict = STATE_EXPIRED;
		return fail(REJECTED, "the key expired at %s",
		    clock_date(sa->key_lt, date));
	}
	if ((status = gba_ua_is_tls13(sa)) != OK)
		return status;
	return check_window(trigger, sa->key_lt);
}

enum status
admit(const struct record *sa, const struct record *trigger, bool closed,
    enum state *verdict, bool *overdue)
{
	*verdict = STATE_REFUSED;
	*overdue = false;
	if (trigger->has == 0)
		return unknown();
	if (closed) {
		if (trigger->state == STATE_EXPIRED)
			*verdict = STATE_EXPIRED;
		return fail(REJECTED, "the trigger is closed: %s",
		    field_word(KEY_STATE, trigger->state));
	}
	return sa->has == 0 ? unknown() : check_sa(sa, trigger, verdict,
	    overdue);
}

enum status
admit_responded(struct db *db, const char *p_tid, struct trigger_window *w)
{
	uint64_t now = clock_now(), first;
	enum status status;

	if ((status = admission_responded(db, p_tid, now, &first)) != OK)
		return status;
	/* the first response, and not one that comes back, begins just now */
	w->start_ms = first * 1000;
	if (first == now)
		trigger_window_begin(w);
	return trigger_window_left_ms(w) > 0 ? OK : trigger_window_over(w);
}

enum status
admit_connected(struct db *db, const char *p_tid, bool in_doubt)
{
	enum status status = trigger_close(db, p_tid, STATE_CONNECTED,
	    clock_now(), NULL), found;
	struct record trigger;
	bool closed;

	if (status != REJECTED || !in_doubt)
		return status;
	found = trigger_find(db, p_tid, &trigger, &closed);
	return found == OK && trigger.state != STATE_CONNECTED ? status :
	    found;
}

enum status
admit_expire(struct db *db, const char *p_tid)
{
	return trigger_close(db, p_tid, STATE_EXPIRED, clock_now(), NULL);
}
