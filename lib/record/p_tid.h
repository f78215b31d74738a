/*
 * p_tid.h: P-TIDs, as the MTC server makes them and as stores find them.
 */
#ifndef GBA_P_TID_H
#define GBA_P_TID_H

#include "record/p_tid.h"
#include "record/record.h"

#define P_TID_RANDOM 6		/* octets that a P-TID draws */

/*
 * Give R a P-TID: 20 characters of base32hex over 48 bits of MS, milliseconds
 * since 1970, and 48 random ones, so that it sorts by time.
 */
void p_tid_put(struct record *r, uint64_t ms,
    const uint8_t random[static P_TID_RANDOM]);

/*
 * A P-TID as stores find it, in the same order: the 12 octets of one as above,
 * else FF and its characters.  Returns how many octets; a text that is too long
 * for a P-TID gives what no P-TID gives.
 */
#define P_TID_LEN 20
#define P_TID_OCTETS 12
#define P_TID_KEY_MAX 66
size_t p_tid_key(const char *p_tid, uint8_t key[static P_TID_KEY_MAX]);

/* The P-TID, and NUL, of such 12 octets; returns OUT. */
char *p_tid_text(const uint8_t key[static P_TID_OCTETS],
    char out[static P_TID_LEN + 1]);

#endif
