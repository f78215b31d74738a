/*
 * help.h: --help, from the table of options.
 */
#ifndef GBA_HELP_H
#define GBA_HELP_H

#include "pipe/opt.h"

/* The usage of a verb, what it does, and the COUNT options it takes. */
void help_print(const struct program *, const struct verb *,
    const struct opt *const *rows, int count);

/* The verbs of a program. */
void help_verbs(const struct program *);

#endif
