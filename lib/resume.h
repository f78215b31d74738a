/*
 * resume.h: which P-TIDs the reports of a run that was cut short have
 * already, so that the next run leaves them out.
 */
#ifndef GBA_RESUME_H
#define GBA_RESUME_H

#include "io.h"

struct resume;

/*
 * Read the reports in the file NAME.  One that was being written when the run
 * was cut off does not count; where MORE reports go to the same file, it is
 * cut off, and a file that is not there counts as empty.  OK, MALFORMED or
 * FAILED.
 */
MUST_USE enum status resume_read(const char *name, bool more,
    struct resume **);

/* Whether P_TID has a report; a NULL resume has none. */
bool resume_has(const struct resume *, const char *p_tid);
void resume_free(struct resume *);

#endif
