/*
 * subprocess.h: CMD of --exec, run by /bin/sh -c at one end of a connection,
 * and CMD of --bsf, which the same runs between two files.
 */
#ifndef GBA_SUBPROCESS_H
#define GBA_SUBPROCESS_H

#include <sys/types.h>

#include "record/record.h"

struct subprocess {
	bool runs;		/* or has run, and is not forgotten */
	const char *name;	/* of it in messages */
	bool ended;		/* with status 0 */
	pid_t pid;		/* of a child; also of its process group */
	bool helped;		/* it is a child of the helper, instead */
	uint32_t number;	/* the helper's */
	int end_fd;		/* has how it ended */
};

/*
 * Run CMD, or have the helper (helper.h) run its own, if there is one.  *IN and
 * *OUT get the other ends of its standard input and output, non-blocking; where
 * IN is NULL, its standard input is empty.  What ABOUT has of them it finds in
 * its environment: GBA_UE_ID (or else the IMPI), GBA_P_TID, GBA_TRIGGER_IND,
 * GBA_TRIGGER_TIME, GBA_NAF_FQDN.  OK or FAILED.
 */
MUST_USE enum status subprocess_start(struct subprocess *, const char *cmd,
    const struct record *about, int *in, int *out);

/*
 * The same, NAME in messages, with the file IN for its standard input; *OUT as
 * above, or -1.  OK or FAILED.
 */
MUST_USE enum status subprocess_filter(struct subprocess *, const char *name,
    const char *cmd, int in, int *out);

/* A new descriptor that can be read once it has ended; -1 and errno. */
int subprocess_end_fd(const struct subprocess *);

/* See whether it has ended.  OK, or FAILED where it ended badly. */
MUST_USE enum status subprocess_check(struct subprocess *);

/* Forget it; one that has not ended well is killed, with its children. */
void subprocess_end(struct subprocess *);

#endif
