/*
 * progress.h: the progress of a long run, in one line on a terminal.
 */
#ifndef GBA_PROGRESS_H
#define GBA_PROGRESS_H

#include "base/octets.h"

/*
 * RECORDS are done: DONE octets of TOTAL (0: unknown).  If stderr is a
 * terminal, show that a few times a second, after the first second.
 */
void progress(uint64_t records, uint64_t done, uint64_t total);

/* Remove the line; the next progress() shows it again. */
void progress_clear(void);

#endif
