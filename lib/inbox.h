/*
 * inbox.h: what a device sent, as the file DIR/P_TID, whole or not at all.
 */
#ifndef GBA_INBOX_H
#define GBA_INBOX_H

#include "status.h"

/* A temporary file, 0600; *NAME gets its name.  OK or FAILED. */
MUST_USE enum status inbox_open(char **name, int *fd, const char *dir,
    const char *p_tid);

/* Make it durable and rename it, freeing *NAME.  OK or FAILED. */
MUST_USE enum status inbox_keep(char **name, int fd, const char *dir,
    const char *p_tid);

/* Remove it, if there is one, freeing *NAME. */
void inbox_drop(char **name);

#endif
