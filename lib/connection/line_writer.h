/*
 * line_writer.h: the JSON lines of a server on their way to whoever reads them.
 *  A reader that pauses holds up the lines, and nothing else.
 */
#ifndef GBA_LINE_WRITER_H
#define GBA_LINE_WRITER_H

#include "base/signals.h"
#include "pipe/io.h"

struct line_writer {
	struct output *out;	/* opened; its descriptor is what is used */
	bool regular;		/* a file, which takes all at once */
	char *v;
	size_t at, len, room;	/* what waits, in V */
};

void line_writer_init(struct line_writer *, struct output *);
void line_writer_free(struct line_writer *);

/* Room for LEN octets of one more line at the end of V, or NULL. */
char *line_writer_room(struct line_writer *, size_t len);

/* LEN octets of that room are a line now. */
void line_writer_add(struct line_writer *, size_t len);

/* Write what the reader takes without a wait.  OK or FAILED. */
MUST_USE enum status line_writer_write(struct line_writer *);

/*
 * Write them all.  Once a signal has asked to stop, a reader that takes
 * nothing for ten seconds is not waited for.  OK or FAILED.
 */
MUST_USE enum status line_writer_finish(struct line_writer *,
    const struct signals *);

#endif
