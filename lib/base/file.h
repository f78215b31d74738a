/*
 * file.h: small files, and files that appear whole or not at all.
 */
#ifndef GBA_FILE_H
#define GBA_FILE_H

#include <sys/types.h>

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

/*
 * As read(2), which would not wait where FD is O_NONBLOCK: standard input is
 * others' as well.
 */
ssize_t file_read_some(int fd, void *, size_t max);

/* Warn if others than its owner can read the file NAME. */
void file_warn_readable(const char *name);

/* Write all LEN octets to FD; messages call it NAME.  OK or FAILED. */
MUST_USE enum status file_write(int fd, const char *name, const void *,
    size_t len);

/*
 * Begin a file of mode 0600 that file_appear() will give the name NAME.  It
 * has none until then, so that nothing of it stays, whatever ends the program;
 * but where the file system cannot do that, it is called *TEMPORARY at once,
 * .NAMESUFFIX in the same directory.  XXXXXX at the end of SUFFIX is made
 * unique; without it, what has that name is removed, and where that is not
 * allowed, another name is found.  OK or FAILED.
 */
MUST_USE enum status file_begin(const char *name, const char *suffix,
    char **temporary, int *fd);

/* Give it the name TEMPORARY, if it has none yet.  OK or FAILED. */
MUST_USE enum status file_link(const char *temporary, int fd);

/*
 * Make it durable, put it in the place of NAME, free *TEMPORARY.  OK; or
 * FAILED, and NAME is what it was, unless the text says that it is there, but
 * perhaps not after a failure of the machine.
 */
MUST_USE enum status file_appear(const char *name, char **temporary, int fd);

/* Remove the file, if file_appear() did not come, and free *TEMPORARY. */
void file_forget(char **temporary);

#endif
