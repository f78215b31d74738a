/*
 * card.h: the device's USIM as a file: one record of type CARD, replaced at
 * once and durably, by one program at a time.
 */
#ifndef GBA_CARD_H
#define GBA_CARD_H

#include "record/record.h"

struct card_file {
	const char *name;	/* as it was given */
	char path[4096];	/* without symbolic links, which stay */
	int fd;			/* holds the lock; -1: none */
};

/*
 * Lock the card NAME against all others and read it.  OK; FAILED where the
 * file cannot be read, or has a second name, under which it would stay as it
 * is; MALFORMED where it is no card.
 */
MUST_USE enum status card_lock(struct card_file *, const char *name,
    struct record *card);

/* Put CARD in its place.  OK or FAILED; the lock stays. */
MUST_USE enum status card_replace(const struct card_file *,
    const struct record *card);

void card_unlock(struct card_file *);

#endif
