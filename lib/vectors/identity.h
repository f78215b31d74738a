/*
 * identity.h: whom a request is about.
 */
#ifndef GBA_IDENTITY_H
#define GBA_IDENTITY_H

#include "record/record.h"

#define IMSI_MAX 15

/* Which identity the request's ue_id is: public where it does not say. */
enum ue_id_type identity_type(const struct record *request);

/* The request's private identity (IMPI), or NULL where it has none. */
const char *identity_private(const struct record *request);

/*
 * The IMSI of an IMPI, IMSI@ims.mncMNC.mccMCC.3gppnetwork.org as TS 23.003
 * clause 13.3 has it, of IMSI@REALM or of IMSI alone.  OK; REJECTED where it
 * begins with no IMSI, or names another MNC or MCC.
 */
MUST_USE enum status identity_imsi(const char *impi,
    char imsi[static IMSI_MAX + 1]);

#endif
