/*
 * smpp_uri.h: what both ends of SMPP make of
 * smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM].
 */
#ifndef GBA_SMPP_URI_H
#define GBA_SMPP_URI_H

#include "base/address.h"
#include "sms/sms.h"
#include "transport/smpp/smpp.h"

struct smpp_uri {
	char name[288];		/* [SYSTEM_ID@]HOST:PORT */
	char system_id[16];	/* or "" */
	char address[272];	/* HOST:PORT; 2775 where none was said */
	char number[SMS_NUMBER_MAX + 1];	/* or "" */
	struct sms_params form;
};

/* How many characters of WHERE, what follows the scheme, name the SMSC. */
size_t smpp_uri_name(const char *where);

/* The parts of WHERE.  OK or USAGE. */
MUST_USE enum status smpp_uri_split(const char *where, struct smpp_uri *);

/*
 * The password for NAME, SYSTEM_ID@HOST:PORT, in the file PASSWORDS of lines
 * NAME PASSWORD; empty where there is no file (NULL) or no such line.  QUIET:
 * no complaint where others can read the file.  OK; REJECTED where it is no
 * password of SMPP; MALFORMED or FAILED, as lines_each().
 */
MUST_USE enum status smpp_uri_password(const char *passwords, const char *name,
    bool quiet, char password[static 9]);

#endif
