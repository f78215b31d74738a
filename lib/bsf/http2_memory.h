/*
 * http2_memory.h: memory for libnghttp2.  Each of its sessions has a buffer for
 * a whole frame, of which ours are short: what is large has pages of its own,
 * and those that nothing was written to cost nothing.
 */
#ifndef GBA_HTTP2_MEMORY_H
#define GBA_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>

extern nghttp2_mem http2_memory;

#endif
