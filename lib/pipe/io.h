/*
 * io.h: files and pipes of records: input that knows when it pauses, output
 * that is held until it may leave.
 */
#ifndef GBA_IO_H
#define GBA_IO_H

#include <stdio.h>

#include "base/drain.h"
#include "base/file.h"
#include "base/message.h"
#include "record/record.h"

/* ---- output ---- */

enum format {
	FORMAT_BINARY,
	FORMAT_JSON,
	FORMAT_LINES,	/* text, a field a line */
	FORMAT_TABLE,	/* text, a record a line; its head with the first */
	FORMAT_NONE	/* nothing is shown */
};

struct output {
	const char *name;	/* the file of -o, or NULL: standard output */
	enum format format;
	bool secrets;		/* shown in text and JSON */
	bool headed;		/* the table has its head */
	int fd;
	bool own;		/* closed by output_close() */
	struct drain drain;	/* how FD is written to */
	char *path;		/* of a file that appears with */
	char *temporary;	/* output_close() */
	uint8_t *v;		/* held: not let out yet */
	size_t len, room;
	bool appends;		/* to a file, which output_reopen() opens */
	enum record_type type;	/* of the records there; GPI: of any */
	bool written;
	bool stays;		/* a file appears though the run FAILED */
};

/*
 * Open NAME, `-' or NULL for standard output.  A regular file, also one that a
 * link leads to, is written beside its place, 0600, and appears with
 * output_close().  A descriptor (/dev/stdout), a FIFO, once somebody reads it,
 * or a device is written to as it is.  OK; or FAILED, whatever can be known
 * before anything is written.
 */
MUST_USE enum status output_open(struct output *, const char *name);

/*
 * Open NAME as a service does, whose file is not to wait for its end: records
 * of TYPE, or where that is GPI, anything, are appended to those that are
 * there.  What is no file is opened as above.  OK or FAILED.
 */
MUST_USE enum status output_log(struct output *, const char *name,
    enum record_type);

/*
 * Append to the file that has the name now, where output_log() or
 * output_append() opened one: its old one may have been renamed.  OK; or
 * FAILED, and the old one goes on.
 */
MUST_USE enum status output_reopen(struct output *);

/* Write to FD, which the caller closes; messages call it NAME. */
void output_to(struct output *, int fd, const char *name);

/* Whether what leaves is not to be seen before output_close(). */
bool output_appears(const struct output *);

/* Whether standard output was given, and is open for writing: OK or FAILED. */
MUST_USE enum status output_standard(void);

/*
 * Open NAME, or nothing where it is NULL, to append records of a TYPE to those
 * that are there; a file that is made is 0600, and what is no file is written
 * to as above.  OK, or FAILED, too, where the file holds something else.
 */
MUST_USE enum status output_append(struct output *, const char *name,
    enum record_type);

/* Hold octets, or a record in the output's format. */
void output_put(struct output *, const void *, size_t len);
void output_record(struct output *, const struct record *);

/*
 * The same for each record of a walk through a store, whose argument is the
 * output: much is let out on the way.  OK or FAILED.
 */
MUST_USE enum status output_each(void *output, const struct record *);

/* Let out what is held, or forget it.  OK or FAILED. */
MUST_USE enum status output_flush(struct output *);
void output_drop(struct output *);

/* Forget it, and what held it. */
void output_free(struct output *);

/*
 * Let out what is held and end with STATUS: a file appears unless the run
 * FAILED, and it does not stay, or was refused without a record.  Returns
 * STATUS, or FAILED where it cannot be written.
 */
MUST_USE enum status output_close(struct output *, enum status);

/* ---- input ---- */

enum event {
	INPUT_ITEM,	/* there is one */
	INPUT_PAUSE,	/* none now, or something else happened */
	INPUT_END,
	INPUT_BROKEN	/* no more, for what is broken: MALFORMED or FAILED */
};

#define INPUT_ROOM (1 << 16)

/* What an item is; of the last two the first octet of the input decides. */
enum framing { FRAMING_SEQUENCE, FRAMING_TEXT_LINES,
    FRAMING_SEQUENCE_OR_LINES, FRAMING_LINES_OR_SEQUENCE };

struct input {
	const char *name;	/* or NULL: standard input */
	int fd;
	enum framing framing;
	uint64_t deadline_ms;	/* of the monotonic clock, or 0: none */
	bool hex_too;		/* a sequence may be hex, as people copy it */
	bool hex, half;		/* it is; and there is half an octet, */
	uint8_t high;		/* whose first digit is this */
	bool escape;		/* a \ was the last */
	struct outcome broken;	/* why INPUT_BROKEN */
	bool ended, looked, cr;	/* CR: the last line ended so */
	uint64_t line;		/* the number of the last, or of what is
				   broken; 0: not lines */
	struct record *record;	/* gets what an item says, or NULL; */
	bool read;		/* whether it did */
	size_t at, end;
	uint8_t v[INPUT_ROOM + 1];	/* and the end of a last line */
};

/* Open NAME, `-' or NULL for standard input.  OK or FAILED. */
MUST_USE enum status input_open(struct input *, const char *name);
void input_close(struct input *);

/*
 * The next item of a sequence, or line without its end and not empty, as LEN
 * octets ITEM that hold until the next call.  Without WAIT it never blocks.  It
 * waits in the loop (loop.h), whose signals end all input.
 */
enum event input_next(struct input *, bool wait, const uint8_t **item,
    size_t *len);

/*
 * The same, in one pass over the octets where a record of a sequence is to be
 * decoded: *R, unless it is NULL, gets it.  *R becomes NULL where the item is
 * no good record; record_decode() says why.
 */
enum event input_next_record(struct input *, bool wait, const uint8_t **item,
    size_t *len, struct record **r);

/*
 * How many octets of a file have been taken, of *TOTAL; 0 where it is none
 * with an end that is known.
 */
uint64_t input_done(const struct input *, uint64_t *total);

#endif
