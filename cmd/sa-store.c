/*
 * sa-store: keep SAs.  Run by the MTC server (step 404 of gba-push(7)) and by
 * the device (step 406), each on its own store.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/progress.h"
#include "pipe/program.h"
#include "record/json.h"
#include "runs/sa_batch.h"

#define BATCH 10000

enum { VERB_PUT, VERB_GET, VERB_LIST, VERB_RM, VERB_EXPIRE, VERB_COUNT };

static struct {
	const char *store, *id[3];	/* by enum sa_key */
	enum sa_key key;
	bool pass;
	struct db *db;
	struct sa_batch put;
	struct output out;
	uint64_t found;
} arg;

static const struct opt opts[] = {
	{ "db", 'd', OPT_STRING, "DB", &arg.store, 0, ALL_VERBS, ALL_VERBS,
	  "the store" },
	{ "pass", 0, OPT_FLAG, NULL, &arg.pass, 0, VERB(PUT), 0,
	  "write each record on once it is stored" },
	{ "ul", 0, OPT_STRING, "P_TID", &arg.id[SA_UL], 0,
	  VERB(GET) | VERB(RM), 0, "the SA with this ul_sa_id" },
	{ "dl", 0, OPT_STRING, "DL_SA_ID", &arg.id[SA_DL], 0,
	  VERB(GET) | VERB(RM), 0, "the SA with this dl_sa_id" },
	{ "ue", 0, OPT_STRING, "UE_ID", &arg.id[SA_UE], 0,
	  VERB(GET) | VERB(RM), 0, "all SAs of this UE" },
};

/* ---- put ---- */

static enum status
take(void *unused, size_t i, const uint8_t *item, size_t len)
{
	struct record r;
	enum status status;

	(void)unused;
	if (i == 0)
		sa_batch_forget(&arg.put);
	if ((status = json_or_record(&r, item, len)) == OK)
		status = sa_batch_take(&arg.put, &r);
	record_wipe(&r);
	return status;
}

static enum status
settle(void *unused)
{
	(void)unused;
	return sa_batch_settle(&arg.put);
}

static enum status
decide(void *unused, size_t i, const uint8_t *item, size_t len,
    struct output *out)
{
	enum status status = sa_batch_decide(&arg.put, i);
	struct record r;

	(void)unused;
	if (status != OK || !arg.pass)
		return status;
	if (out->format == FORMAT_BINARY && !json_is(item, len)) {
		output_put(out, item, len);
	} else if ((status = json_or_record(&r, item, len)) == OK) {
		output_record(out, &r);
		record_wipe(&r);
	}
	return status;
}

static enum status
put(void)
{
	const struct stage stage = { .begin = db_stage_begin, .take = take,
	    .settle = settle, .decide = decide, .turn = SA_BATCH_TURN,
	    .commit = db_stage_commit, .abandon = db_stage_abandon,
	    .again = db_is_shared(arg.db) ? db_stage_again : NULL,
	    .framing = FRAMING_SEQUENCE_OR_LINES, .silent = !arg.pass,
	    .progress = !arg.pass };

	arg.put.db = arg.db;
	return program_stream(&stage, arg.db);
}

/* ---- the others ---- */

static enum status
choose(void)
{
	int given = 0;

	for (int i = 0; i < 3; i++)
		if (arg.id[i] != NULL) {
			arg.key = (enum sa_key)i;
			given++;
		}
	return given == 1 ? OK : fail(USAGE, "--ul: found %d of --ul, --dl "
	    "and --ue, expected one", given);
}

static enum status
show_found(void *out, const struct record *sa)
{
	arg.found++;
	return output_each(out, sa);
}

static enum status
none_found(enum sa_key key)
{
	return fail(REJECTED, "%s: found no SA of %s, expected one",
	    key == SA_UL ? "ul_sa_id" : key == SA_DL ? "dl_sa_id" : "ue_id",
	    arg.id[key]);
}

static enum status
get(void)
{
	enum status status;

	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	status = sa_find(arg.db, arg.key, arg.id[arg.key], show_found,
	    &arg.out);
	if (status == OK && arg.found == 0)
		status = none_found(arg.key);
	return output_close(&arg.out, status);
}

static enum status
list(void)
{
	enum status status;

	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	return output_close(&arg.out, sa_each(arg.db, output_each,
	    &arg.out));
}

/*
 * Remove in bounded batches, so that others are not locked out: BATCH_OF
 * removes some, and says how many and whether there may be more.
 */
static enum status
in_batches(enum status (*batch_of)(uint64_t *removed, bool *more),
    uint64_t *total)
{
	enum status status = OK;
	uint64_t removed = 0;
	bool more = true;

	*total = 0;
	while (more && (status = db_begin(arg.db)) == OK &&
	    (status = db_end(arg.db, batch_of(&removed, &more))) == OK) {
		*total += removed;
		progress(*total, 0, 0);
	}
	progress_clear();
	if (status == OK)
		db_forget(arg.db);
	return status;
}

static enum status
remove_some(uint64_t *removed, bool *more)
{
	enum status status = sa_remove(arg.db, arg.key, arg.id[arg.key],
	    BATCH, removed);

	*more = *removed == BATCH;
	return status;
}

static enum status
rm(void)
{
	uint64_t total;
	enum status status = in_batches(remove_some, &total);

	return status == OK && total == 0 ? none_found(arg.key) : status;
}

static enum status
expire_some(uint64_t *removed, bool *more)
{
	return sa_expire(arg.db, clock_now(), BATCH, removed, more);
}

static enum status
expire(void)
{
	uint64_t total;
	enum status status = in_batches(expire_some, &total);

	if (status == OK)
		printf("%" PRIu64 "\n", total);
	return status;
}

static enum status
count(void)
{
	uint64_t n;
	enum status status = sa_count(arg.db, &n);

	if (status == OK)
		printf("%" PRIu64 "\n", n);
	return status;
}

/* ---- all of them, on the store ---- */

#define ON_STORE(check, verb) \
	static enum status run_ ## verb(void) \
	{ return db_with(&arg.db, arg.store, &store_schema, check, verb); }

ON_STORE(NULL, put)
ON_STORE(choose, get)
ON_STORE(NULL, list)
ON_STORE(choose, rm)
ON_STORE(NULL, expire)
ON_STORE(NULL, count)

int
main(int argc, char **argv)
{
	static const struct verb verbs[] = {
		[VERB_PUT] = { "put", "[FILE]", "Store the SAs of responses or "
		    "accepted records.", run_put, 0 },
		[VERB_GET] = { "get", "", "Show SAs, found by an identity.",
		    run_get, VERB_NO_OPERAND },
		[VERB_LIST] = { "list", "", "Show all SAs.", run_list,
		    VERB_NO_OPERAND },
		[VERB_RM] = { "rm", "", "Remove SAs, found by an identity.",
		    run_rm, VERB_NO_OPERAND | VERB_NO_OUTPUT },
		[VERB_EXPIRE] = { "expire", "",
		    "Remove SAs past their Key_LT and say how many.",
		    run_expire, VERB_NO_OPERAND | VERB_NO_OUTPUT },
		[VERB_COUNT] = { "count", "", "Say how many SAs there are.",
		    run_count, VERB_NO_OPERAND | VERB_NO_OUTPUT },
	};
	static const struct program program = { "sa-store",
	    "Keep the SAs of an MTC server or a device.", verbs,
	    COUNT(verbs), opts, COUNT(opts), NULL };

	return program_main(&program, argc, argv);
}
