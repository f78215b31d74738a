/*
 * p_tid.h: P-TIDs: how the MTC server makes them, and their keys in stores.
 */
#ifndef GBA_P_TID_H
#define GBA_P_TID_H

#include "record/record.h"

#define P_TID_RANDOM 6		/* random octets of a P-TID */

/*
 * Give R a P-TID: 20 characters of base32hex that encode 48 bits of MS,
 * milliseconds since 1970, and 48 random bits, so that P-TIDs sort by time.
 */
void p_tid_put(struct record *r, uint64_t ms,
    const uint8_t random[static P_TID_RANDOM]);

/*
 * The key of P_TID in stores, which sorts in the same order: the 12 octets of
 * a P-TID as above, or FF and the characters of any other.  Returns its
 * length.  A text that is too long for a P-TID gives a key that no P-TID has.
 */
#define P_TID_LEN 20
#define P_TID_OCTETS 12
#define P_TID_KEY_MAX 66
size_t p_tid_key(const char *p_tid, uint8_t key[static P_TID_KEY_MAX]);

/* Write the P-TID of such 12 octets, and NUL, to OUT; returns OUT. */
char *p_tid_text(const uint8_t key[static P_TID_OCTETS],
    char out[static P_TID_LEN + 1]);

#endif
