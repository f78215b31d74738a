/*
 * journal.h: accepted records that have not left yet, in a file beside the
 * card, so that what the card has spent is not lost with the program.  Each
 * program that uses the card has a file of its own, and the next to start
 * takes over what programs have left that are gone.
 */
#ifndef GBA_JOURNAL_H
#define GBA_JOURNAL_H

#include "record/record.h"
#include "store/card.h"

struct journal {
	char path[CARD_PATH_MAX + 16];
	int fd;			/* locked; -1: none is open */
	size_t end;		/* octets of its batches */
	uint64_t kept;		/* records in them, which the card has spent */
	uint8_t *v;		/* the batch that is being made */
	size_t len, room;
	uint64_t count;		/* records in it */
};

/*
 * Open a journal beside CARD, which is locked, and take over what other runs
 * left, as far as the card has spent it.  What is damaged is told, and kept as
 * JOURNAL.damaged.N.  OK; or FAILED.
 */
MUST_USE enum status journal_open(struct journal *, const struct card_file *);

/* Remove the file, unless records are kept there. */
void journal_close(struct journal *);

/*
 * Give each record that is kept, in the order in which they were accepted.
 * OK; what GIVE returned, which ends it; or FAILED.
 */
MUST_USE enum status journal_each(struct journal *,
    enum status (*give)(void *arg, const struct record *), void *arg);

/* Add an accepted record, encoded, to the batch.  OK or FAILED. */
MUST_USE enum status journal_put(struct journal *, const uint8_t *, size_t len);

/* Forget the batch. */
void journal_drop(struct journal *);

/*
 * Make the batch durable, before CARD, which is locked, is replaced: until it
 * is, the batch does not count.  OK or FAILED.
 */
MUST_USE enum status journal_commit(struct journal *,
    const struct card_file *);

/* The card was replaced: the batch counts. */
void journal_committed(struct journal *);

/* All that is kept has left. */
void journal_left(struct journal *);

#endif
