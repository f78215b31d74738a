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
 * Open the output that the common options ask for; a VIEW goes to a terminal
 * as text.  OK; USAGE where it would be binary on a terminal; FAILED.
 */
MUST_USE enum status program_output(struct output *, bool view);

/*
 * Run STAGE over all of the operand's file, or over all of IN, into the output
 * of the common options, and close both.
 */
MUST_USE enum status program_stream(const struct stage *, void *arg);
MUST_USE enum status program_run(struct input *in, const struct stage *,
    void *arg);

#endif
