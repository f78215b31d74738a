/*
 * grant.h: what the BSF grants a request, before a vector is spent on it: step
 * 402 of gba-push(7).
 */
#ifndef GBA_GRANT_H
#define GBA_GRANT_H

#include "store/naf_policy.h"
#include "vectors/source.h"

struct grant {
	const char *bsf;		/* the BSF's name */
	const char *peer;		/* the one NAF that asks, or NULL: the
					   caller has checked who it is */
	uint64_t max_lifetime;		/* of a key, in seconds */
	bool allows;			/* there is a policy */
	struct naf_policy policy;
};

#define GRANT_LIFETIME (24 * 60 * 60)	/* the longest, by default */

/*
 * Check that a NAF may ask, and for this device: its naf_id is not reserved, it
 * is the peer, and the policy allows the identity in the request.  OK or
 * REJECTED.
 */
MUST_USE enum status grant_naf(const struct grant *,
    const struct record *request);

/*
 * Check that it may ask for the private identity, too, where that selects the
 * subscriber at an HSS of this KIND.  OK or REJECTED.
 */
MUST_USE enum status grant_private(const struct grant *,
    const struct source_kind *kind, const struct record *request);

/* The lifetime that it gets.  OK; REJECTED where it has ended already. */
MUST_USE enum status grant_lifetime(const struct grant *,
    const struct record *request, uint64_t *key_lt);

#endif
