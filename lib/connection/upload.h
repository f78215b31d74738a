/*
 * upload.h: the files of --dir: DIR/P_TID holds what a device has sent.
 */
#ifndef GBA_UPLOAD_H
#define GBA_UPLOAD_H

#include "base/file.h"

struct upload {
	char *temporary;	/* it has no name yet; or NULL */
	bool there;		/* it has its name */
};

/* Begin the file of P_TID, 0600, hidden.  OK or FAILED. */
MUST_USE enum status upload_begin(struct upload *, const char *dir,
    const char *p_tid, int *fd);

/*
 * Make what is in it durable, and give it its name, which upload_sync()
 * makes durable for any number of files.  OK or FAILED.
 */
MUST_USE enum status upload_appear(struct upload *, const char *dir,
    const char *p_tid, int fd);
MUST_USE enum status upload_sync(const char *dir);

/* It is not wanted after all: remove it, whether it has its name or not. */
void upload_forget(struct upload *, const char *dir, const char *p_tid);

#endif
