/*
 * mtc-trigger: ask for devices to be triggered, follow each trigger, and hold
 * the secure connection that it leads to.  Run by the MTC server; `connect'
 * by the device (steps 401 and 407 of gba-push(7)).
 */
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/signals.h"
#include "connection/connect.h"
#include "connection/serve.h"
#include "gba/device.h"
#include "pipe/program.h"
#include "runs/report_batch.h"
#include "runs/request_run.h"
#include "runs/wake.h"

enum { VERB_REGISTER, VERB_DEVICES, VERB_UNREGISTER, VERB_REQUEST, VERB_WAKE,
    VERB_RECORD, VERB_CANCEL, VERB_RESYNC, VERB_SERVE, VERB_CONNECT,
    VERB_STATUS };
#define STORED (ALL_VERBS & ~VERB(CONNECT))
#define ASKING (VERB(REQUEST) | VERB(WAKE))

static struct {
	const char *store;
	struct record device, template;	/* what the options say of them */
	struct opt_list ue_id;
	struct request_run ask;
	struct wake_options wake;
	struct serve_options serve;
	struct connect_options connect;
	struct db *db;
	struct output out;
} arg = { .ask = { .lifetime = 60 * 60, .ua = "0100000007" },
    .wake = { .timeout = WAKE_TIMEOUT } };

static const struct opt opts[] = {
	{ "db", 'd', OPT_STRING, "DB", &arg.store, 0, STORED, STORED,
	  "the MTC server's store" },
	{ "ue-id", 0, OPT_LIST, "ID", &arg.ue_id, 0, VERB(REGISTER) |
	  VERB(UNREGISTER) | ASKING | VERB(STATUS), 0,
	  "an identity of the device" },
	{ "ue-trp", 0, OPT_FIELD, "URI", &arg.device, KEY_UE_TRP,
	  VERB(REGISTER) | ASKING, 0, "where its GPIs go" },
	{ "ue-priv-id", 0, OPT_FIELD, "IMPI", &arg.device, KEY_UE_PRIV_ID,
	  VERB(REGISTER), 0, "its private identity" },
	{ "app-lbl", 0, OPT_FIELD, "HEX", &arg.device, KEY_APP_LBL,
	  VERB(REGISTER), 0, "its UICC application; else evident" },
	{ "um", 0, OPT_FIELD, "WORD", &arg.device, KEY_UM, VERB(REGISTER), 0,
	  "me: GBA_ME (default), u: GBA_U" },
	{ "naf", 0, OPT_STRING, "FQDN", &arg.ask.naf, 0, ASKING, ASKING,
	  "the NAF that the device is to call" },
	{ "ua", 0, OPT_STRING, "HEX10", &arg.ask.ua, 0, ASKING, 0,
	  "its Ua security protocol (0100000007)" },
	{ "all", 0, OPT_FLAG, NULL, &arg.ask.all, 0, ASKING, 0,
	  "trigger every registered device" },
	{ "private", 0, OPT_FLAG, NULL, &arg.ask.private, 0, ASKING, 0,
	  "the identity is an IMPI, not a public one" },
	{ "indication", 0, OPT_STRING, "N|NAME", &arg.ask.indication, 0,
	  ASKING, 0, "Trigger Indication: connect, report, bootstrap, "
	  "update-registration, or 1..65535" },
	{ "time", 0, OPT_FIELD, "S", &arg.ask.template, KEY_TRIGGER_TIME,
	  ASKING, 0, "Trigger Time: seconds in which it sends" },
	{ "mode", 0, OPT_FIELD, "MODE", &arg.ask.template, KEY_TRIGGER_MODE,
	  ASKING, 0, "protect it so: full (default), integrity or none" },
	{ "lifetime", 0, OPT_NUMBER, "S", &arg.ask.lifetime, 0, ASKING, 0,
	  "lifetime asked for the key (one hour)" },
	{ "p-tid", 0, OPT_FIELD, "TEXT", &arg.template, KEY_P_TID,
	  ASKING | VERB(CANCEL) | VERB(STATUS), VERB(CANCEL),
	  "the P-TID of the trigger" },
	{ "bsf", 0, OPT_STRING, "CMD", &arg.wake.bsf, 0, VERB(WAKE),
	  VERB(WAKE), "the BSF: CMD turns requests into responses" },
	{ "to", 0, OPT_STRING, "URI", &arg.wake.push.to, 0, VERB(WAKE), 0,
	  "send all GPIs there, not to each device's ue_trp" },
	{ "retry-for", 0, OPT_NUMBER, "S", &arg.wake.push.retry_for, 0,
	  VERB(WAKE), 0, "try again for S seconds what cannot be delivered" },
	{ "passwords", 0, OPT_STRING, "FILE",
	  &arg.wake.push.opts.passwords, 0, VERB(WAKE), 0,
	  "lines SYSTEM_ID@HOST:PORT PASSWORD, for smpp://" },
	{ "timeout", 0, OPT_NUMBER, "S", &arg.wake.timeout, 0, VERB(WAKE),
	    0,
	  "wait S seconds for the devices (60)" },
	{ "listen", 0, OPT_STRING, "HOST:PORT", &arg.serve.listen, 0,
	  VERB(SERVE), VERB(SERVE), "where devices connect" },
	{ "dir", 0, OPT_STRING, "DIR", &arg.serve.dir, 0, VERB(SERVE), 0,
	  "put what each device sends into DIR/P_TID" },
	{ "exec", 0, OPT_STRING, "CMD", &arg.serve.exec, 0, VERB(SERVE), 0,
	  "run CMD on each connection" },
	{ "count", 0, OPT_NUMBER, "N", &arg.serve.count, 0, VERB(SERVE), 0,
	  "end after N connections" },
	{ "server", 0, OPT_STRING, "HOST:PORT", &arg.connect.server, 0,
	  VERB(CONNECT), VERB(CONNECT), "the MTC server" },
	{ "exec", 0, OPT_STRING, "CMD", &arg.connect.exec, 0,
	  VERB(CONNECT), 0, "run CMD on the connection" },
};

