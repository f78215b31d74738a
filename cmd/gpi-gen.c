/*
 * gpi-gen: make the draft of a GPI for each request, from a fresh vector of
 * the HSS.  Run by the BSF beside the AuC (step 402 of gba-push(7)).
 */
#include <string.h>

#include "gba/steps.h"
#include "pipe/clash.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "vectors/grant.h"
#include "vectors/vectors.h"

static struct {
	const char *hss, *allow_file;
	struct record bsf;
	struct grant grant;
	struct vectors vectors;
} arg = { .grant.max_lifetime = GRANT_LIFETIME };

static const struct opt opts[] = {
	{ "hss", 0, OPT_STRING, "HSS", &arg.hss, 0, ALL_VERBS, ALL_VERBS,
	  "its store, gsup://HOST[:PORT][/NAME] or slf:FILE" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, ALL_VERBS, ALL_VERBS,
	  "the BSF's name, to which K_GPI is bound" },
	{ "peer", 0, OPT_STRING, "FQDN", &arg.grant.peer, 0, ALL_VERBS, 0,
	  "the NAF as the transport authenticated it" },
	{ "allow", 0, OPT_STRING, "FILE", &arg.allow_file, 0, ALL_VERBS, 0,
	  "which NAF may ask for which device" },
	{ "max-lifetime", 0, OPT_NUMBER, "S", &arg.grant.max_lifetime, 0,
	  ALL_VERBS, 0, "longest lifetime of a key (one day)" },
	{ "cache", 0, OPT_NUMBER, "MIB", &db_cache_mib, 0, ALL_VERBS, 0,
	  "memory for what is read of a store (40)" },
	CONFINE_OPTS(ALL_VERBS),
};

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
	if ((status = grant_naf(&arg.grant, request)) != OK ||
	    (status = vectors_locate(&arg.vectors, request, &hss)) != OK ||
	    (status = grant_private(&arg.grant, hss->kind, request)) != OK ||
	    (status = grant_lifetime(&arg.grant, request, &key_lt)) != OK)
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
	if ((status = grant_lifetime(&arg.grant, request, &key_lt)) != OK)
		return status;
	status = vectors_get(&arg.vectors, i, request, &vector);
	if (status == OK) {
		status = gba_generate(request, &vector, arg.grant.bsf, key_lt,
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
	enum status status = clash_reads("allow", arg.allow_file);
	const char *peer = arg.grant.peer;

	if (status == OK)
		status = clash_reads("hss", vectors_slf(arg.hss));
	if (status != OK)
		return status;
	if (peer != NULL && (!fqdn_valid(peer, strlen(peer)) ||
	    fqdn_dots(peer, strlen(peer))))
		return fail(USAGE, "--peer: '%s' is not a lower-case FQDN",
		    peer);
	arg.grant.bsf = arg.bsf.bsf.v;
	arg.grant.allows = arg.allow_file != NULL;
	return arg.allow_file == NULL ? OK :
	    naf_policy_read(&arg.grant.policy, arg.allow_file);
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
		network |= v->hss[i].kind->in_loop;
	if (!network)
		return OK;
	for (size_t i = 0; i < v->count; i++)
		needs |= v->hss[i].kind->in_loop ? CONFINE_SOCKETS :
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
	naf_policy_free(&arg.grant.policy);
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
