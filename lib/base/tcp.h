/*
 * tcp.h: TCP sockets at HOST:PORT or [IPV6]:PORT.  All are non-blocking.
 */
#ifndef GBA_TCP_H
#define GBA_TCP_H

#include "base/address.h"
#include "base/status.h"

/*
 * Listen at WHERE, the first of its addresses that is free; port 0 is any.
 * OK; USAGE where WHERE is no HOST:PORT; FAILED.
 */
MUST_USE enum status tcp_listen(const char *where, int *fd);

/*
 * Take one connection, from FROM; *FD is -1 where there is none, or where it
 * was gone before it was taken.  OK, or FAILED where descriptors or memory run
 * out.
 */
MUST_USE enum status tcp_accept(int listener, int *fd, struct address *from);

/*
 * Begin to connect to an address; *FD can be written to when that has ended,
 * and tcp_connected() says how.  OK or FAILED.
 */
MUST_USE enum status tcp_begin(const struct address *, int *fd);
MUST_USE enum status tcp_connected(int fd);

/*
 * Move at most so many octets of a connection, which may be a Unix socket, too;
 * *N gets how many, 0 where none can be now.  OK; FAILED, where it was "closed
 * by PEER", too.
 */
MUST_USE enum status tcp_read(int fd, const char *peer, void *, size_t max,
    size_t *n);
MUST_USE enum status tcp_write(int fd, const void *, size_t len, size_t *n);

#endif
