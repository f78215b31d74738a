/*
 * uv.h: the loop as libuv has it, for the modules of base/ that ask libuv for
 * more than loop.h has.
 */
#ifndef GBA_UV_H
#define GBA_UV_H

#include <uv.h>

uv_loop_t *loop_uv(void);

/* Around what a callback of libuv calls: loop_wait() ends after it. */
void loop_enter(void);
void loop_leave(void);

/* Something that runs on a thread has begun, or has ended: loop_works(). */
void loop_begun(void);
void loop_ended(void);

#endif
