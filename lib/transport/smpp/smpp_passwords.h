/*
 * smpp_passwords.h: a file of the passwords of SMSCs: lines SYSTEM_ID@HOST:PORT
 * PASSWORD, empty ones, and those that begin with `#'.
 */
#ifndef GBA_SMPP_PASSWORDS_H
#define GBA_SMPP_PASSWORDS_H

#include "transport/smpp/smpp.h"

struct smpp_passwords;

/*
 * Read FILE, a name that stays where it is, or `-' for standard input.  OK;
 * MALFORMED where a line is none of these; FAILED.
 */
MUST_USE enum status smpp_passwords_open(struct smpp_passwords **,
    const char *file);

/*
 * The PASSWORD of NAME, SYSTEM_ID@HOST:PORT; *FOUND: there is a line for it.
 * A regular file that changed since is read again: OK, MALFORMED or FAILED;
 * one that is gone is not, nor is a pipe.
 */
MUST_USE enum status smpp_passwords_find(struct smpp_passwords *,
    const char *name, char password[static SMPP_NAME_MAX + 1], bool *found);

/* Wipe it. */
void smpp_passwords_close(struct smpp_passwords *);

#endif
