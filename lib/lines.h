/*
 * lines.h: the JSON lines of a server on their way to whoever reads them.  A
 * reader that pauses holds up the lines, and nothing else.
 */
#ifndef GBA_LINES_H
#define GBA_LINES_H

#include "io.h"
#include "signals.h"

struct lines {
	struct output *out;	/* opened; its descriptor is what is used */
	bool regular;		/* a file, which takes all at once */
	char *v;
	size_t at, len, room;	/* what waits, in V */
};

void lines_init(struct lines *, struct output *);
void lines_free(struct lines *);

/* Room for LEN octets of one more line at the end of V, or NULL. */
char *lines_room(struct lines *, size_t len);

/* LEN octets of that room are a line now. */
void lines_add(struct lines *, size_t len);

/* Write what the reader takes without a wait.  OK or FAILED. */
MUST_USE enum status lines_write(struct lines *);

/*
 * Write them all.  Once a signal has asked to stop, a reader that takes
 * nothing for ten seconds is not waited for.  OK or FAILED.
 */
MUST_USE enum status lines_finish(struct lines *, const struct signals *);

#endif
