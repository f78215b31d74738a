/*
 * program.h: what all programs have in common: main(), and a stage that runs
 * over the input which the options name.
 */
#ifndef GBA_PROGRAM_H
#define GBA_PROGRAM_H

#include "pipe/opt.h"
#include "pipe/stream.h"

/*
 * Parse, run the verb, complain about what it returns and did not yet
 * complain about itself.  Returns the exit status.
 */
int program_main(const struct program *, int argc, char **argv);

/*
 * Open the output that the common options ask for.  Without any, records leave
 * as the VIEW says.  OK; USAGE where that is binary on a terminal; FAILED.
 */
enum view {
	VIEW_RECORDS,	/* binary */
	VIEW_TERMINAL,	/* text on a terminal, else binary */
	VIEW_QUIET,	/* nothing on a terminal, else binary */
	VIEW_TEXT,	/* text; in a file of -o, binary */
	VIEW_TABLE	/* a table; in a file of -o, binary */
};
MUST_USE enum status program_output(struct output *, enum view);

/*
 * The same for a service, which appends to the file of -o; records are of TYPE
 * where they are binary.
 */
MUST_USE enum status program_log(struct output *, enum view,
    enum record_type);

/*
 * Run STAGE over all of the operand's file, or over all of IN, into the output
 * of the common options, and close both.
 */
MUST_USE enum status program_stream(const struct stage *, void *arg);
MUST_USE enum status program_run(struct input *in, const struct stage *,
    void *arg);

#endif
