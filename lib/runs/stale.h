/*
 * stale.h: triggers of one run whose devices found SQN stale: each is requested
 * again, once, with the AUTS of its device.
 */
#ifndef GBA_STALE_H
#define GBA_STALE_H

#include "runs/trigger_watch.h"

struct stale {
	struct db *db;
	struct trigger_watch *triggers;
	struct output heard;	/* held: sync failures that came in */
	struct output wanted;	/* held: those to be requested again */
};

/*
 * LEN octets V came back from a device.  They are only kept: a transaction may
 * be open now.
 */
void stale_hear(struct stale *, const uint8_t *v, size_t len);

/*
 * See which triggers they belong to.  One that is for the first time stale is
 * no longer watched for its end; one that is for the second time has failed.
 * OK or FAILED.
 */
MUST_USE enum status stale_sort(struct stale *);

/* Whether there is something to request. */
bool stale_any(const struct stale *);

/*
 * Request them again: the requests leave through OUT, their triggers are
 * watched, and the old ones have failed.  OK or FAILED.
 */
MUST_USE enum status stale_request(struct stale *, struct output *out);

void stale_free(struct stale *);

#endif
