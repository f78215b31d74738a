/*
 * smppuri.h: what both ends of SMPP make of
 * smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM].
 */
#ifndef GBA_SMPPURI_H
#define GBA_SMPPURI_H

#include "address.h"
#include "smpp.h"
#include "sms.h"

struct smppuri {
	char name[288];		/* [SYSTEM_ID@]HOST:PORT */
	char system_id[16];	/* or "" */
	char address[272];	/* HOST:PORT; 2775 where none was said */
	char number[SMS_NUMBER_MAX + 1];	/* or "" */
	struct sms_form form;
};

/* How many characters of WHERE, what follows the scheme, name the SMSC. */
size_t smppuri_name(const char *where);

/* The parts of WHERE.  OK or USAGE. */
MUST_USE enum status smppuri_split(const char *where, struct smppuri *);

/*
 * The password for NAME, SYSTEM_ID@HOST:PORT, in the file PASSWORDS of lines
 * NAME PASSWORD; empty where there is no file (NULL) or no such line.  QUIET:
 * no complaint where others can read the file.  OK; REJECTED where it is no
 * password of SMPP; MALFORMED or FAILED, as file_read().
 */
MUST_USE enum status smppuri_password(const char *passwords, const char *name,
    bool quiet, char password[static 9]);

#endif
