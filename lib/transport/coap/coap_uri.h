/*
 * coap_uri.h: what both ends of CoAP make of coap://HOST[:PORT][/PATH][?QUERY]
 * (RFC 7252 clause 6).
 */
#ifndef GBA_COAP_URI_H
#define GBA_COAP_URI_H

#include <coap3/coap.h>

#include "transport/transport.h"

#define COAP_PATH_MAX 1024

/*
 * In the one form that all equal URIs have (clause 6.3, RFC 3986 clause 6.2):
 * what need not be escaped in the path, is not.
 */
struct coap_uri {
	struct host_port at;
	char address[WHERE_MAX];	/* HOST:PORT */
	char path[COAP_PATH_MAX];	/* without the first slash */
	const char *query;		/* of WHERE; "" where there is none */
};

/*
 * The parts of WHERE, what follows the scheme, which QUERY points into.  PORT
 * is 5683 and PATH is `gpi' where there is none.  OK or USAGE.
 */
MUST_USE enum status coap_uri_split(const char *where, struct coap_uri *);

/* The same for read() of transport.h. */
MUST_USE enum status coap_uri_read(const char *where, enum transport_use,
    char out[static TRANSPORT_WHERE_MAX]);

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
