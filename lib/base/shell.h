/*
 * shell.h: a command of /bin/sh -c.
 */
#ifndef GBA_SHELL_H
#define GBA_SHELL_H

#include <signal.h>
#include <sys/types.h>

/*
 * Start CMD with the standard input and output FDS and the environment LIST.
 * It leads a process group, and has the signals of HANDLED as if nobody ever
 * had ignored them.  Returns 0, or an error number.
 */
int shell_start(pid_t *pid, const char *cmd, const int fds[static 2],
    char **list, const sigset_t *handled);

#endif
