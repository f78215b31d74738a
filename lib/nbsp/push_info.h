/*
 * push_info.h: GPI requests and responses as the JSON of TS 29.309, service
 * Nbsp_GBA, operation PushInfoRetrieval: PushInfoRequest, PushInfoResponse, and
 * ProblemDetails of TS 29.571.  Pure functions: no I/O, no clock.
 *
 *	ueId, ueIdType		ue_id, ue_id_type
 *	uiccAppLabel		app_lbl in hex
 *	nafId			naf_id: nafFqdn in lower case, uaSecProtId
 *	ptId			p_tid
 *	uiccOrMe		um; a NAF that wants GBA_U is gbaUAware
 *	requestedLifeTime	key_lt, as keyExpiryTime is
 *	auts, rand		the same
 *	privateIdRequest	where ue_priv_id is to be compared with impi
 *	mtcTrigger		trigger_ind, _time, _mode: {indication, time?,
 *				mode?: NONE, INTEGRITY or FULL}; this project's
 *	meKeyMaterial		ks_naf; uiccKeyMaterial: ks_int_naf
 *	gbaPushInfo		gpi
 *
 * Members that are not known are ignored, a member that is there twice is not.
 */
#ifndef GBA_PUSH_INFO_H
#define GBA_PUSH_INFO_H

#include "record/record.h"

#define PUSH_INFO_PATH "/nbsp-gba/v1/push-info-retrieval"

#define PUSH_INFO_MAX 16384	/* octets of JSON that are read, at most; */
#define PUSH_INFO_DEPTH 16	/* objects and arrays within each other */
#define PUSH_INFO_ROOM 4096	/* for JSON that is written */

/* What a request asks for besides, and no record has. */
struct push_info_asked {
	bool private_id;	/* privateIdRequest: impi in the response */
	bool gba_u_aware;	/* gbaUAware: uiccKeyMaterial, too */
};

/* What ProblemDetails say besides the failure's text, which is its detail. */
struct push_info_problem {
	const char *cause;	/* of TS 29.500 clause 5.2.7.2, or NULL */
	char param[64];		/* where in the request it is, /nafId/nafFqdn,
				   or "" */
};

/*
 * Read the body of a request, LEN octets JSON, as a record of type request and
 * what it ASKED for.  OK; MALFORMED, and PROBLEM says which member it is.
 */
MUST_USE enum status push_info_read_request(struct record *request,
    struct push_info_asked *asked, struct push_info_problem *problem,
    const char *json, size_t len);

/*
 * Write REQUEST as such a body to OUT; *LEN is its length.  OK; REJECTED where
 * the service's schema does not allow it: a naf_id whose FQDN is none there.
 */
MUST_USE enum status push_info_write_request(const struct record *request,
    char out[static PUSH_INFO_ROOM], size_t *len);

/*
 * Write RESPONSE, which came about at CREATED, to OUT, with its ks_int_naf if
 * it has one; returns its length.  IMPI is NULL where it was not asked for.
 * The caller wipes OUT.
 */
size_t push_info_write_response(const struct record *response,
    const char *impi, uint64_t created, char out[static PUSH_INFO_ROOM]);

/*
 * Read the body of the response to REQUEST as a record of type response, which
 * the caller wipes, also after a failure.  What it does not carry is the
 * request's.  OK; MALFORMED; REJECTED where it is no answer to this request:
 * its GPI is for another um, app_lbl or trigger, its life is longer than what
 * was asked for, or its impi is another.
 */
MUST_USE enum status push_info_read_response(struct record *response,
    const struct record *request, const char *json, size_t len);

/*
 * Write ProblemDetails of the HTTP status CODE to OUT, with DETAIL and PROBLEM,
 * which may be NULL; returns their length.
 */
size_t push_info_write_problem(unsigned code, const char *detail,
    const struct push_info_problem *problem, char out[static PUSH_INFO_ROOM]);

/*
 * What ProblemDetails say, for people: their detail, or else their title or
 * cause; "" where JSON is none.  Nothing there may confuse a terminal.
 * Returns OUT.
 */
#define PUSH_INFO_WORDS 256
const char *push_info_read_problem(const char *json, size_t len,
    char out[static PUSH_INFO_WORDS]);

#endif
