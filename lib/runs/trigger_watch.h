/*
 * trigger_watch.h: the triggers of one run, each followed until it has come to
 * an end: connected, expired or failed.
 */
#ifndef GBA_TRIGGER_WATCH_H
#define GBA_TRIGGER_WATCH_H

#include "base/loop.h"
#include "gba/request.h"
#include "pipe/io.h"
#include "record/p_tid.h"
#include "store/store.h"

enum step {
	STEP_REQUESTED,	/* the BSF may still answer */
	STEP_REFUSED,	/* its answer was no good; there may be another */
	STEP_DENIED,	/* the BSF refused, or lied, over HTTP */
	STEP_OPEN,	/* answered: its end is awaited */
	STEP_STALE,	/* its device found SQN stale: it will be replaced */
	STEP_ENDED	/* and was shown */
};

/* One of them, small: there may be a million. */
struct watched_trigger {
	uint8_t key[P_TID_OCTETS];	/* of its P-TID, or 0: the chosen one */
	uint8_t step;			/* enum step */
	uint8_t reached;		/* a bit for each of enum reached */
	enum { AGAIN_NOT, AGAIN_REPLACED, AGAIN_SECOND } again : 8;
					/* requested again; or that request */
};

/* What is counted of them; each comes after those before it, but that not all
   that respond were reported delivered. */
enum reached { REACHED_STORED, REACHED_SENT, REACHED_DELIVERED,
    REACHED_RESPONDED, REACHED_CONNECTED, REACHED_FAILED, REACHED_COUNT };

/* Those that ended, or stood so at the end. */
struct watched_end {
	size_t count, named;	/* named: complained about one by one */
	char ue_id[255 + 1];	/* of the last, and */
	char why[255 + 1];	/* its detail, or "" */
};

struct trigger_watch {
	struct db *db;
	struct output *out;	/* they leave as records of type TRIGGER */
	uint64_t timeout;	/* seconds, after which the rest is shown */
	char chosen[64 + 1];	/* a P-TID of another form: that of the first */
	struct watched_trigger *v;
	size_t count, room;
	size_t left;		/* of them, that have not ended */
	bool sorted, due;	/* by p_tid; for a look */
	uint64_t pause;		/* milliseconds between two looks */
	struct watch watch;
	struct output reports;	/* held until the store is free for them */
	enum status worst;	/* REJECTED: one ended, not connected */
	size_t reached[REACHED_COUNT];	/* how many have */
	size_t named;		/* of those that are not connected */
	size_t replaced;	/* by others, which count instead */
	struct watched_end end[STATE_FAILED + 1];
};

/* Begin, all zero but for db, out and timeout.  OK or FAILED. */
MUST_USE enum status trigger_watch_open(struct trigger_watch *);

/* End; reports that are still held are noted.  OK or FAILED. */
MUST_USE enum status trigger_watch_close(struct trigger_watch *);

/* One more.  OK or FAILED. */
MUST_USE enum status trigger_watch_add(struct trigger_watch *,
    const char *p_tid);

/* The one with P_TID, or NULL. */
struct watched_trigger *trigger_watch_find(struct trigger_watch *,
    const char *p_tid);

/* There will be no more answers: who has none has failed.  OK or FAILED. */
MUST_USE enum status trigger_watch_unanswered(struct trigger_watch *);

/*
 * Have a report of push noted in its trigger, with the next look: a
 * transaction may be open now.
 */
void trigger_watch_report(struct trigger_watch *, const struct record *report);

/*
 * Note reports, and where it is time see which have ended: they leave at once,
 * and the first few that are not connected are complained about.  OK or FAILED.
 */
MUST_USE enum status trigger_watch_look(struct trigger_watch *);

/*
 * Have the rest leave as it stands, and complain about it, too, unless a signal
 * has ended the run.  OK or FAILED.
 */
MUST_USE enum status trigger_watch_end(struct trigger_watch *);

/*
 * How many have come how far, in one line, what matters most first; and after
 * the end how many came to which state, and of those that nobody complained
 * about, why the last did.
 */
void trigger_watch_text(const struct trigger_watch *, char *text, size_t max);
void trigger_watch_sum_up(const struct trigger_watch *, uint64_t seconds);

#endif
