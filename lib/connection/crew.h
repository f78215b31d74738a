/*
 * crew.h: the processes of one server, of which each serves its share of the
 * devices: those whose P-TIDs are its own.  So all connections of one device
 * meet in one process, whichever has accepted them.
 */
#ifndef GBA_CREW_H
#define GBA_CREW_H

#include <stdatomic.h>

#include "base/address.h"
#include "connection/serve.h"

/* What all of them count together. */
struct crew_tally {
	atomic_ullong taken;	/* connections that have proved a key */
	atomic_ullong ended;	/* of these */
};

/* What one of them has of it; of a server that is one process: all zero. */
struct crew {
	unsigned count, me;	/* ME from 0 */
	int listener;		/* the one of all */
	int inbox;		/* what others hand over */
	int outbox[SERVE_WORKERS];	/* theirs */
	uint8_t salt[16];	/* so that nobody chooses whose a P-TID is */
	struct crew_tally *tally;
};

/* The sockets of a crew of COUNT, to be forked; INBOX has those of each. */
MUST_USE enum status crew_open(struct crew *, unsigned count,
    int inbox[static SERVE_WORKERS]);

/* Who has the P-TID; ME, where there is no crew. */
unsigned crew_owner(const struct crew *, const char *p_tid);

/*
 * Hand the connection FD, which is from FROM and of which nothing was read, to
 * OWNER; it stays the caller's, too.  False: not now.
 */
bool crew_hand_over(const struct crew *, unsigned owner, int fd,
    const struct address *from);

/*
 * Take one that was handed over; *FD is -1 where there is none.  OK, or FAILED
 * where there was no descriptor for it.
 */
MUST_USE enum status crew_take(const struct crew *, int *fd,
    struct address *from);

#endif
