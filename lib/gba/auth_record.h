/*
 * auth_record.h: the secrets of a card or a subscriber.
 */
#ifndef GBA_AUTH_RECORD_H
#define GBA_AUTH_RECORD_H

#include "crypto/af.h"
#include "gba/auth_record.h"
#include "record/record.h"

/*
 * Whether a card or a subscriber has the secrets its algorithm wants; of them
 * K alone.  OK or MALFORMED.
 */
MUST_USE enum status auth_record_check(const struct record *);
MUST_USE enum status auth_record_check_k(const struct record *);

/* The authentication functions of a card or a subscriber; wiped by caller. */
void auth_record_af(const struct record *, struct af *);

#endif
