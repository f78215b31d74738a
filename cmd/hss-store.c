/*
 * hss-store: keep the subscribers of an HSS and make their cards.  Run by the
 * home network, once for each subscriber or fleet.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/place.h"
#include "pipe/program.h"
#include "record/json.h"
#include "store/card.h"
#include "store/hss.h"
#include "store/subscriber.h"

enum { VERB_ADD, VERB_CARD, VERB_SHOW, VERB_SET, VERB_LIST, VERB_RM,
    VERB_IMPORT };
#define IMPORT_TURN 512	/* at a time */
#define IMPORT_TURN_ALONE 128	/* in a file */
#define DESCRIBES (VERB(ADD) | VERB(SET))
#define ONE (VERB(ADD) | VERB(CARD) | VERB(SHOW) | VERB(SET) | VERB(RM))

static struct {
	const char *store, *key_file;
	struct subscriber subscriber;	/* what the options say */
	struct record bsf;
	struct opt_list ue_id;
	bool force;
	struct hss_addition addition[IMPORT_TURN];
	size_t additions;
	uint64_t there;		/* of an import, that were there already */
	struct db *db;
} arg;

#define FIELD(name, value, key, help) \
	{ name, 0, OPT_FIELD, value, &arg.subscriber.r, key, DESCRIBES, 0, \
	  help }

static const struct opt opts[] = {
	{ "db", 'd', OPT_STRING, "DB", &arg.store, 0, ALL_VERBS, ALL_VERBS,
	  "the HSS's store" },
	{ "cache", 0, OPT_NUMBER, "MIB", &db_cache_mib, 0, ALL_VERBS, 0,
	  "memory for what is read of DB (40)" },
	{ "impi", 0, OPT_FIELD, "IMPI", &arg.subscriber.r, KEY_UE_PRIV_ID, ONE,
	  ONE, "the subscriber's private identity" },
	{ "ue-id", 0, OPT_LIST, "ID", &arg.ue_id, 0, DESCRIBES, 0,
	  "a public identity; may be given again" },
	FIELD("imsi", "IMSI", KEY_IMSI, "the IMSI"),
	{ "key-file", 0, OPT_STRING, "FILE", &arg.key_file, 0, DESCRIBES,
	  VERB(ADD), "the keys; lines are k HEX and op, opc, top or topc HEX" },
	FIELD("algorithm", "NAME", KEY_ALGORITHM,
	    "the algorithm set (milenage)"),
	FIELD("iterations", "N", KEY_ITERATIONS, "iterations of Keccak, for "
	    "tuak (1)"),
	FIELD("amf", "HEX4", KEY_AMF, "AMF of the vectors (0000)"),
	FIELD("sqn", "N", KEY_SQN, "the last SQN used, 48 bits (0)"),
	FIELD("ind", "N", KEY_IND, "use only this IND (default: all in turn)"),
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, VERB(CARD),
	  VERB(CARD), "the BSF whose GPIs the card opens" },
	{ "force", 0, OPT_FLAG, NULL, &arg.force, 0, VERB(CARD), 0,
	  "replace a card that has been used" },
};

/* What --ue-id and --key-file say, into the subscriber of the options. */
static enum status
apply_options(struct subscriber *s)
{
	char ids[sizeof(s->r.ue_ids.v)] = "";
	enum status status;
	size_t n = 0;

	for (size_t i = 0; i < arg.ue_id.count; i++) {
		struct record one;

		if (record_set(&one, KEY_UE_ID, arg.ue_id.v[i]) != OK)
			return fail_in(USAGE, "--ue-id");
		if (n + one.ue_id.len + 2 > sizeof(ids))
			return fail(USAGE, "--ue-id: more than %zu characters "
			    "in all", sizeof(ids) - 2);
		n += (size_t)snprintf(ids + n, sizeof(ids) - n, "%s%s",
		    i > 0 ? " " : "", one.ue_id.v);
	}
	if (n > 0 && (status = record_set(&s->r, KEY_UE_IDS, ids)) != OK)
		return status;
	return arg.key_file == NULL ? OK :
	    subscriber_read_keys(s, arg.key_file);
}

/* Find the subscriber of --impi. */
static enum status
find(struct record *s, uint64_t *row)
{
	return hss_find(arg.db, ID_PRIVATE, arg.subscriber.r.ue_priv_id.v, s,
	    row);
}

/* ---- verbs ---- */

static enum status
add(void)
{
	struct subscriber *s = &arg.subscriber;
	enum status status;

	s->r.has |= HAS(TYPE);
	s->r.type = RECORD_SUBSCRIBER;
	if ((status = apply_options(s)) != OK ||
	    (status = subscriber_finish(s)) != OK)
		return status;
	return hss_add(arg.db, &s->r);
}

static enum status
set(void)
{
	struct subscriber s;
	struct record old;
	uint64_t row;
	enum status status;

	subscriber_init(&s);
	if ((status = find(&old, &row)) != OK ||
	    (status = hss_hold(arg.db, row, &old)) != OK) {
		record_wipe(&old);
		return status;
	}
	s.r = old;
	record_copy(&s.r, &arg.subscriber.r, HAS(IMSI) | HAS(ALGORITHM) |
	    HAS(ITERATIONS) | HAS(AMF) | HAS(SQN) | HAS(IND));
	if ((status = apply_options(&s)) == OK &&
	    (status = subscriber_finish(&s)) == OK)
		status = hss_put(arg.db, row, &old, &s.r);
	subscriber_wipe(&s);
	record_wipe(&old);
	return status;
}

