/*
 * connect.h: the device's side of the secure connection.  Step 407 of
 * gba-push(7).
 */
#ifndef GBA_CONNECT_H
#define GBA_CONNECT_H

#include "record/record.h"

struct connect_options {
	const char *server;	/* HOST:PORT */
	const char *exec;	/* CMD, whose stdin and stdout it is, or NULL */
	uint64_t retry_for;	/* seconds, in which the network may fail */
};

/*
 * Answer the trigger of ACCEPTED: connect, send the trigger response, and be
 * the stream of CMD until both ends have closed.  CMD of a trigger to report
 * has no input.  What no CMD takes of what the server sends goes to standard
 * output.  Where the network fails before the server has accepted, connect
 * again for retry_for seconds, but not beyond the window.  OK; REJECTED where
 * the SA is for something else, its time is over, or the server refuses; USAGE
 * where SERVER is no HOST:PORT; MALFORMED where the server's answer is; FAILED:
 * the network, CMD, or a signal to stop.  ACCEPTED loses Ks_NAF as soon as TLS
 * has it, or with retry_for once there will be no other try.
 */
MUST_USE enum status connect_device(struct record *accepted,
    const struct connect_options *);

#endif
