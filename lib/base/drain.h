/*
 * drain.h: a descriptor that is written to, whose reader may be slow or gone,
 * and which others may share.
 */
#ifndef GBA_DRAIN_H
#define GBA_DRAIN_H

#include "base/octets.h"
#include "base/status.h"

struct drain {
	int fd;
	enum { DRAIN_PLAIN, DRAIN_ASKS_FIRST, DRAIN_SOCKET } way;
	bool own;		/* FD was opened here */
};

/* Write to what FD is, which stays the caller's; a file is written at once. */
void drain_open(struct drain *, int fd);
void drain_close(struct drain *);

/*
 * Write all LEN octets, as fast as they are taken; messages call the reader
 * NAME.  A signal (loop.h) leaves that a few seconds.  OK or FAILED.
 */
MUST_USE enum status drain_write(struct drain *, const char *name,
    const void *, size_t len);

#endif
