/*
 * coap_uri.h: what both ends of CoAP make of coap://HOST[:PORT][/PATH][?QUERY]
 * (RFC 7252 clause 6).
 */
#ifndef GBA_COAP_URI_H
#define GBA_COAP_URI_H

#include <coap3/coap.h>

#include "base/address.h"

struct coap_uri {
	char text[1024];	/* all of it: what the parts point to */
	coap_uri_t parts;
	char address[272];	/* HOST:PORT */
};

/*
 * The parts of WHERE, what follows the scheme.  PORT is 5683 and PATH is `gpi'
 * where there is none.  OK or USAGE.
 */
MUST_USE enum status coap_uri_split(const char *where, struct coap_uri *);

/* The same address for libcoap. */
coap_address_t coap_uri_address(const struct address *);

/*
 * Add to a request that has a token and no options yet: where it goes, and
 * the content format of GPIs.  False: too long.
 */
MUST_USE bool coap_uri_add(const struct coap_uri *, coap_pdu_t *);

/* Have libcoap begin, and say nothing of its own. */
void coap_uri_quiet(void);

#endif
