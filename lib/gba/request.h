/*
 * request.h: requests of the MTC server to the BSF (step 401 of gba-push(7)).
 * Pure functions on records: no I/O, no clock, no store.
 */
#ifndef GBA_REQUEST_H
#define GBA_REQUEST_H

#include "record/record.h"

/*
 * Make the request for DEVICE: naf_id, trigger and ue_id_type as in TEMPLATE,
 * and KEY_LT.  The caller sets p_tid.
 */
void request_make(struct record *request, const struct record *template,
    const struct record *device, uint64_t key_lt);

/*
 * Make the new request for a sync failure: as OLD of time WHEN, with RAND and
 * AUTS, and the same lifetime counted from NOW.  It has the p_tid of OLD, which
 * the caller replaces.
 */
void request_again(struct record *request, const struct record *old,
    uint64_t when, const struct record *sync_failure, uint64_t now);

#endif
