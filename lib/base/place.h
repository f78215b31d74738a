/*
 * place.h: where the name of a file leads, through all links: to a file, a
 * device, a FIFO, a descriptor, or to nothing yet.
 */
#ifndef GBA_PLACE_H
#define GBA_PLACE_H

#include <limits.h>
#include <sys/types.h>

#include "base/octets.h"
#include "base/status.h"

struct place {
	char path[PATH_MAX];	/* no symbolic link itself */
	int fd;			/* the descriptor that NAME means, or -1 */
	mode_t mode;		/* of what is there; 0: nothing is */
	dev_t dev;		/* of what is there, or of its directory */
	ino_t ino;
};

/*
 * Follow NAME, as `link', /dev/stdout or /dev/fd/3; a descriptor counts only if
 * this program was given it.  OK, also where the file is still to be made; or
 * FAILED: it cannot be looked at, or its directory is missing.
 */
MUST_USE enum status place_find(struct place *, const char *name);

/* The place of a descriptor. */
MUST_USE enum status place_of(struct place *, int fd);

/*
 * Whether both are one file, one FIFO or one socket, or will be.  A device is
 * no place: /dev/null may be named as often as one likes.
 */
bool place_same(const struct place *, const struct place *);

/* Whether a file at the place can be replaced by another.  OK or FAILED. */
MUST_USE enum status place_replaceable(const struct place *,
    const char *name);

#endif
