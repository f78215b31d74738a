/*
 * aside.h: a call of a foreign library that waits by itself, on a thread of its
 * own, so that the program can give up on it.
 */
#ifndef GBA_ASIDE_H
#define GBA_ASIDE_H

#include "base/octets.h"
#include "base/status.h"

/*
 * Have RUN called on another thread with SIZE octets, which begin as *ARG, and
 * wait until it has returned, at most MS milliseconds and after a signal not
 * for long; *ARG is what RUN made of the octets then.  OK; or FAILED: RUN goes
 * on with octets that nobody looks at any more, and has to wipe what is secret
 * in them.  What RUN got as a pointer must stay where it is for ever.
 */
MUST_USE enum status aside(void (*run)(void *), void *arg, size_t size,
    uint64_t ms);

#endif
