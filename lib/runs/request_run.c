/* request_run.c: requests for GPIs, each with its trigger kept. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "gba/device.h"
#include "gba/request.h"
#include "gba/steps.h"
#include "pipe/stream.h"
#include "record/p_tid.h"
#include "runs/request_run.h"
#include "store/store.h"

#define TURN 512	/* at a time */
#define TURN_ALONE 128	/* in a file */

/* A run over many devices. */
struct request_run {
	const struct request_options *options;
	struct db *db;
	struct record request[TURN];
	bool added[TURN];	/* the trigger of each */
	bool any;		/* device was chosen */
};

/* ---- what is requested ---- */

static enum status
set_indication(struct record *template, const char *indication)
{
	static const char *const name[] = { "connect", "report", "bootstrap",
	    "update-registration" };

	if (indication == NULL && record_has(template, HAS(TRIGGER_TIME)))
		return fail(USAGE, "--time needs --indication");
	if (indication == NULL && record_has(template, HAS(TRIGGER_MODE)))
		return fail(USAGE, "--mode needs --indication");
	if (indication == NULL)
		return OK;
	if (!record_has(template, HAS(TRIGGER_MODE)))
		record_put_uint(template, KEY_TRIGGER_MODE, MODE_FULL);
	for (size_t i = 0; i < COUNT(name); i++)
		if (strcmp(indication, name[i]) == 0) {
			record_put_uint(template, KEY_TRIGGER_IND, i + 1);
			return OK;
		}
	return record_set(template, KEY_TRIGGER_IND, indication) == OK ?
	    OK : fail(USAGE, "--indication: '%s' is not connect, report, "
	    "bootstrap, update-registration or 1 to 65535",
	    indication);
}

enum status
request_options_check(struct request_options *o)
{
	char naf_id[FQDN_MAX + 32];

	struct choice *c = &o->choice;
	bool named = choice_names(c);
	enum status status;

	if (named && c->all)
		return fail(USAGE, "give --ue-id or --all, not both");
	if (!named && !c->all && c->state == NULL)
		return fail(USAGE, "give --ue-id ID, "
		    "--ue-id-file FILE, --state S or --all");
	if ((status = choice_check(c)) != OK)
		return status;
	if (record_has(&o->template, HAS(P_TID)) &&
	    (!named || c->file != NULL || c->ue_id.count > 1))
		return fail(USAGE, "--p-tid is for one device only");
	if (!named && record_has(&o->device, HAS(UE_TRP)))
		return fail(USAGE, "--ue-trp cannot be given with %s",
		    c->all ? "--all" : "--state alone");
	if (!fqdn_valid(o->naf, strlen(o->naf)))
		return fail(USAGE, "--naf: '%s' is not a lower-case FQDN",
		    o->naf);
	snprintf(naf_id, sizeof(naf_id), "%s/%s", o->naf, o->ua);
	if (record_set(&o->template, KEY_NAF_ID, naf_id) != OK)
		return fail_in(USAGE, "--naf, --ua");
	if (o->private)
		record_put_uint(&o->template, KEY_UE_ID_TYPE, ID_PRIVATE);
	if (clock_now() + o->lifetime > UINT32_MAX)
		return fail(USAGE, "--lifetime: the key would end after the "
		    "year 2106");
	return set_indication(&o->template, o->indication);
}

/* ---- requesting ---- */

/*
 * P-TIDs of one millisecond ascend, too, by random steps: so each goes to the
 * end of an index.  While a clock stands still, 16 million follow each other.
 */
static enum status
fresh_p_tid(struct record *request)
{
	static _Thread_local uint64_t last_ms, last;
	uint64_t ms = clock_now_ms();
	uint8_t random[P_TID_RANDOM];
	enum status status = random_octets(random, sizeof(random));

	if (status != OK)
		return status;
	if (ms == last_ms)
		last += be_read(random, 3) + 1;
	else
		last = be_read(random, sizeof(random)) >> 1;
	last_ms = ms;
	be_write(random, sizeof(random), last);
	p_tid_put(request, ms, random);
	return OK;
}

