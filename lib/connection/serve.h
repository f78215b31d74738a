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
	void (*listening)(const char *at);	/* or NULL */
};

/*
 * Serve the triggers in the store until COUNT connections have ended, or
 * SIGTERM, SIGINT or SIGHUP, when open ones end as failed.  With neither dir
 * nor exec the line holds the data, at most 1 MiB of it.  A connection that
 * fails is its line's business.  Lines go to where OUT was opened; while many
 * wait for their reader no connection is taken.  OK; USAGE where LISTEN is no
 * HOST:PORT, or the store's name none; FAILED, also where the lines cannot be
 * written.
 */
MUST_USE enum status serve(const struct serve_options *, struct output *out);

#endif
