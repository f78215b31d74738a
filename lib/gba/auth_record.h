/*
 * auth_record.h: the secrets of a card or a subscriber.
 */
#ifndef GBA_AUTH_RECORD_H
#define GBA_AUTH_RECORD_H

#include "crypto/af.h"
#include "record/record.h"

/*
 * Check that a card or a subscriber has the secrets that its algorithm needs;
 * auth_record_check_k() checks only K.  OK or MALFORMED.
 */
MUST_USE enum status auth_record_check(const struct record *);
MUST_USE enum status auth_record_check_k(const struct record *);

/* The authentication functions of a card or subscriber; the caller wipes. */
void auth_record_af(const struct record *, struct af *);

#endif
