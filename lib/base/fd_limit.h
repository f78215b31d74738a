/*
 * fd_limit.h: how many descriptors a process may have: servers take all they
 * can get, but the commands that they run start with as many as they expect.
 */
#ifndef GBA_FD_LIMIT_H
#define GBA_FD_LIMIT_H

#include <stddef.h>

/* Raise the soft limit to the hard one; returns what it is then. */
size_t fd_limit_raise(void);

/* Around the start of a command: the limit as it was, and raised again. */
void fd_limit_lower(void);
void fd_limit_raise_again(void);

#endif
