/*
 * status_run.h: the triggers of a store as people and monitors want to see
 * them: some of them, a summary, or figures for Prometheus.
 */
#ifndef GBA_STATUS_RUN_H
#define GBA_STATUS_RUN_H

#include "pipe/io.h"
#include "pipe/opt.h"
#include "store/trigger_view.h"

struct status_options {
	const char *state;	/* words with commas between them, or NULL */
	const char *since;	/* as of clock_read(), or NULL */
	bool summary;
	const char *metrics;	/* a file; then the summary goes there */
	struct trigger_view view;	/* what status_check() reads into it */
};

/* Read `state' and `since'.  OK or USAGE. */
MUST_USE enum status status_check(struct status_options *);

/*
 * Show those chosen, of the devices IDS, which may be sorted; NULL: of all.
 * OK or FAILED.
 */
MUST_USE enum status status_show(const struct status_options *, struct db *,
    struct opt_list *ids, struct output *);

/*
 * A line for each state that a trigger is in, as a table or JSON Lines; or the
 * file of `metrics', which appears whole, for all to read.  OK or FAILED.
 */
MUST_USE enum status status_summarize(const struct status_options *,
    struct db *, struct output *);

#endif
