/* grant.c: what the BSF grants a request. */
#include <inttypes.h>

#include "base/clock.h"
#include "gba/steps.h"
#include "vectors/grant.h"

enum status
grant_naf(const struct grant *g, const struct record *request)
{
	enum status status = gba_naf_allowed(request, g->bsf);

	return status != OK || !g->allows ? status :
	    naf_policy_check(&g->policy, request, request->ue_id.v);
}

/*
 * Where the private identity selects the subscriber, and nobody compares it
 * with the public one, the NAF has to be allowed both.
 */
enum status
grant_private(const struct grant *g, const struct source_kind *kind,
    const struct record *request)
{
	return !g->allows || !kind->by_imsi ||
	    !record_has(request, HAS(UE_PRIV_ID)) ? OK :
	    naf_policy_check(&g->policy, request, request->ue_priv_id.v);
}

enum status
grant_lifetime(const struct grant *g, const struct record *request,
    uint64_t *key_lt)
{
	uint64_t now = clock_now();
	char date[CLOCK_DATE_MAX];

	if (request->key_lt <= now)
		return fail(REJECTED, "key_lt: found %" PRIu64 " (%s), "
		    "expected a later time than now", request->key_lt,
		    clock_date(request->key_lt, date));
	*key_lt = request->key_lt < now + g->max_lifetime ? request->key_lt :
	    now + g->max_lifetime;
	return OK;
}
