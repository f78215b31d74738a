/*
 * nofile.h: how many descriptors a process may have: servers take all they can
 * get, but the commands that they run start with as many as they expect.
 */
#ifndef GBA_NOFILE_H
#define GBA_NOFILE_H

#include <stddef.h>

/* Raise the soft limit to the hard one; returns what it is then. */
size_t nofile_raise(void);

/* Around the start of a command: the limit as it was, and raised again. */
void nofile_lower(void);
void nofile_raise_again(void);

#endif
