/*
 * request.h: what an MTC server asks of the BSF (step 401 of gba-push(7)).
 * Pure functions on records: no I/O, no clock, no store.
 */
#ifndef GBA_REQUEST_H
#define GBA_REQUEST_H

#include "record.h"

#define P_TID_RANDOM 6		/* octets that a P-TID draws */

/*
 * A P-TID: 20 characters of base32hex over 48 bits of MS, milliseconds since
 * 1970, and 48 random ones, so that it sorts by time.
 */
void request_put_p_tid(struct record *request, uint64_t ms,
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

/*
 * The request for DEVICE: what TEMPLATE has of naf_id, trigger and ue_id_type,
 * and KEY_LT; its p_tid is still to be put.
 */
void request_make(struct record *request, const struct record *template,
    const struct record *device, uint64_t key_lt);

/*
 * The one new request that a sync failure earns: as OLD of time WHEN, with
 * RAND and AUTS, its lifetime counted anew from NOW; its p_tid is still old.
 */
void request_again(struct record *request, const struct record *old,
    uint64_t when, const struct record *sync_failure, uint64_t now);

#endif
