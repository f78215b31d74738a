/*
 * link.h: what a way to a UICC provides: a reader, or a modem.
 */
#ifndef GBA_LINK_H
#define GBA_LINK_H

#include "uicc/apdu.h"

struct link_functions {
	/* Nobody else may come in between until end().  OK or FAILED. */
	enum status (*begin)(void *link);

	/*
	 * Have the application chosen whose AID begins like this; *SW is what
	 * the card says to it.  NULL: it takes SELECT.  OK or FAILED.
	 */
	enum status (*choose)(void *link, const uint8_t *aid, size_t len,
	    unsigned *sw);

	/* One command as it is, and its answer.  OK or FAILED. */
	enum status (*transmit)(void *link, const struct apdu *,
	    struct answer_apdu *);

	void (*end)(void *link);
	void (*close)(void *link);
};

struct link {
	const struct link_functions *functions;
	void *arg;
};

/*
 * NAME is a reader's name or the beginning of it; empty: the only one with a
 * card.  OK or FAILED.
 */
MUST_USE enum status pcsc_open(struct link *, const char *name);

/* NAME is DEVICE or DEVICE,BAUD.  OK, USAGE or FAILED. */
MUST_USE enum status modem_open(struct link *, const char *name);

#endif
