/*
 * smpp_uri.h: what both ends of SMPP make of
 * smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM], or smpps:// for TLS.
 */
#ifndef GBA_SMPP_URI_H
#define GBA_SMPP_URI_H

#include "base/address.h"
#include "sms/sms.h"
#include "transport/smpp/smpp.h"
#include "transport/transport.h"

struct smpp_uri {
	bool secure;		/* smpps:// */
	char uri[LISTENER_NAME_MAX];	/* its scheme, and */
	char name[SMPP_NAME_MAX + 1 + WHERE_MAX];	/* [SYSTEM_ID@] and */
	char system_id[SMPP_NAME_MAX + 1];	/* or "" */
	char address[WHERE_MAX];	/* HOST:PORT */
	char number[SMS_NUMBER_MAX + 1];	/* or "" */
	struct sms_params form;
};

/*
 * The name of the session that WHERE, what follows the scheme, wants: who and
 * where the SMSC is, and the parameters of its bind.
 */
void smpp_uri_name(const char *where, char name[static TRANSPORT_WHERE_MAX]);

/* The parts of WHERE, behind smpps:// where it is SECURE.  OK or USAGE. */
MUST_USE enum status smpp_uri_split(const char *where, bool secure,
    struct smpp_uri *);

#endif
