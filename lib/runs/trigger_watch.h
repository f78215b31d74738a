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
	STEP_OPEN,	/* answered: its end is awaited */
	STEP_STALE,	/* its device found SQN stale: it will be replaced */
	STEP_ENDED	/* and was shown */
};

/* One of them, small: there may be a million. */
struct watched_trigger {
	uint8_t key[P_TID_OCTETS];	/* of its P-TID, or 0: the chosen one */
	uint8_t step;			/* enum step */
	enum { AGAIN_NOT, AGAIN_REPLACED, AGAIN_SECOND } again : 8;
					/* requested again; or that request */
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
 * and those that are not connected are complained about.  OK or FAILED.
 */
MUST_USE enum status trigger_watch_look(struct trigger_watch *);

/*
 * Have the rest leave as it stands, and complain about it unless a signal has
 * ended the run.  OK or FAILED.
 */
MUST_USE enum status trigger_watch_end(struct trigger_watch *);

#endif
