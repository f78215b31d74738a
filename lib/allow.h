/*
 * allow.h: the BSF's allow file: which NAF may ask for whom.  Lines
 * `FQDN UA-HEX UE-ID-GLOB'; empty lines and those from # on do not count.
 */
#ifndef GBA_ALLOW_H
#define GBA_ALLOW_H

#include "record.h"

struct allow {
	struct allow_rule *rule;
	size_t count;
};

/* Read NAME.  OK; MALFORMED, naming the line; FAILED. */
MUST_USE enum status allow_read(struct allow *, const char *name);
void allow_free(struct allow *);

/* Whether REQUEST's naf_id may ask for its ue_id.  OK or REJECTED. */
MUST_USE enum status allow_check(const struct allow *,
    const struct record *request);

#endif
