/*
 * serve.h: the MTC server's side of the secure connection: many devices at
 * once in one process, a line of JSON for each.  Step 407 of gba-push(7).
 */
#ifndef GBA_SERVE_H
#define GBA_SERVE_H

#include "db.h"

struct serve_options {
	const char *listen;	/* HOST:PORT; port 0: any */
	const char *dir;	/* data goes to DIR/P_TID, or NULL */
	const char *exec;	/* data goes to CMD, and back, or NULL */
	uint64_t count;		/* end after so many connections; 0: never */
	void (*listening)(const char *host, unsigned port);	/* or NULL */
};

/* Let out a line, LEN octets with its newline; any status but OK ends all. */
typedef enum status emit_fn(const char *json_line, size_t len);

/*
 * Serve the triggers in the store DB until COUNT connections have ended, or
 * SIGTERM, SIGINT or SIGHUP, when open ones end as failed.  With neither dir
 * nor exec the line holds the data, at most 1 MiB of it.  A connection that
 * fails is its line's business.  OK; USAGE where LISTEN is no HOST:PORT;
 * FAILED; or what EMIT returned.
 */
MUST_USE enum status serve(struct db *, const struct serve_options *,
    emit_fn *emit);

#endif
