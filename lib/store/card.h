/*
 * card.h: the device's USIM as a file: one record of type CARD.  One program
 * at a time replaces it, atomically and durably.
 */
#ifndef GBA_CARD_H
#define GBA_CARD_H

#include "record/record.h"

#define CARD_PATH_MAX 4096
#define CARD_MARK 16

struct card_file {
	const char *name;	/* as given */
	char path[CARD_PATH_MAX];	/* with symbolic links resolved */
	int fd;			/* holds the lock; -1: none */
	uint8_t mark[CARD_MARK];	/* of what it held: another card, or
					   state of it, has another */
};

/*
 * Lock the card NAME against all other programs and read it.  While another
 * has it this waits, but not for long after a signal.  OK; FAILED if the file
 * cannot be read, or has a second hard link, under which the old card would
 * remain; MALFORMED if it is no card.
 */
MUST_USE enum status card_lock(struct card_file *, const char *name,
    struct record *card);

/* Replace the file with CARD.  OK or FAILED; the lock remains. */
MUST_USE enum status card_replace(const struct card_file *,
    const struct record *card);

/* Only read the card NAME, without a lock.  OK, MALFORMED or FAILED. */
MUST_USE enum status card_read(const char *name, struct record *card);

/*
 * The same for the octets of a file, of which MAX at most are read; with CREATE
 * one that is not there is made, and is empty.
 */
MUST_USE enum status card_open(struct card_file *, const char *name,
    bool create, uint8_t *v, size_t max, size_t *len);
MUST_USE enum status card_write(const struct card_file *, const uint8_t *v,
    size_t len);

void card_unlock(struct card_file *);

#endif
