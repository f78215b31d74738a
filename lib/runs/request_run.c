/* request_run.c: requests for GPIs, each with its trigger kept. */
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "gba/device.h"
#include "gba/steps.h"
#include "record/p_tid.h"
#include "runs/request_run.h"
#include "store/store.h"

#define BATCH 10000

/* A run over many devices. */
struct run {
	const struct request_run *ask;
	struct db *db;
	struct output *out;
	uint64_t batch;		/* requests held */
	bool added[BATCH];	/* each of them */
	enum status worst;
};

/* ---- what is asked ---- */

static enum status
set_indication(struct record *template, const char *indication)
{
	static const char *const name[] = { "connect", "report", "bootstrap",
	    "update-registration" };

	if (indication == NULL && record_has(template, HAS(TRIGGER_TIME)))
		return fail(USAGE, "--time: found without --indication");
	if (indication == NULL && record_has(template, HAS(TRIGGER_MODE)))
		return fail(USAGE, "--mode: found without --indication");
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
	    OK : fail(USAGE, "--indication: found \"%s\", expected connect, "
	    "report, bootstrap, update-registration or 1 to 65535",
	    indication);
}

enum status
request_run_check(struct request_run *ask)
{
	char naf_id[FQDN_MAX + 32];

	if ((ask->ue_id.count > 0) == ask->all)
		return fail(USAGE, "--ue-id: found %s, expected --ue-id or "
		    "--all", ask->all ? "with --all" : "nothing");
	if (record_has(&ask->template, HAS(P_TID)) &&
	    (ask->all || ask->ue_id.count > 1))
		return fail(USAGE, "--p-tid: found with several devices, "
		    "expected one");
	if (ask->all && record_has(&ask->device, HAS(UE_TRP)))
		return fail(USAGE, "--ue-trp: found with --all");
	snprintf(naf_id, sizeof(naf_id), "%s/%s", ask->naf, ask->ua);
	if (record_set(&ask->template, KEY_NAF_ID, naf_id) != OK)
		return fail_in(USAGE, "--naf, --ua");
	if (ask->private)
		record_put_uint(&ask->template, KEY_UE_ID_TYPE, ID_PRIVATE);
	if (clock_now() + ask->lifetime > UINT32_MAX)
		return fail(USAGE, "--lifetime: found an end after the year "
		    "2106, expected an earlier one");
	return set_indication(&ask->template, ask->indication);
}

/* ---- asking ---- */

static enum status
fresh_p_tid(struct record *request)
{
	uint8_t random[P_TID_RANDOM];
	enum status status;

	if ((status = random_octets(random, sizeof(random))) == OK)
		p_tid_put(request, clock_now_ms(), random);
	return status;
}

/* Let out what was requested, once it is kept. */
static enum status
let_out(struct run *run)
{
	enum status status = db_settle(run->db);

	for (uint64_t i = 0; i < run->batch && status == OK; i++)
		if (!run->added[i])
			status = fail(FAILED, "p_tid: found a fresh one that "
			    "is known already");
	run->batch = 0;
	if (status == OK && (status = db_commit(run->db)) == OK)
		status = output_flush(run->out);
	return status;
}

/* A P-TID that somebody chose may be known; a fresh one is not. */
static enum status
add(struct run *run, const struct record *request, uint64_t now)
{
	bool *added = &run->added[run->batch];

	if (!record_has(&run->ask->template, HAS(P_TID)))
		return trigger_ask(run->db, request, now, added);
	*added = true;
	return trigger_add(run->db, request, now);
}

static enum status
ask_device(void *arg, const struct record *device)
{
	struct run *run = arg;
	const struct request_run *ask = run->ask;
	struct record request;
	uint64_t now = clock_now();
	enum status status = OK;

	request_make(&request, &ask->template, device, now + ask->lifetime);
	if (record_has(&ask->template, HAS(P_TID)))
		record_copy(&request, &ask->template, HAS(P_TID));
	else
		status = fresh_p_tid(&request);
	if (status == OK)
		status = add(run, &request, now);
	if (status == OK && ask->asked != NULL)
		status = ask->asked(ask->arg, &request);
	if (status != OK)
		return status;
	output_record(run->out, &request);
	if (++run->batch < BATCH)
		return OK;
	return (status = let_out(run)) == OK ? db_begin(run->db) : status;
}

/* A registered device; where there is a ue_trp, that one, and any device. */
static enum status
ask_id(struct run *run, const char *ue_id)
{
	bool any = record_has(&run->ask->device, HAS(UE_TRP));
	struct record device;
	enum status status = device_find(run->db, ue_id, &device);

	if (status == REJECTED && any) {
		record_init(&device, RECORD_DEVICE);
		status = record_set(&device, KEY_UE_ID, ue_id);
	}
	if (status == OK && any) {
		record_copy(&device, &run->ask->device, HAS(UE_TRP));
		status = device_finish(&device);
	}
	return status == OK ? ask_device(run, &device) : status;
}

/* A no for one device is no no for the others. */
static enum status
go_on(struct run *run, const char *ue_id, enum status status)
{
	if (status == OK || status == FAILED)
		return status;
	complain("--ue-id %s: ", ue_id);
	run->worst = status_worst(run->worst, status);
	return OK;
}

static enum status
ask_registered(void *run, const struct record *device)
{
	return go_on(run, device->ue_id.v, ask_device(run, device));
}

static enum status
ask_ids(struct run *run)
{
	const struct opt_list *id = &run->ask->ue_id;
	enum status status = OK;

	for (size_t i = 0; status == OK && i < id->count; i++)
		status = go_on(run, id->v[i], ask_id(run, id->v[i]));
	return status;
}

enum status
request_run_all(struct request_run *ask, struct db *db, struct output *out)
{
	struct run run = { .ask = ask, .db = db, .out = out };
	enum status status;

	if ((status = db_begin(db)) == OK)
		status = ask->all ? device_each(db, ask_registered, &run) :
		    ask_ids(&run);
	if (status == OK)
		status = let_out(&run);
	if (status != OK) {
		db_rollback(db);
		output_drop(out);
	}
	return status_worst(status, run.worst);
}

enum status
request_run_answered(struct db *db, const struct record *response)
{
	struct record sa;
	enum status status;

	if ((status = gba_naf_sa(response, &sa)) == OK)
		status = sa_put_naf(db, &sa, clock_now());
	record_wipe(&sa);
	return status;
}

enum status
request_run_again(struct db *db, const struct record *failure,
    struct record *request)
{
	uint64_t when, now = clock_now();
	struct record old;
	enum status status;
	enum state state;
	char detail[128];

	status = trigger_find_rand(db, failure->rand.v, now, &old, &when,
	    &state);
	if (status == OK && state == STATE_RESPONDED)
		status = fail(REJECTED, "rand: found the trigger %s "
		    "responded, expected one before that", old.p_tid.v);
	if (status != OK)
		return status;
	request_again(request, &old, when, failure, now);
	if ((status = fresh_p_tid(request)) != OK)
		return status;
	snprintf(detail, sizeof(detail), "resynchronised as %s",
	    request->p_tid.v);
	/* what may say no comes first */
	status = trigger_add(db, request, now);
	return status == OK ? trigger_close(db, old.p_tid.v, STATE_FAILED,
	    now, detail) : status;
}
