/*
 * file.h: small files, and files that appear whole or not at all.
 */
#ifndef GBA_FILE_H
#define GBA_FILE_H

#include "base/octets.h"
#include "base/status.h"

/* Whether NAME, NULL or `-', is standard input or output. */
bool file_is_standard(const char *name);

/*
 * Read all of NAME (`-': standard input), fewer than MAX octets, into OUT and
 * end it with NUL.  If SECRET, warn about a file that others can read.  OK;
 * MALFORMED if there are MAX octets or more; FAILED.
 */
MUST_USE enum status file_read(const char *name, bool secret, char *out,
    size_t max, size_t *len);

/* Warn if others than its owner can read the file NAME. */
void file_warn_readable(const char *name);

/* Write all LEN octets to FD; messages call it NAME.  OK or FAILED. */
MUST_USE enum status file_write(int fd, const char *name, const void *,
    size_t len);

/*
 * Begin a file of mode 0600 that file_appear() will rename to NAME.  Until
 * then *TEMPORARY is its name: .NAMESUFFIX in the same directory.  XXXXXX in
 * SUFFIX is made unique.  OK or FAILED.
 */
MUST_USE enum status file_begin(const char *name, const char *suffix,
    char **temporary, int *fd);

/* Make it durable, rename it to NAME, free *TEMPORARY.  OK or FAILED. */
MUST_USE enum status file_appear(const char *name, char **temporary, int fd);

/* Remove the temporary file, if there is one, and free *TEMPORARY. */
void file_forget(char **temporary);

/* If a signal ends the program, remove TEMPORARY (NULL: nothing). */
void file_remove_on_signal(const char *temporary);

#endif