#define ON_DB(one) .begin = db_stage_begin, .record = one, \
	.commit = db_stage_commit, .abandon = db_stage_abandon

/* ---- devices ---- */

static enum status
register_line(void *db, const uint8_t *line, size_t len, struct output *out)
{
	struct record d;
	enum status status;

	(void)out;
	status = device_read(&d, line, len);
	return status == OK ? device_put(db, &d) : status;
}

static enum status
one_ue_id(void)
{
	return arg.ue_id.count == 1 ? OK : fail(USAGE, "--ue-id: found %zu "
	    "times, expected once", arg.ue_id.count);
}

static enum status
register_device(void)
{
	static const struct stage stage = { ON_DB(register_line),
	    .framing = FRAMING_LINES_OR_SEQUENCE, .silent = true,
	    .progress = true };

	enum status status;

	if (common.operand != NULL)
		return program_stream(&stage, arg.db);
	status = device_put(arg.db, &arg.device);
	return status == OK ? db_settle(arg.db) : status;
}

static enum status
check_device(void)
{
	struct record *d = &arg.device;
	enum status status;

	if (common.operand != NULL && (arg.ue_id.count > 0 || d->has != 0))
		return fail(USAGE, "%s: found with options for one device, "
		    "expected one or the other", common.operand);
	if (common.operand != NULL)
		return OK;
	if ((status = one_ue_id()) != OK)
		return status;
	return record_set(d, KEY_UE_ID, arg.ue_id.v[0]) == OK &&
	    device_finish(d) == OK ? OK : fail_in(USAGE, "register");
}

static enum status
devices(void)
{
	enum status status;

	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	return output_close(&arg.out, device_each(arg.db, output_each,
	    &arg.out));
}

static enum status
unregister(void)
{
	return device_remove(arg.db, arg.ue_id.v[0]);
}

/* ---- 401: requests ---- */

static enum status
check_request(void)
{
	arg.ask.ue_id = arg.ue_id;
	record_copy(&arg.ask.device, &arg.device, HAS(UE_TRP));
	record_copy(&arg.ask.template, &arg.template, HAS(P_TID));
	return request_run_check(&arg.ask);
}

static enum status
request(void)
{
	enum status status;

	if ((status = program_output(&arg.out, false)) != OK)
		return status;
	return output_close(&arg.out, request_run_all(&arg.ask, arg.db,
	    &arg.out));
}

/* ---- 401 to 407 in one go ---- */

static enum status
wake_devices(void)
{
	enum status status;

	clock_release();
	arg.wake.store = arg.store;
	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	return output_close(&arg.out, wake(&arg.wake, &arg.ask, arg.db,
	    &arg.out));
}

/* ---- what happened to them ---- */

static enum status
resync_one(void *db, const uint8_t *item, size_t len, struct output *out)
{
	struct record failure, request;
	enum status status;

	status = record_decode_as(&failure, RECORD_SYNC_FAILURE, item, len);
	if (status == OK && (status = request_run_again(db, &failure,
	    &request)) == OK)
		output_record(out, &request);
	return status;
}

static enum status
resync(void)
{
	static const struct stage stage = { ON_DB(resync_one) };

	return program_stream(&stage, arg.db);
}

static enum status
record(void)
{
	return program_stream(&report_stage, arg.db);
}

static enum status
cancel(void)
{
	enum status status;

	if ((status = db_begin(arg.db)) == OK &&
	    (status = trigger_close(arg.db, arg.template.p_tid.v,
	    STATE_FAILED, clock_now(), "cancelled")) == OK)
		status = db_commit(arg.db);
	return status;
}

