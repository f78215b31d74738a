/*
 * transport.h: how a GPI reaches a device: one table of transports by the
 * scheme of a URI.
 *
 *	udp://HOST:PORT	  one datagram a GPI
 *	unix:PATH	  one datagram a GPI on a Unix socket
 *	file:PATH	  a CBOR sequence, appended to others
 */
#ifndef GBA_TRANSPORT_H
#define GBA_TRANSPORT_H

#include "io.h"

/* Where GPIs leave; opened sockets and files are kept for the next one. */
struct sender {
	int udp4, udp6, local, file;
	char file_name[256];
};

void sender_init(struct sender *);
void sender_close(struct sender *);

/*
 * Send one GPI to URI.  OK: it left; REJECTED: it could not be delivered, or
 * nothing here knows the scheme; FAILED: a file cannot be written, or there is
 * no socket to be had.
 */
MUST_USE enum status transport_send(struct sender *, const char *uri,
    const uint8_t *gpi, size_t len);

/* Whether URI may be ours.  OK or USAGE. */
MUST_USE enum status transport_valid(const char *uri);

/* Listen on URI, whose datagrams become IN's items.  OK, USAGE or FAILED. */
MUST_USE enum status transport_listen(const char *uri, struct input *in);

#endif
