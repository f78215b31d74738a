/*
 * carrier.h: what a transport is to the code that uses it: a row of the table
 * in transport.c, each in a file of its own, carry_NAME.c.
 *
 * A carrier takes GPIs to where they go: a socket, a connection, a session
 * with an SMSC, whichever many deliveries share.  It works inside the loop
 * (loop.h) and ends each delivery that it was given with delivery_end(),
 * perhaps before send() returns.
 */
#ifndef GBA_CARRIER_H
#define GBA_CARRIER_H

#include "inbox.h"
#include "loop.h"
#include "record.h"

/* One GPI on its way; it stays where it is until delivery_end(). */
struct delivery {
	const char *uri;	/* where it goes */
	const char *where;	/* the same without its scheme */
	const char *number;	/* the device's, from sms:NUMBER, or NULL */
	bool to_number;		/* the carrier says: that is where it went */
	uint64_t key_lt;	/* after which it is of no use */
	const uint8_t *gpi;
	size_t len;

	/* sends no other */
	void (*end)(struct delivery *, enum state, enum status);

	/* the carrier's, while it has it */
	struct delivery *next;
	uint64_t id, deadline;
	void *own;
};

/*
 * It has left (STATE_SENT), has arrived as its receiver says
 * (STATE_DELIVERED), both with OK; or it did not (STATE_FAILED) for what
 * fail_text() says: FAILED where another try may help, else REJECTED.
 */
void delivery_end(struct delivery *, enum state, enum status);

/* What all carriers and listeners are told. */
struct carriage {
	uint64_t timeout;	/* seconds that an answer may take */
	const char *passwords;	/* a file of lines SYSTEM_ID@HOST:PORT
				   PASSWORD, or NULL */
	/* a sync failure came back; NULL: nobody wants it */
	void (*answer)(void *arg, const uint8_t *, size_t len);
	void *arg;
};

/* A transport's own struct begins with this. */
struct carrier {
	const struct transport *transport;
	const struct carriage *carriage;
	struct carrier *next;
	char name[256];		/* what it was opened for */
	uint64_t busy;		/* deliveries in its hands */
	uint64_t used;		/* when it got the last, for the oldest */
};

struct transport {
	const char *scheme;	/* with its colon, and slashes */

	/* Whether WHERE, what follows the scheme, may be one.  OK or USAGE. */
	enum status (*valid)(const char *where);

	/* How many characters of WHERE name the carrier that it wants. */
	size_t (*name)(const char *where);

	/*
	 * A carrier for NAME, so much of a WHERE, allocated, its base zero;
	 * nothing waits: connections are made in the loop.  OK, REJECTED or
	 * FAILED.
	 */
	enum status (*open)(struct carrier **, const char *name,
	    const struct carriage *);
	void (*send)(struct carrier *, struct delivery *);

	/*
	 * Nothing will be sent any more: tell its peers, and wait in the
	 * loop, until DEADLINE in monotonic milliseconds, for what they may
	 * still have to say.  NULL: nothing.
	 */
	void (*finish)(struct carrier *, uint64_t deadline);

	/*
	 * Waits for nothing.  Deliveries that it still has, and that cannot
	 * leave at once, FAILED for what fail_text() says; frees it.
	 */
	void (*close)(struct carrier *);

	/*
	 * Listen at WHERE, into the inbox, as a listener of it.  NULL: this
	 * one only sends.  OK, USAGE, REJECTED where who delivers them will
	 * not have us, or FAILED.
	 */
	enum status (*listen)(const char *where, struct inbox *,
	    const struct carriage *);

	/* Listen on a socket that somebody opened.  NULL: cannot. */
	enum status (*adopt)(int fd, struct inbox *);
	const char *library;	/* that was not there at build time, or NULL */
};

extern const struct transport carry_udp, carry_tcp, carry_unix, carry_file,
    carry_coap, carry_smpp, carry_pdu;

#endif
