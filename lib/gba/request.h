/*
 * request.h: what an MTC server asks of the BSF (step 401 of gba-push(7)).
 * Pure functions on records: no I/O, no clock, no store.
 */
#ifndef GBA_REQUEST_H
#define GBA_REQUEST_H

#include "record/record.h"

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
