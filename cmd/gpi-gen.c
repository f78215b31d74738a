/*
 * gpi-gen: make the draft of a GPI for each request, from a fresh vector of
 * the HSS.  Run by the BSF beside the AuC (step 402 of gba-push(7)).
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gba/steps.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "store/naf_policy.h"
#include "vectors/vectors.h"

static struct {
	const char *hss, *allow_file, *peer;
	struct record bsf;
	uint64_t max_lifetime;
	struct vectors vectors;
	struct naf_policy allow;
} arg = { .max_lifetime = 24 * 60 * 60 };

static const struct opt opts[] = {
	{ "hss", 0, OPT_STRING, "HSS", &arg.hss, 0, ALL_VERBS, ALL_VERBS,
	  "its store, gsup://HOST[:PORT][/NAME] or slf:FILE" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, ALL_VERBS, ALL_VERBS,
	  "the BSF's name, to which K_GPI is bound" },
	{ "peer", 0, OPT_STRING, "FQDN", &arg.peer, 0, ALL_VERBS, 0,
	  "the NAF as the transport authenticated it" },
	{ "allow", 0, OPT_STRING, "FILE", &arg.allow_file, 0, ALL_VERBS, 0,
	  "which NAF may ask for which device" },
	{ "max-lifetime", 0, OPT_NUMBER, "S", &arg.max_lifetime, 0, ALL_VERBS,
	  0, "longest lifetime of a key (one day)" },
	{ "cache", 0, OPT_NUMBER, "MIB", &db_cache_mib, 0, ALL_VERBS, 0,
	  "memory for what is read of a store (40)" },
	CONFINE_OPTS(ALL_VERBS),
};

/* A NAF is who the transport says it is, not who its request says. */
static enum status
check_naf(const struct record *request)
{
	char naf[FQDN_MAX + 1];
	enum status status;

	if ((status = gba_naf_allowed(request, arg.bsf.bsf.v)) != OK)
		return status;
	record_naf_fqdn(request, naf);
	if (arg.peer != NULL && strcmp(arg.peer, naf) != 0)
		return fail(REJECTED, "naf_id: found %s, expected %s of "
		    "--peer", naf, arg.peer);
	return arg.allow_file == NULL ? OK : naf_policy_check(&arg.allow,
	    request, request->ue_id.v);
}

/*
 * Where the private identity selects the subscriber, and nobody compares it
 * with the public one, the NAF has to be allowed both.
 */
static enum status
check_private(const struct hss *hss, const struct record *request)
{
	return arg.allow_file == NULL || !hss->kind->by_imsi ||
	    !record_has(request, HAS(UE_PRIV_ID)) ? OK :
	    naf_policy_check(&arg.allow, request, request->ue_priv_id.v);
}

static enum status
grant_lifetime(const struct record *request, uint64_t *key_lt)
{
	uint64_t now = clock_now();
	char date[CLOCK_DATE_MAX];

	if (request->key_lt <= now)
		return fail(REJECTED, "key_lt: found %" PRIu64 " (%s), "
		    "expected a later time than now", request->key_lt,
		    clock_date(request->key_lt, date));
	*key_lt = request->key_lt < now + arg.max_lifetime ? request->key_lt :
	    now + arg.max_lifetime;
	return OK;
}

/* ---- what is done with each ---- */

/* All checks of a request come before its vector is spent. */
static enum status
take(void *unused, size_t i, const struct item *item)
{
	const struct record *request = item->r;
	struct hss *hss;
	enum status status;
	uint64_t key_lt;

	(void)unused;
	if ((status = check_naf(request)) != OK ||
	    (status = vectors_locate(&arg.vectors, request, &hss)) != OK ||
	    (status = check_private(hss, request)) != OK ||
	    (status = grant_lifetime(request, &key_lt)) != OK)
		return status;
	return vectors_want(&arg.vectors, i, hss, request);
}

static enum status
find(void *unused)
{
	(void)unused;
	return vectors_find(&arg.vectors);
}

static enum status
decide(void *unused, size_t i, const struct item *item, struct output *out)
{
	const struct record *request = item->r;
	struct record draft;
	struct vector vector;
	enum status status;
	uint64_t key_lt;

	(void)unused;
	if ((status = grant_lifetime(request, &key_lt)) != OK)
		return status;
	status = vectors_get(&arg.vectors, i, request, &vector);
	if (status == OK) {
		status = gba_generate(request, &vector, arg.bsf.bsf.v, key_lt,
		    &draft);
		if (status == OK)
			output_record(out, &draft);
		record_wipe(&draft);
	}
	wipe(&vector, sizeof(vector));
	return status;
}

static void
forget(void *unused)
{
	(void)unused;
	vectors_forget(&arg.vectors);
}

static enum status
commit(void *unused)
{
	(void)unused;
	return vectors_commit(&arg.vectors);
}

static void
abandon(void *unused)
{
	(void)unused;
	vectors_abandon(&arg.vectors);
}

static void
forget_rows(void *unused)
{
	(void)unused;
	vectors_wipe(&arg.vectors);
}

static enum status
again(void *unused, uint64_t ms)
{
	(void)unused;
	return vectors_again(&arg.vectors, ms);
}

/* ---- the run ---- */

static enum status
check(void)
{
	if (arg.peer != NULL && !fqdn_valid(arg.peer, strlen(arg.peer)))
		return fail(USAGE, "--peer: '%s' is not a lower-case FQDN",
		    arg.peer);
	return arg.allow_file == NULL ? OK : naf_policy_read(&arg.allow,
	    arg.allow_file);
}

/* With HLRs alone, or some; a store is no network. */
static enum status
confine_gen(void)
{
	const struct vectors *v = &arg.vectors;
	bool network = false;
	enum status status;
	unsigned needs = 0;

	for (size_t i = 0; i < v->count; i++)
		network |= v->hss[i].kind->network;
	if (!network)
		return OK;
	for (size_t i = 0; i < v->count; i++)
		needs |= v->hss[i].kind->network ? CONFINE_SOCKETS :
		    confine_store(v->hss[i].uri);
	confine_reads(common.operand);
	confine_writes(common.output);
	status = confine_helper(NULL);
	return status != OK ? status : confine(needs);
}

static enum status
run(void)
{
	struct stage stage = { .type = RECORD_REQUEST, .take = take,
	    .perform = find, .decide = decide, .forget = forget,
	    .commit = commit, .abandon = abandon, .again = again,
	    .wipe = forget_rows,
	    .unsaid = "drafts lost, and their SQNs skipped" };
	enum status status = vectors_list(&arg.vectors, arg.hss);
	bool alone;

	if (status == OK && (status = confine_gen()) == OK &&
	    (status = vectors_open(&arg.vectors)) == OK) {
		stage.turn = vectors_turn(&arg.vectors, &alone);
		if (!alone) {
			stage.batch = stage.turn;
			stage.repeatable = true;
		}
		status = program_stream(&stage, NULL);
	}
	vectors_close(&arg.vectors);
	naf_policy_free(&arg.allow);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Make a draft of a "
	    "GPI for each request, with a vector of the HSS.",
	    .run = run, .manners = VERB_RANDOM, .check = check } };
	static const struct program program = { "gpi-gen", "", verb, 1, opts,
	    COUNT(opts), .built_with = vectors_kinds };

	return program_main(&program, argc, argv);
}
