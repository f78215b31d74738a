/*
 * clash.h: one file that is named for two things, of which one is to write it.
 */
#ifndef GBA_CLASH_H
#define GBA_CLASH_H

#include "pipe/opt.h"

/* What the command line gave: COUNT options, and the input. */
struct given {
	const struct opt *const *row;
	const bool *seen;
	int count;
	const char *input;	/* the operand; NULL: there is no input */
};

/*
 * No two outputs are one file, through links or not, and -o is no file that is
 * read or kept.  OK or USAGE.
 */
MUST_USE enum status clash_check(const struct given *);

/* The same for standard output, where it is what records are written to. */
MUST_USE enum status clash_check_standard(const struct given *);

/*
 * The file NAME, or NULL, of --OPTION, and the input are not both standard
 * input.  OK or USAGE.
 */
MUST_USE enum status clash_reads(const char *option, const char *name);

#endif
