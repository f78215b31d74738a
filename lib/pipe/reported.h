/*
 * reported.h: which P-TIDs the reports of a run that was cut short have
 * already, so that the next run leaves them out.
 */
#ifndef GBA_REPORTED_H
#define GBA_REPORTED_H

#include "pipe/io.h"

struct reported;

/*
 * Read the reports in the file NAME.  One that was being written when the run
 * was cut off does not count; where MORE reports go to the same file, it is
 * cut off, and a file that is not there counts as empty.  OK, MALFORMED or
 * FAILED.
 */
MUST_USE enum status reported_read(const char *name, bool more,
    struct reported **);

/* Whether P_TID has a report; a NULL resume has none. */
bool reported_has(const struct reported *, const char *p_tid);
void reported_free(struct reported *);

#endif
