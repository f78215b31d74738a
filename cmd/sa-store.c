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

#define BATCH 50000	/* SAs that are removed in one transaction */

enum { VERB_PUT, VERB_GET, VERB_LIST, VERB_RM, VERB_EXPIRE, VERB_COUNT };

static struct {
	const char *store, *id[3];	/* by enum sa_key */
	enum sa_key key;
	bool pass;
	struct db *db;
	struct sa_batch put;
	uint64_t found;
} arg;

static const struct opt opts[] = {
	{ "db", 'd', OPT_STRING, "DB", &arg.store, 0, ALL_VERBS, ALL_VERBS,
	  "the store" },
	{ "cache", 0, OPT_NUMBER, "MIB", &db_cache_mib, 0, ALL_VERBS, 0,
	  "memory for what is read of DB (40)" },
	{ "pass", 0, OPT_FLAG, NULL, &arg.pass, 0, VERB(PUT), 0,
	  "pass each record on once it is stored" },
	{ "unrequested", 0, OPT_FLAG, NULL, &arg.put.unrequested, 0, VERB(PUT),
	  0, "take responses that nobody requested here, too" },
	{ "ul", 0, OPT_STRING, "P_TID", &arg.id[SA_UL], 0,
	  VERB(GET) | VERB(RM), 0, "the SA with this ul_sa_id" },
	{ "dl", 0, OPT_STRING, "DL_SA_ID", &arg.id[SA_DL], 0,
	  VERB(GET) | VERB(RM), 0, "the SA with this dl_sa_id" },
	{ "ue", 0, OPT_STRING, "UE_ID", &arg.id[SA_UE], 0,
	  VERB(GET) | VERB(RM), 0, "all SAs of this UE" },
};

/* ---- put ---- */

static enum status
take(void *unused, size_t i, const struct item *item)
{
	(void)unused;
	return sa_batch_take(&arg.put, i, item->r);
}

static enum status
store_turn(void *unused)
{
	(void)unused;
	return sa_batch_store(&arg.put);
}

static enum status
decide(void *unused, size_t i, const struct item *item, struct output *out)
{
	enum status status = sa_batch_decide(&arg.put, i);

	(void)unused;
	if (status != OK || !arg.pass)
		return status;
	if (out->format == FORMAT_BINARY && !json_is(item->v, item->len))
		output_put(out, item->v, item->len);
	else
		output_record(out, item->r);
	return OK;
}

static void
forget(void *unused)
{
	(void)unused;
	sa_batch_forget(&arg.put);
}

static enum status
put(void)
{
	const struct stage stage = { .read = json_or_record, .any = true,
	    .framing = FRAMING_SEQUENCE_OR_LINES, .take = take,
	    .perform = store_turn, .decide = decide, .forget = forget,
	    .turn = db_is_shared(arg.db) ? SA_BATCH_TURN :
	    SA_BATCH_TURN_ALONE, .db = arg.db,
	    .repeatable = db_is_shared(arg.db), .silent = !arg.pass,
	    .progress = !arg.pass,
	    .unsaid = "records stored, but not passed on" };

	arg.put.db = arg.db;
	return program_stream(&stage, NULL);
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
	return given == 1 ? OK :
	    fail(USAGE, "give one of --ul, --dl and --ue");
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
	return fail(REJECTED, "no SA has %s %s",
	    key == SA_UL ? "ul_sa_id" : key == SA_DL ? "dl_sa_id" : "ue_id",
	    arg.id[key]);
}

static enum status
get(struct output *out)
{
	enum status status = sa_find(arg.db, arg.key, arg.id[arg.key],
	    show_found, out);

	return status == OK && arg.found == 0 ? none_found(arg.key) : status;
}

static enum status
list(struct output *out)
{
	return sa_each(arg.db, output_each, out);
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

int
main(int argc, char **argv)
{
	static const struct verb verbs[] = {
		[VERB_PUT] = { "put", "[FILE]", "Store the SAs of responses or "
		    "accepted records.", .run = put },
		[VERB_GET] = { "get", "", "Show the SAs with an identity.",
		    .check = choose, .write = get,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TABLE },
		[VERB_LIST] = { "list", "", "Show all SAs.", .write = list,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TABLE },
		[VERB_RM] = { "rm", "", "Remove the SAs with an identity.",
		    .check = choose, .run = rm, .manners = VERB_NO_OPERAND |
		    VERB_NO_OUTPUT | VERB_NO_NEW_STORE },
		[VERB_EXPIRE] = { "expire", "",
		    "Remove the SAs past their Key_LT and print how many.",
		    .run = expire, .manners = VERB_NO_OPERAND |
		    VERB_NO_OUTPUT | VERB_PRINTS | VERB_NO_NEW_STORE },
		[VERB_COUNT] = { "count", "", "Print how many SAs there are.",
		    .run = count, .manners = VERB_NO_OPERAND |
		    VERB_NO_OUTPUT | VERB_PRINTS | VERB_NO_NEW_STORE },
	};
	static const struct program program = { "sa-store",
	    "Keep the SAs of an MTC server or a device.", verbs, COUNT(verbs),
	    opts, COUNT(opts), .store = { &arg.store, &store_schema,
	    &arg.db, db_open } };

	return program_main(&program, argc, argv);
}
