/*
 * await.h: a wait for one descriptor alone.  Nothing else is called meanwhile,
 * so that it may be done anywhere, also where the loop has called; and what
 * arrives elsewhere stays in the kernel, however long the wait is.
 */
#ifndef GBA_AWAIT_H
#define GBA_AWAIT_H

#include "base/loop.h"

/*
 * Wait until FD is ready for EVENTS; FD -1: for the time alone.  READABLE: FD
 * is ready, whatever the events; TIME: the monotonic time is DEADLINE; SIGNAL:
 * one came during the wait, after loop_end_on_signals().  One that came before
 * does not end it: loop_stop_by() says how long to wait then.  A thread that
 * is not the loop's may wait, too, but hears of no signal.
 */
enum loop_event await(int fd, short events, uint64_t deadline);

#endif
