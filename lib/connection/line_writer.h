/*
 * line_writer.h: the JSON lines of a server on their way to whoever reads them.
 *  A reader that pauses holds up the lines, and nothing else.
 */
#ifndef GBA_LINE_WRITER_H
#define GBA_LINE_WRITER_H

#include "base/loop.h"
#include "pipe/io.h"

struct line_writer {
	struct output *out;	/* opened; its descriptor is what is used */
	bool regular;		/* a file, which takes all at once */
	char *v;
	size_t at, len, room;	/* what waits, in V */
	struct watch watch;
	struct outcome outcome;	/* of writing */
};

void line_writer_init(struct line_writer *, struct output *);
void line_writer_free(struct line_writer *);

/* Room for LEN octets of one more line at the end of V, or NULL. */
char *line_writer_room(struct line_writer *, size_t len);

/* LEN octets of that room are a line now. */
void line_writer_add(struct line_writer *, size_t len);

/*
 * Let the loop write what the reader takes.  OK; or FAILED where that has
 * failed.
 */
MUST_USE enum status line_writer_write(struct line_writer *);

/*
 * Write them all.  Where STOPPED, or once a signal ends the wait, a reader that
 * takes nothing for four seconds is not waited for.  OK or FAILED.
 */
MUST_USE enum status line_writer_finish(struct line_writer *, bool stopped);

#endif
