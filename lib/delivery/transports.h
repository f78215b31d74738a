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

/* The transport of URI, *WHERE what follows its scheme.  OK or USAGE. */
MUST_USE enum status transport_find(const char *uri,
    const struct transport **, const char **where);

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
