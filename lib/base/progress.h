/*
 * progress.h: how far a long run has come, in one line on a terminal.
 */
#ifndef GBA_PROGRESS_H
#define GBA_PROGRESS_H

#include "base/octets.h"

/*
 * RECORDS are done, which are DONE octets of TOTAL (0: nobody knows).  Shown a
 * few times a second, from the second second on, where stderr is a terminal.
 */
void progress(uint64_t records, uint64_t done, uint64_t total);

/* Take the line away: for good, or until there is more to show. */
void progress_clear(void);

#endif
