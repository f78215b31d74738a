/*
 * datafile.h: the files of --dir: DIR/P_TID holds what a device has sent.
 */
#ifndef GBA_DATAFILE_H
#define GBA_DATAFILE_H

#include "file.h"

struct datafile {
	char *temporary;	/* it has no name yet; or NULL */
	bool there;		/* it has its name */
};

/* Begin the file of P_TID, 0600, hidden.  OK or FAILED. */
MUST_USE enum status datafile_begin(struct datafile *, const char *dir,
    const char *p_tid, int *fd);

/*
 * Make what is in it durable, and give it its name, which datafile_sync()
 * makes durable for any number of files.  OK or FAILED.
 */
MUST_USE enum status datafile_appear(struct datafile *, const char *dir,
    const char *p_tid, int fd);
MUST_USE enum status datafile_sync(const char *dir);

/* It is not wanted after all: remove it, whether it has its name or not. */
void datafile_forget(struct datafile *, const char *dir, const char *p_tid);

#endif