static enum status
rm(void)
{
	struct record s;
	uint64_t row;
	enum status status = find(&s, &row);

	if (status == OK && (status = hss_hold(arg.db, row, &s)) == OK)
		status = hss_remove(arg.db, row, &s);
	record_wipe(&s);
	return status;
}

static enum status
show(struct output *out)
{
	struct record s;
	uint64_t row;
	enum status status = find(&s, &row);

	if (status == OK)
		output_record(out, &s);
	record_wipe(&s);
	return status;
}

/* A new card knows no RAND of those that the old one has seen. */
static enum status
check_card(void)
{
	struct record old;
	struct place p;
	bool used = false;

	if (arg.force || file_is_standard(common.output) ||
	    place_find(&p, common.output) != OK || !S_ISREG(p.mode))
		return OK;	/* or -o says what is wrong */
	if (card_read(p.path, &old) == OK) {
		used = old.rands.len > 0;
		record_wipe(&old);
	}
	fail_said();
	return !used ? OK : fail(REJECTED, "%s: a card that was used, whose "
	    "RANDs and SQNs a new one does not know; give another FILE or "
	    "--force", common.output);
}

static enum status
card(struct output *out)
{
	struct record s, c;
	uint64_t row;
	enum status status = find(&s, &row);

	if (status == OK) {
		subscriber_card(&s, arg.bsf.bsf.v, &c);
		output_record(out, &c);
		record_wipe(&c);
	}
	record_wipe(&s);
	return status;
}

static enum status
list(struct output *out)
{
	return hss_each(arg.db, output_each, out);
}

/* ---- import ---- */

static enum status
read_subscriber(struct record *r, const uint8_t *line, size_t len)
{
	struct subscriber s;
	enum status status;

	subscriber_init(&s);
	status = json_is_not(line, len) ?
	    record_decode_as(&s.r, RECORD_SUBSCRIBER, line, len) :
	    json_members((const char *)line, len, subscriber_set, &s);
	if (status == OK && (status = subscriber_finish(&s)) == OK)
		*r = s.r;
	subscriber_wipe(&s);
	return status;
}

static enum status
take(void *unused, size_t i, const struct item *subscriber)
{
	(void)unused;
	arg.additions = i + 1;
	return hss_ask_add(arg.db, subscriber->r, &arg.addition[i]);
}

static enum status
name(void *unused)
{
	enum status status = db_await(arg.db);

	(void)unused;
	for (size_t i = 0; i < arg.additions && status == OK; i++)
		status = hss_ask_names(arg.db, &arg.addition[i]);
	return status == OK ? db_await(arg.db) : status;
}

static enum status
decide(void *unused, size_t i, const struct item *subscriber,
    struct output *out)
{
	bool there;
	enum status status = hss_added(arg.db, &arg.addition[i], &there);

	(void)unused;
	(void)subscriber;
	(void)out;
	arg.there += there;
	return status;
}

static enum status
import(void)
{
	const struct stage stage = { .read = read_subscriber,
	    .framing = FRAMING_LINES_OR_SEQUENCE, .take = take,
	    .perform = name, .decide = decide, .turn = db_is_shared(arg.db) ?
	    IMPORT_TURN : IMPORT_TURN_ALONE, .db = arg.db,
	    .silent = true, .progress = true };

	enum status status = program_stream(&stage, NULL);

	if (status != FAILED && arg.there > 0)
		warn("%" PRIu64 " %s there already, with the same content",
		    arg.there, arg.there == 1 ? "subscriber was" :
		    "subscribers were");
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verbs[] = {
		[VERB_ADD] = { "add", "", "Add a subscriber.", .run = add,
		    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_CHANGE },
		[VERB_CARD] = { "card", "", "Make a subscriber's card.",
		    .check = check_card, .write = card,
		    .manners = VERB_NO_OPERAND | VERB_FOR_PROGRAMS |
		    VERB_NO_NEW_STORE },
		[VERB_SHOW] = { "show", "", "Show a subscriber.",
		    .write = show,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TEXT },
		[VERB_SET] = { "set", "", "Change a subscriber.",
		    .run = set, .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_CHANGE | VERB_NO_NEW_STORE },
		[VERB_LIST] = { "list", "", "Show all subscribers.",
		    .write = list,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TABLE },
		[VERB_RM] = { "rm", "", "Remove a subscriber.", .run = rm,
		    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_CHANGE | VERB_NO_NEW_STORE },
		[VERB_IMPORT] = { "import", "[FILE]",
		    "Add the subscribers of JSON Lines.", .run = import,
		    .manners = VERB_NO_OUTPUT },
	};
	static const struct program program = { "hss-store",
	    "Keep the subscribers of an HSS and make their cards.", verbs,
	    COUNT(verbs), opts, COUNT(opts), .store = { &arg.store,
	    &hss_schema, &arg.db, db_open } };
	int status = program_main(&program, argc, argv);

	subscriber_wipe(&arg.subscriber);
	return status;
}
