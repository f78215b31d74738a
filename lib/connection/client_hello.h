/*
 * client_hello.h: what can be read of a ClientHello before TLS is: whether it
 * is there, and who sends it.  RFC 8446 clauses 4.1.2, 4.2.11 and 5.1.
 */
#ifndef GBA_CLIENT_HELLO_H
#define GBA_CLIENT_HELLO_H

#include "base/octets.h"

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

/*
 * The first identity that a store may know, in the pre_shared_key of a
 * ClientHello, its LEN octets in V.  NULL: there is none.
 */
const uint8_t *client_hello_identity(const uint8_t *v, size_t len,
    size_t *id_len);

#endif
