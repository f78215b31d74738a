/*
 * answers.h: the sync failures that come back on a connection: at most one for
 * each GPI that was sent there, and only for their RANDs.
 */
#ifndef GBA_ANSWERS_H
#define GBA_ANSWERS_H

#include "transport/transport.h"

#define ANSWERS_MAX 8192	/* GPIs, the last ones, that may have one */

/* All zero at first, and again after answers_free(). */
struct answers {
	uint8_t (*rand)[16];	/* of those without an answer */
	size_t room, next, count;
	uint64_t due;		/* answers that may come */
};

void answers_free(struct answers *);

/* GPI was sent.  Without memory its answer will be refused. */
void answers_expect(struct answers *, const uint8_t *gpi, size_t len);

/*
 * ITEM came: pass it on to what C says, unless it is the answer to no GPI, of
 * which is complained, for NAME, once a second.  OK; or FAILED where the peer
 * sends more than there are GPIs.
 */
MUST_USE enum status answers_take(struct answers *,
    const struct transport_options *c, const char *name, const uint8_t *item,
    size_t len);

#endif
