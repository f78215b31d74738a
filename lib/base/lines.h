/*
 * lines.h: files of lines that people write: policies, passwords, keys.
 */
#ifndef GBA_LINES_H
#define GBA_LINES_H

#include "base/octets.h"
#include "base/status.h"

#define LINE_LEN_MAX 4095	/* characters */

/* Takes one line without its end and the blanks around; it may change it. */
typedef enum status line_fn(void *arg, char *line);

/*
 * Call EACH for the lines of the file NAME (`-': standard input) until it does
 * not return OK.  LF, CR LF or CR ends a line; a byte order mark is skipped.  A
 * file that others can read earns a warning where SECRET; no copy of what was
 * read is left behind.  OK; MALFORMED where a line is longer than LINE_LEN_MAX
 * or has a NUL octet, as UTF-16 has; FAILED; or what EACH returned, after NAME
 * and the line.
 */
MUST_USE enum status lines_each(const char *name, bool secret, line_fn *each,
    void *arg);

/* Cut LINE into its words, MAX at most; returns how many. */
size_t line_words(char *line, char *word[], size_t max);

#endif
