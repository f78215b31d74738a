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
 * end it with NUL; a file that others can read earns a complaint where SECRET.
 * OK, MALFORMED where there is more, or FAILED.
 */
MUST_USE enum status file_read(const char *name, bool secret, char *out,
    size_t max, size_t *len);

/* Say so on stderr where others than its owner can read the file NAME. */
void file_warn_readable(const char *name);

/* Write all LEN octets to FD.  OK or FAILED, NAME naming it. */
MUST_USE enum status file_write(int fd, const char *name, const void *,
    size_t len);

/*
 * Begin a file, 0600, that is to become NAME: *TEMPORARY is its hidden name
 * beside that until then, .NAMESUFFIX; XXXXXX in SUFFIX is made unique.  OK or
 * FAILED.
 */
MUST_USE enum status file_begin(const char *name, const char *suffix,
    char **temporary, int *fd);

/* Make it durable and give it its NAME, freeing *TEMPORARY.  OK or FAILED. */
MUST_USE enum status file_appear(const char *name, char **temporary, int fd);

/* Remove it, if there is one, freeing *TEMPORARY. */
void file_forget(char **temporary);

/* Should a signal end the program, remove TEMPORARY; NULL: nothing. */
void file_remove_on_signal(const char *temporary);

#endif
