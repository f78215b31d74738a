/*
 * gpi-gen: make the draft of a GPI for each request, from a fresh vector of
 * the HSS.  Run by the BSF beside the AuC (step 402 of gba-push(7)).
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/aka.h"
#include "gba/auth_record.h"
#include "gba/steps.h"
#include "pipe/program.h"
#include "runs/vector_batch.h"
#include "store/naf_policy.h"

static struct {
	const char *hss, *allow_file, *peer;
	struct record bsf;
	uint64_t max_lifetime;
	struct vector_batch vectors;
	struct naf_policy allow;
} arg = { .max_lifetime = 24 * 60 * 60 };

static const struct opt opts[] = {
	{ "hss", 0, OPT_STRING, "DB", &arg.hss, 0, ALL_VERBS, ALL_VERBS,
	  "the HSS's store" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, ALL_VERBS, ALL_VERBS,
	  "the BSF's name, to which K_GPI is bound" },
	{ "peer", 0, OPT_STRING, "FQDN", &arg.peer, 0, ALL_VERBS, 0,
	  "the NAF as the transport authenticated it" },
	{ "allow", 0, OPT_STRING, "FILE", &arg.allow_file, 0, ALL_VERBS, 0,
	  "which NAF may ask for which device" },
	{ "max-lifetime", 0, OPT_NUMBER, "S", &arg.max_lifetime, 0, ALL_VERBS,
	  0, "longest lifetime of a key (one day)" },
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
	    request);
}

static enum ue_id_type
id_type(const struct record *request)
{
	return record_has(request, HAS(UE_ID_TYPE)) ? request->ue_id_type :
	    ID_PUBLIC;
}

/* Both identities of a request belong to one subscriber. */
static enum status
find_subscriber(const struct record *request, size_t i, struct record *s)
{
	enum status status = vector_batch_subscriber(&arg.vectors, i,
	    id_type(request), request->ue_id.v, s);

	if (status == OK && record_has(request, HAS(UE_PRIV_ID)) &&
	    strcmp(request->ue_priv_id.v, s->ue_priv_id.v) != 0)
		return fail(REJECTED, "ue_priv_id: found %s, expected the "
		    "IMPI of %s", request->ue_priv_id.v, request->ue_id.v);
	return status;
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

/* The next SQN of S, after a resynchronisation where the request has AUTS. */
static enum status
next_sqn(const struct record *request, const struct record *s, uint64_t *sqn)
{
	uint64_t he = s->sqn, ms;
	enum status status = OK;
	struct af af;

	if (record_has(request, HAS(AUTS))) {
		auth_record_af(s, &af);
		status = aka_auts_verify(&af, request->rand.v,
		    request->auts.v, &ms);
		wipe(&af, sizeof(af));
		if (status == OK)
			he = sqn_resync(he, ms);
	}
	return status != OK ? status : sqn_next(he,
	    record_has(s, HAS(IND)) ? (int)s->ind : -1, sqn);
}

/* All checks come before the first write. */
static enum status
generate(const struct record *request, size_t i, struct record *s,
    struct output *out)
{
	struct record draft;
	struct vector vector;
	uint64_t key_lt;
	enum status status;

	if ((status = find_subscriber(request, i, s)) != OK ||
	    (status = grant_lifetime(request, &key_lt)) != OK ||
	    (status = next_sqn(request, s, &vector.sqn)) != OK ||
	    (status = random_octets(vector.rand, 16)) != OK ||
	    (status = vector_batch_spend(&arg.vectors, i, vector.sqn)) != OK)
		return status;
	status = gba_generate(request, s, &vector, arg.bsf.bsf.v, key_lt,
	    &draft);
	if (status == OK)
		output_record(out, &draft);
	record_wipe(&draft);
	return status;
}

/* ---- what is done with each ---- */

static enum status
take(void *unused, size_t i, const struct item *request)
{
	enum status status = check_naf(request->r);

	(void)unused;
	return status != OK ? status : vector_batch_want(&arg.vectors, i,
	    id_type(request->r), request->r->ue_id.v);
}

static enum status
find_subscribers(void *unused)
{
	(void)unused;
	return vector_batch_find(&arg.vectors);
}

static enum status
decide(void *unused, size_t i, const struct item *request, struct output *out)
{
	struct record subscriber;
	enum status status;

	(void)unused;
	record_init(&subscriber, RECORD_SUBSCRIBER);
	status = generate(request->r, i, &subscriber, out);
	record_wipe(&subscriber);
	return status;
}

static void
forget(void *unused)
{
	(void)unused;
	vector_batch_forget(&arg.vectors);
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

static enum status
run(void)
{
	struct db *db = arg.vectors.db;
	struct stage stage = { .type = RECORD_REQUEST, .take = take,
	    .perform = find_subscribers, .decide = decide, .forget = forget,
	    .turn = VECTORS_TURN_ALONE, .db = db,
	    .unsaid = "drafts lost, and their SQNs skipped" };
	enum status status;

	if (db_is_shared(db)) {
		/* programs lock subscribers in one order: no deadlock */
		stage.turn = stage.batch = VECTORS_TURN;
		stage.repeatable = true;
	}
	status = program_stream(&stage, NULL);
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
	    COUNT(opts), .store = { &arg.hss, &hss_schema, true,
	    &arg.vectors.db, db_open } };

	return program_main(&program, argc, argv);
}