/* A registered device; where there is a ue_trp, that one, and any device. */
static enum status
find_device(const struct request_run *run, const char *ue_id,
    struct record *device)
{
	const struct record *given = &run->options->device;
	bool any = record_has(given, HAS(UE_TRP));
	enum status status = device_find(run->db, ue_id, device);

	if (status == REJECTED && any) {
		record_init(device, RECORD_DEVICE);
		status = record_set(device, KEY_UE_ID, ue_id);
	}
	if (status == OK && any) {
		record_copy(device, given, HAS(UE_TRP));
		status = device_finish(device);
	}
	return status;
}

/* A P-TID that somebody chose may be known; a fresh one is not. */
static enum status
keep_trigger(struct request_run *run, size_t i, uint64_t now)
{
	const struct record *template = &run->options->template;
	struct record *request = &run->request[i];
	enum status status;

	if (record_has(template, HAS(P_TID))) {
		record_copy(request, template, HAS(P_TID));
		run->added[i] = true;
		return trigger_add(run->db, request, now);
	}
	status = fresh_p_tid(request);
	return status != OK ? status : trigger_ask(run->db, request, now,
	    &run->added[i]);
}

/* An item is a registered device, or the ID of one. */
static enum status
take(void *arg, size_t i, const struct item *item)
{
	struct request_run *run = arg;
	const struct record *device = item->r;
	uint64_t now = clock_now();
	struct record found;
	enum status status;

	run->any = true;
	if (device == NULL) {
		status = find_device(run, choice_ue_id(item), &found);
		if (status != OK)
			return status;
		device = &found;
	}
	request_make(&run->request[i], &run->options->template, device,
	    now + run->options->lifetime);
	return keep_trigger(run, i, now);
}

static enum status
decide(void *arg, size_t i, const struct item *item, struct output *out)
{
	struct request_run *run = arg;
	const struct request_options *o = run->options;
	const struct record *request = &run->request[i];

	(void)item;
	if (!run->added[i])
		return fail(FAILED, "p_tid: the fresh one is in use already");
	output_record(out, request);
	return o->requested == NULL ? OK : o->requested(o->arg, request);
}

static void
complain_of(void *unused, const struct item *item)
{
	if (choice_has_line(item))
		choice_complain(unused, item);
	else
		complain("--ue-id %s: ", choice_ue_id(item));
}

enum status
request_run(const struct request_options *options, struct db *db,
    struct output *out)
{
	struct request_run *run = calloc(1, sizeof(*run));
	const struct stage stage = { .take = take, .decide = decide,
	    .turn = db_is_shared(db) ? TURN : TURN_ALONE, .db = db,
	    .complain = complain_of,
	    .unsaid = "requests lost, whose triggers stay requested" };
	enum status status;

	if (run == NULL)
		return fail(FAILED, "request: no memory");
	run->options = options;
	run->db = db;
	status = choice_run(&options->choice, db, &stage, run, out);
	if (status == OK && !run->any)
		choice_say_none(&options->choice);
	free(run);
	return status;
}

enum status
request_answered(struct db *db, const struct record *response)
{
	struct record sa;
	enum status status;

	if ((status = gba_naf_sa(response, &sa)) == OK)
		status = sa_put_naf(db, &sa, clock_now(), false);
	record_wipe(&sa);
	return status;
}

enum status
request_resync(struct db *db, const struct record *failure,
    struct record *request, struct record *old)
{
	uint64_t when, now = clock_now();
	enum status status;
	enum state state;
	char detail[128];

	status = trigger_find_rand(db, failure->rand.v, now, old, &when,
	    &state);
	if (status == OK && state == STATE_RESPONDED)
		status = fail(REJECTED, "rand: the device has already "
		    "responded to the trigger %s", old->p_tid.v);
	if (status != OK)
		return status;
	request_again(request, old, when, failure, now);
	if ((status = fresh_p_tid(request)) != OK)
		return status;
	snprintf(detail, sizeof(detail), "resynchronised as %s",
	    request->p_tid.v);
	/* what may say no comes first */
	status = trigger_add(db, request, now);
	return status == OK ? trigger_close(db, old->p_tid.v, STATE_FAILED,
	    now, detail) : status;
}
