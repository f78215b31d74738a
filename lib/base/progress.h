/*
 * progress.h: the progress of a long run, in one line on a terminal.
 */
#ifndef GBA_PROGRESS_H
#define GBA_PROGRESS_H

#include <stdbool.h>

#include "base/octets.h"

/*
 * RECORDS are done: DONE octets of TOTAL (0: unknown).  If stderr is a
 * terminal, show that a few times a second, after the first second.
 */
void progress(uint64_t records, uint64_t done, uint64_t total);

/*
 * Whether a line is due, as above; then progress_line() shows TEXT, or where
 * the terminal has too few columns, what fits of it before a comma.
 */
bool progress_due(void);
void progress_line(const char *text);

/* SECONDS as hours, minutes and seconds, 0:00:07; returns OUT. */
#define PROGRESS_TIME_MAX 32
char *progress_time(uint64_t seconds, char out[static PROGRESS_TIME_MAX]);

/* Whether there is a line at all: stderr is a terminal. */
bool progress_wanted(void);

/* Remove the line; the next progress() shows it again. */
void progress_clear(void);

#endif
