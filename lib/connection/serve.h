/*
 * serve.h: the MTC server's side of the secure connection: many devices at
 * once in one process, a line of JSON for each.  Step 407 of gba-push(7).
 */
#ifndef GBA_SERVE_H
#define GBA_SERVE_H

#include "pipe/io.h"

struct serve_options {
	const char *store;	/* its name */
	const char *listen;	/* HOST:PORT; port 0: any */
	const char *dir;	/* data goes to DIR/P_TID, or NULL */
	const char *exec;	/* data goes to CMD, and back, or NULL */
	uint64_t count;		/* end after so many connections; 0: never */
	/* 0: as descriptors allow; of them, those who have proved no key, 0:
	   half; and of these the silent ones of one address */
	uint64_t max_connections, max_unproved, max_per_address;
	uint64_t handshake_timeout;	/* seconds, to prove it and respond */
	uint64_t max_octets, max_time;	/* of a connection; 0: none */
	/* processes: 1 to SERVE_WORKERS, which share out the first three
	   maxima above */
	uint64_t workers;
	void (*listening)(const char *at);	/* or NULL */
};

#define SERVE_WORKERS 64

#define SERVE_UNPROVED 4096	/* the defaults */
#define SERVE_PER_ADDRESS 256
#define SERVE_HANDSHAKE_TIMEOUT 10
#define SERVE_LINE_OCTETS (1 << 20)		/* without dir and exec */
#define SERVE_FILE_OCTETS (100 << 20)		/* with dir */

/*
 * Serve the triggers in the store until COUNT connections have ended
 * whose devices had proved their keys, or SIGTERM or SIGINT, when open ones end
 * as failed; SIGHUP reopens the file of OUT (output_reopen()).  With neither
 * dir nor exec the line holds the data.  A connection that fails is its line's
 * business; those that prove no key, and name no P-TID, are counted, and told
 * once a second.  Where there are too many of them, the oldest go.  Lines go to
 * where OUT was opened; while many wait for their reader no connection is
 * taken.  OK; USAGE where LISTEN is no HOST:PORT, or the store's name none;
 * FAILED, also where the lines cannot be written.
 */
MUST_USE enum status serve(const struct serve_options *, struct output *out);

#endif
