/*
 * tokens.h: the file of the bearer tokens of NAFs (RFC 6750).  Lines are
 * `TOKEN FQDN'; empty lines are skipped, # at the beginning makes a comment.
 */
#ifndef GBA_TOKENS_H
#define GBA_TOKENS_H

#include "base/octets.h"
#include "base/status.h"

#define TOKEN_MAX 256		/* characters */

struct tokens {
	struct naf_token *v;
	size_t count, room;
};

/* Read NAME.  OK; MALFORMED, naming the line; FAILED. */
MUST_USE enum status tokens_read(struct tokens *, const char *name);
void tokens_free(struct tokens *);

/*
 * The NAF of the token of AUTHORIZATION, a header of LEN characters, or NULL;
 * in a time that depends on none of the tokens.
 */
const char *tokens_find(const struct tokens *, const char *authorization,
    size_t len);

#endif
