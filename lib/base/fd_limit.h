/*
 * fd_limit.h: how many descriptors a process may have.  A server raises its
 * own limit, but the commands that it runs start with the original limit.
 */
#ifndef GBA_FD_LIMIT_H
#define GBA_FD_LIMIT_H

#include <stddef.h>

/* Raise the soft limit to the hard one; returns the new soft limit. */
size_t fd_limit_raise(void);

/* Restore the original limit to start a command; then raise it again. */
void fd_limit_lower(void);
void fd_limit_raise_again(void);

#endif
