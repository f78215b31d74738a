/*
 * client_hello.h: what can be read of a ClientHello before TLS is: whether it
 * is there, who sends it, and how that is proved.  RFC 8446 clauses 4.1.2,
 * 4.2.11 and 5.1.
 */
#ifndef GBA_CLIENT_HELLO_H
#define GBA_CLIENT_HELLO_H

#include "connection/binder.h"

#define CLIENT_HELLO_MAX 16384	/* with the headers of its records */

#define TLS_IDENTITY "3GPP-bootstrapping;"	/* and P-TID: TS 33.222, 5.3 */
#define TLS_IDENTITY_LEN (sizeof(TLS_IDENTITY) - 1)

/*
 * Of what a peer sends, LEN octets are in V: how many there have to be, at
 * least, until its ClientHello is whole.  So many are there already where it
 * is, and where what comes is no ClientHello.  More than CLIENT_HELLO_MAX:
 * it is too long.
 */
size_t client_hello_wants(const uint8_t *v, size_t len);

/* What a ClientHello says of the key that its sender has. */
struct client_psk {
	const uint8_t *identity;	/* the first that a store may know */
	size_t len;
	const uint8_t *binder;		/* BINDER_LEN octets that prove it, */
	size_t bound;			/* over so many of the message */
};

/*
 * Look for that in a ClientHello that is whole, LEN octets in V.  MESSAGE gets
 * it out of its records, and is what PSK points into.  False: there is none, or
 * what is there is malformed.
 */
bool client_hello_psk(const uint8_t *v, size_t len,
    uint8_t message[static CLIENT_HELLO_MAX], struct client_psk *psk);

#endif
