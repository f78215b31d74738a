/*
 * api.h: the one operation of the BSF, PushInfoRetrieval of Nbsp_GBA (TS
 * 29.309): from what came by HTTP to a request that may be answered, or to the
 * problem that it has.  No I/O.
 */
#ifndef GBA_API_H
#define GBA_API_H

#include "bsf/http2.h"
#include "bsf/tls_server.h"
#include "bsf/tokens.h"
#include "nbsp/push_info.h"
#include "vectors/grant.h"

struct api {
	const struct grant *grant;
	const struct tokens *tokens;	/* NULL: there are none */
	bool trusts;		/* a client that has proved nothing, and the
				   NAF that it says it is */
};

/*
 * What R asks for, who has the NAMES of tls_server_names(), or NULL.  Returns
 * 0; or the status of HTTP that it is refused with, and why in fail_text() and
 * PROBLEM.
 */
unsigned api_read(const struct api *, const char *names,
    const struct http2_request *r, struct record *request,
    struct push_info_asked *asked, struct push_info_problem *problem);

/*
 * Refuse R with the status CODE: a body of ProblemDetails, whose detail is
 * DETAIL.  PROBLEM may be NULL.  OK or FAILED.
 */
MUST_USE enum status api_refuse(struct http2_request *, unsigned code,
    const char *detail, const struct push_info_problem *problem);

/*
 * Answer R with the LEN octets JSON of a response, which were allocated and are
 * taken.  OK or FAILED.
 */
MUST_USE enum status api_answer(struct http2_request *, char *json,
    size_t len);

#endif
