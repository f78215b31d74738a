/*
 * binder.h: what proves, in a ClientHello, that its sender has an external PSK.
 * RFC 8446 clauses 4.2.11.2 and 7.1, with SHA-256.
 */
#ifndef GBA_BINDER_H
#define GBA_BINDER_H

#include "base/octets.h"
#include "base/status.h"

#define BINDER_LEN 32

/*
 * The BINDER that a ClientHello has from who has the KEY: over LEN octets of
 * the message, all before the vector of binders.  OK or FAILED.
 */
MUST_USE enum status binder_make(const uint8_t key[static 32],
    const uint8_t *message, size_t len, uint8_t binder[static BINDER_LEN]);

#endif
