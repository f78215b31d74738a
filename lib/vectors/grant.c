/* grant.c: what the BSF grants a request. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gba/steps.h"
#include "vectors/grant.h"

/* A NAF is who the transport says it is, not who its request says. */
static enum status
check_peer(const struct grant *g, const struct record *request)
{
	char naf[FQDN_MAX + 1];

	record_naf_fqdn(request, naf);
	return g->peer == NULL || strcmp(g->peer, naf) == 0 ? OK :
	    fail(REJECTED, "naf_id: found %s, expected %s of --peer", naf,
	    g->peer);
}

enum status
grant_naf(const struct grant *g, const struct record *request)
{
	enum status status;

	if ((status = gba_naf_allowed(request, g->bsf)) != OK ||
	    (status = check_peer(g, request)) != OK)
		return status;
	return !g->allows ? OK : naf_policy_check(&g->policy, request,
	    request->ue_id.v);
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
