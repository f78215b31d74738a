/*
 * transport.h: what a transport is to the code that uses it: a row of the table
 * in delivery/transports.c, which NAME_send.c and NAME_listen.c fill.
 *
 * A connection takes GPIs to where they go: a socket, a TCP connection, a
 * session with an SMSC, whichever many deliveries share.  It works inside the
 * loop (loop.h) and ends each delivery that it was given with delivery_end(),
 * perhaps before send() returns.
 */
#ifndef GBA_TRANSPORT_H
#define GBA_TRANSPORT_H

#include "base/address.h"
#include "base/loop.h"
#include "record/record.h"
#include "transport/inbox.h"

/* What follows the scheme of a URI, at most 255 characters, in its one form. */
#define TRANSPORT_WHERE_MAX WHERE_MAX

/* One GPI on its way; it stays where it is until delivery_end(). */
struct delivery {
	const char *uri;	/* where it goes */
	const char *where;	/* the same without its scheme */
	const char *number;	/* the device's, from sms:NUMBER, or NULL */
	bool to_number;		/* set by the connection: it went to NUMBER */
	uint64_t asked_ms;	/* the same: its receiver wants no other try
				   before, or 0 */
	uint64_t key_lt;	/* after which it is of no use */
	const uint8_t *gpi;
	size_t len;

	/* called by delivery_end() alone; must not send another */
	void (*end)(struct delivery *, enum state, const struct outcome *);

	/* the connection's, while it has it */
	struct delivery *next;
	uint64_t id, deadline;
	void *own;
};

/*
 * It has left (STATE_SENT) or has arrived, as its receiver says
 * (STATE_DELIVERED), both with NULL; or it did not (STATE_FAILED) for OUTCOME:
 * FAILED where another try may help, else REJECTED.
 */
void delivery_end(struct delivery *, enum state, const struct outcome *);

/* The same for STATUS: OK is STATE, else it failed for the last failure. */
void delivery_came_to(struct delivery *, enum state, enum status);

/* What all connections and listeners are told. */
struct transport_options {
	uint64_t timeout;	/* seconds that an answer may take */
	bool makes_files;	/* addresses are those of whoever runs this */
	const char *passwords;	/* a file, as of smpp_passwords.h, or NULL */
	const char *ca;		/* a file of certificates, as of tls_client.h;
				   or NULL */
	bool again;		/* what fails is tried again: connections say
				   themselves why they do */

	/* what transport_prepare() makes of these */
	struct smpp_passwords *known;
	struct ssl_ctx_st *tls;

	/* a sync failure came back; NULL: nobody wants it */
	void (*answer)(void *arg, const uint8_t *, size_t len);
	void *arg;
};

/* A transport's own struct begins with this. */
struct connection {
	const struct transport *transport;
	const struct transport_options *options;
	struct connection *next;
	char name[TRANSPORT_WHERE_MAX];	/* what it was opened for */
	uint64_t busy;		/* deliveries in its hands */
	uint64_t used;		/* when it got the last, for the oldest */
};

/* What a URI is for. */
enum transport_use {
	USE_SEND,
	USE_LISTEN,		/* port 0 is any that is free */
	USE_KEEP		/* to be sent to later, by whoever reads it */
};

struct transport {
	const char *scheme;	/* with its colon, and slashes */

	/*
	 * Whether WHERE, what follows the scheme, may be one.  OK or USAGE.
	 * NULL where there is read().
	 */
	enum status (*valid)(const char *where);

	/*
	 * The same for a WHERE that has a host: OUT gets its one form.  For
	 * USE_KEEP this machine has its interface, or FAILED.  NULL: there is
	 * but one form.
	 */
	enum status (*read)(const char *where, enum transport_use,
	    char out[static TRANSPORT_WHERE_MAX]);

	/*
	 * NAME is that of the connection that WHERE wants.  NULL: there is
	 * one for all.
	 */
	void (*name)(const char *where, char name[static TRANSPORT_WHERE_MAX]);

	/*
	 * A connection for NAME, itself a WHERE, allocated, its base zero;
	 * nothing waits: connections are made in the loop.  OK, REJECTED or
	 * FAILED.
	 */
	enum status (*open)(struct connection **, const char *name,
	    const struct transport_options *);
	void (*send)(struct connection *, struct delivery *);

	/*
	 * Nothing will be sent any more: tell its peers, and wait in the
	 * loop, until DEADLINE in monotonic milliseconds, for what they may
	 * still have to say.  NULL: nothing.
	 */
	void (*finish)(struct connection *, uint64_t deadline);

	/*
	 * Waits for nothing.  Deliveries that it still has, and that cannot
	 * leave at once, end with WHY; frees it.
	 */
	void (*close)(struct connection *, const struct outcome *why);

	/*
	 * Listen at WHERE, into the inbox, as a listener of it.  NULL: this
	 * one only sends.  OK, USAGE, REJECTED where the SMSC refuses
	 * us, or FAILED.
	 */
	enum status (*listen)(const char *where, struct inbox *,
	    const struct transport_options *);

	/* Listen on a socket that somebody opened.  NULL: cannot. */
	enum status (*adopt)(int fd, struct inbox *);
	bool tells;		/* it says itself why it tries again */
	bool local;		/* its FAILED is the fault of this machine */
	const char *library;	/* that was not there at build time, or NULL */
};

/* transport.name where all of WHERE is the name. */
void transport_name_all(const char *where,
    char name[static TRANSPORT_WHERE_MAX]);
/*
 * The read() of HOST:PORT; and the valid() of a PATH, which `//HOST/' is not,
 * of the SCHEME.  OK; USAGE; FAILED, as read().
 */
MUST_USE enum status transport_read_address(const char *where,
    enum transport_use, char out[static TRANSPORT_WHERE_MAX]);
MUST_USE enum status transport_path_valid(const char *scheme,
    const char *path);

/* What holds for every HOST:PORT that is to be USED.  OK, USAGE or FAILED. */
MUST_USE enum status transport_host_valid(const struct host_port *,
    enum transport_use);

extern const struct transport transport_udp, transport_tcp, transport_unix,
    transport_file, transport_coap, transport_smpp, transport_smpps,
    transport_sms_pdu;

#endif
