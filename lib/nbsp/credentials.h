/*
 * credentials.h: what a client proves itself with, and whom it trusts: files of
 * PEM, and a bearer token, each checked when it is read.
 */
#ifndef GBA_CREDENTIALS_H
#define GBA_CREDENTIALS_H

#include "base/octets.h"
#include "base/status.h"

struct credentials {
	struct pem {
		char *v;	/* NULL: none */
		size_t len;
	} cert, key, ca;
	char *bearer;		/* "Authorization: Bearer TOKEN", or NULL */
};

/*
 * Read these files, of which each may be NULL.  CERT and KEY are of one pair;
 * TOKEN_FILE has the token as its first word.  OK; USAGE where one of the pair
 * is missing; MALFORMED; FAILED.  credentials_free() follows in any case, and
 * erases them.
 */
MUST_USE enum status credentials_read(struct credentials *, const char *cert,
    const char *key, const char *ca, const char *token_file);
void credentials_free(struct credentials *);

#endif
