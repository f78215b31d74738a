/*
 * child.h: CMD of --exec, run by /bin/sh -c at one end of a connection, and
 * CMD of --bsf, which the same runs between two files.
 */
#ifndef GBA_CHILD_H
#define GBA_CHILD_H

#include <sys/types.h>

#include "record.h"

struct child {
	pid_t pid;		/* 0: none; also of its process group */
	const char *name;	/* of it in messages */
	bool ended;		/* with status 0 */
};

/*
 * Run CMD.  *IN and *OUT get the other ends of its standard input and output,
 * non-blocking; where IN is NULL, its standard input is empty.  What ABOUT
 * has of them it finds in its environment: GBA_UE_ID (or else the IMPI),
 * GBA_P_TID, GBA_TRIGGER_IND, GBA_TRIGGER_TIME, GBA_NAF_FQDN.  OK or FAILED.
 */
MUST_USE enum status child_start(struct child *, const char *cmd,
    const struct record *about, int *in, int *out);

/*
 * Run CMD, NAME in messages, with the file IN for its standard input; *OUT as
 * above, or -1.  OK or FAILED.
 */
MUST_USE enum status child_filter(struct child *, const char *name,
    const char *cmd, int in, int *out);

/* See whether it has ended.  OK, or FAILED where it ended badly. */
MUST_USE enum status child_check(struct child *);

/* Forget it; one that has not ended well is killed, with its children. */
void child_end(struct child *);

#endif
