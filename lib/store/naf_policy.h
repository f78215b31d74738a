/*
 * naf_policy.h: the BSF's allow file: which NAF may ask for which device.
 * Lines are `FQDN UA-HEX UE-ID-GLOB'; empty lines are skipped, # begins a
 * comment.
 */
#ifndef GBA_NAF_POLICY_H
#define GBA_NAF_POLICY_H

#include "record/record.h"

struct naf_policy {
	struct naf_rule *rule;
	size_t count, room;
};

/* Read NAME.  OK; MALFORMED, naming the line; FAILED. */
MUST_USE enum status naf_policy_read(struct naf_policy *, const char *name);
void naf_policy_free(struct naf_policy *);

/* Check that REQUEST's naf_id may ask for the identity ID.  OK or REJECTED. */
MUST_USE enum status naf_policy_check(const struct naf_policy *,
    const struct record *request, const char *id);

#endif
