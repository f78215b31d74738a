/*
 * helper.h: a process that does for a confined program what that may not do
 * itself: it looks names up, and it runs the one command that it was given.
 * Fork it before there are secrets, connections and threads.
 */
#ifndef GBA_HELPER_H
#define GBA_HELPER_H

#include <sys/types.h>

#include "base/address.h"

/* Fork it; CMD, or NULL, is what it may run.  OK or FAILED. */
MUST_USE enum status helper_start(const char *cmd);
bool helper_runs(void);

/* What a look-up found; E is an error of libuv, or 0. */
struct helper_found {
	int e;
	struct addresses addresses;
};

/* Look up HOST and PORT: *FD will have one helper_found.  OK or FAILED. */
MUST_USE enum status helper_resolve(const char *host, const char *port,
    int *fd);

/* How a command ended: CLD_EXITED or the like, and its status or signal. */
struct helper_end {
	int code, status;
};

/*
 * Run CMD with the standard input and output FDS; VARIABLES are of COUNT
 * strings, NAME=VALUE, or NAME for one that it shall not have.  *ENDED will
 * have one helper_end; *NUMBER is for helper_end(), which has to be called: it
 * forgets the command, and before that may KILL its process group.  OK or
 * FAILED.
 */
MUST_USE enum status helper_run(const char *const *variables, size_t count,
    const int fds[static 2], uint32_t *number, int *ended);
void helper_forget(uint32_t number, bool kill);

#endif