static enum status
show_wanted(void *out, const struct record *trigger)
{
	bool wanted = arg.ue_id.count == 0;

	for (size_t i = 0; i < arg.ue_id.count; i++)
		wanted |= strcmp(arg.ue_id.v[i], trigger->ue_id.v) == 0;
	return wanted ? output_each(out, trigger) : OK;
}

static enum status
show_status(void)
{
	struct record trigger;
	enum status status;
	bool closed;

	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	if (!record_has(&arg.template, HAS(P_TID)))
		status = trigger_each(arg.db, show_wanted, &arg.out);
	else if ((status = trigger_find(arg.db, arg.template.p_tid.v,
	    &trigger, &closed)) == OK)
		status = show_wanted(&arg.out, &trigger);
	return output_close(&arg.out, status);
}

/* ---- 407: the secure connection ---- */

static void
say_listening(const char *host, unsigned port)
{
	warn("listening on %s:%u", host, port);
}

static enum status
check_serve(void)
{
	enum status status;

	if ((status = address_valid(arg.serve.listen)) != OK)
		return fail_in(status, "--listen");
	if (arg.serve.dir != NULL && arg.serve.exec != NULL)
		status = fail(USAGE, "--dir: found with --exec, expected one "
		    "of them");
	return status;
}

static enum status
serve_devices(void)
{
	enum status status;

	clock_release();
	common.json = true;
	if ((status = program_output(&arg.out, true)) != OK)
		return status;
	arg.serve.listening = say_listening;
	status = serve(arg.db, &arg.serve, &arg.out);
	return output_close(&arg.out, status);
}

static enum status
connect_one(void *own, const uint8_t *item, size_t len, struct output *out)
{
	struct stage *stage = own;
	struct record accepted;
	enum status status;

	(void)out;
	status = record_decode_as(&accepted, RECORD_ACCEPTED, item, len);
	if (status == OK)
		status = connect_device(&accepted, &arg.connect);
	record_wipe(&accepted);
	/* a network that fails today may not silence the device for good */
	stage->goes_on = !signals_stopped();
	return status;
}

static enum status
run_connect(void)
{
	static struct stage stage = { .record = connect_one, .silent = true };
	enum status status;

	if ((status = address_valid(arg.connect.server)) != OK)
		return fail_in(status, "--server");
	clock_release();
	return program_stream(&stage, &stage);
}

/* ---- all of them ---- */

#define ON_STORE(check, verb) \
	static enum status run_ ## verb(void) \
	{ return db_with(&arg.db, arg.store, &store_schema, check, verb); }

ON_STORE(check_device, register_device)
ON_STORE(NULL, devices)
ON_STORE(one_ue_id, unregister)
ON_STORE(check_request, request)
ON_STORE(check_request, wake_devices)
ON_STORE(NULL, record)
ON_STORE(NULL, cancel)
ON_STORE(NULL, resync)
ON_STORE(check_serve, serve_devices)
ON_STORE(NULL, show_status)

int
main(int argc, char **argv)
{
	static const struct verb verbs[] = {
		[VERB_REGISTER] = { "register", "[-|FILE]", "Register a "
		    "device, or those of JSON Lines.", run_register_device,
		    VERB_NO_OUTPUT },
		[VERB_DEVICES] = { "devices", "",
		    "Show the registered devices.", run_devices,
		    VERB_NO_OPERAND },
		[VERB_UNREGISTER] = { "unregister", "", "Forget a device.",
		    run_unregister, VERB_NO_OPERAND | VERB_NO_OUTPUT },
		[VERB_REQUEST] = { "request", "", "Request a GPI for each "
		    "device.", run_request, VERB_NO_OPERAND | VERB_RANDOM },
		[VERB_WAKE] = { "wake", "", "Request, push and follow, all in "
		    "one.", run_wake_devices, VERB_NO_OPERAND | VERB_RANDOM },
		[VERB_RECORD] = { "record", "[FILE]", "Note the reports of "
		    "gpi-push.", run_record, VERB_NO_OUTPUT },
		[VERB_CANCEL] = { "cancel", "",
		    "Give a trigger up: its SA answers no more.", run_cancel,
		    VERB_NO_OPERAND | VERB_NO_OUTPUT },
		[VERB_RESYNC] = { "resync", "[FILE]",
		    "Turn sync failures into new requests.", run_resync,
		    VERB_RANDOM },
		[VERB_SERVE] = { "serve", "",
		    "Take the connections of triggered devices.",
		    run_serve_devices, VERB_NO_OPERAND },
		[VERB_CONNECT] = { "connect", "[FILE]", "Connect as the device "
		    "of accepted records.", run_connect, VERB_NO_OUTPUT },
		[VERB_STATUS] = { "status", "",
		    "Show the state of each trigger.", run_show_status,
		    VERB_NO_OPERAND },
	};
	static const struct program program = { "mtc-trigger",
	    "Trigger devices, and talk to them over the secure connection.",
	    verbs, COUNT(verbs), opts, COUNT(opts), transport_list };

	return program_main(&program, argc, argv);
}
