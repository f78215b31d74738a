/*
 * uv.h: the loop as libuv has it, for the modules of base/ that ask libuv for
 * more than loop.h has.
 */
#ifndef GBA_UV_H
#define GBA_UV_H

#include <uv.h>

uv_loop_t *loop_uv(void);

/* Have the loop UV, this or another, poll FD, which keeps its O_NONBLOCK. */
int loop_init_poll(uv_loop_t *uv, uv_poll_t *, int fd);

#define LOOP_SIGNALS 3

/* A signal that ends all waits has come. */
void loop_note_signal(void);

/*
 * The wait of await.h hears signal NUMBER, the Ith, too; it notes those that it
 * has not heard of yet; or it hears none any more.
 */
void await_signal(int i, int number);
void await_note_signals(void);
void await_default_signals(void);

/* Around what a callback of libuv calls: loop_wait() ends after it. */
void loop_enter(void);
void loop_leave(void);

/* Something that runs on a thread has begun, or has ended: loop_works(). */
void loop_begun(void);
void loop_ended(void);

#endif
