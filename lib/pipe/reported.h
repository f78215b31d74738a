/*
 * reported.h: which P-TIDs the reports of an earlier run have already, so that
 * the next run leaves them out.
 */
#ifndef GBA_REPORTED_H
#define GBA_REPORTED_H

#include "pipe/io.h"

struct reported;

/*
 * Read the reports in the file NAME, records or JSON Lines.  One that was being
 * written when the run was cut off does not count; where MORE reports go to the
 * same file, it is cut off, and a file that is not there counts as empty.
 * RETRY_FAILED: a P-TID whose last report is failed counts as one without.
 * OK, MALFORMED or FAILED.
 */
MUST_USE enum status reported_read(const char *name, bool more,
    bool retry_failed, struct reported **);

/* Whether P_TID has a report; a NULL one has none. */
bool reported_has(const struct reported *, const char *p_tid);
void reported_free(struct reported *);

#endif
