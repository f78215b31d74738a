/*
 * card_state.h: what a device remembers beside its UICC, in a file that is
 * locked and replaced as a card's file is: the RANDs that the card accepted or
 * answered, and when it last answered with a sync failure.
 */
#ifndef GBA_CARD_STATE_H
#define GBA_CARD_STATE_H

#include "store/card.h"

/*
 * Lock the file NAME, which is made where it is absent, and read it into the
 * rands of CARD and *ANSWERED, 0 where there is none.  OK; FAILED as
 * card_lock(); MALFORMED if it is no state of a card.
 */
MUST_USE enum status card_state_lock(struct card_file *, const char *name,
    struct record *card, uint64_t *answered);

/* Replace the file.  OK or FAILED; the lock remains. */
MUST_USE enum status card_state_replace(const struct card_file *,
    const struct record *card, uint64_t answered);

#endif
