/*
 * transports.h: how GPIs reach devices, by the scheme of a URI: one table of
 * transports (gpi(5) has what each does).
 *
 *	udp://HOST:PORT	    one datagram a GPI
 *	tcp://HOST:PORT	    a CBOR sequence
 *	unix:PATH	    one datagram a GPI on a Unix socket
 *	file:PATH	    a CBOR sequence, appended to others
 *	coap://HOST[:PORT][/PATH]   a confirmable POST
 *	smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM]	short messages
 *	smpps://...	    the same over TLS
 *	sms-pdu:PATH[?FORM]	    the same as lines of hex
 */
#ifndef GBA_TRANSPORTS_H
#define GBA_TRANSPORTS_H

#include "transport/transport.h"

/*
 * The transport of URI, and into WHERE what follows its scheme, in its one
 * form.  OK; USAGE; for USE_KEEP also FAILED.
 */
MUST_USE enum status transport_find(const char *uri, enum transport_use,
    const struct transport **, char where[static TRANSPORT_WHERE_MAX]);

/* The NUMBER of sms:NUMBER, which is sent to through another URI; or NULL. */
const char *transport_sms_number(const char *uri);

/*
 * Check that URI, sms:NUMBER or one of a transport, can be sent to from this
 * machine; its one form to KEPT.  OK; USAGE; FAILED where it lacks an
 * interface for that.
 */
#define TRANSPORT_KEPT_MAX (TRANSPORT_WHERE_MAX + 16)
MUST_USE enum status transport_keep(const char *uri,
    char kept[static TRANSPORT_KEPT_MAX]);

/*
 * Read the files that the options name, before they are used; and wipe what
 * was read.  OK, MALFORMED or FAILED.
 */
MUST_USE enum status transport_prepare(struct transport_options *);
void transport_release(struct transport_options *);

/* Listen on URI, into the inbox.  OK, USAGE, REJECTED or FAILED. */
MUST_USE enum status transport_listen(const char *uri, struct inbox *,
    const struct transport_options *);

/*
 * Listen on the sockets that the parent process opened for the program, as
 * systemd does (LISTEN_PID, LISTEN_FDS); *COUNT gets how many.  OK, USAGE
 * where one is of no kind that a transport has, or FAILED.
 */
MUST_USE enum status transport_adopt(struct inbox *, size_t *count);

/* The line of --version: which transports are in, and which are not. */
const char *transport_list(void);

#endif
