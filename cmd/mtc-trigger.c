/*
 * mtc-trigger: ask for devices to be triggered, follow each trigger, and hold
 * the secure connection that it leads to.  Run by the MTC server; `connect'
 * by the device (steps 401 and 407 of gba-push(7)).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/loop.h"
#include "connection/connect.h"
#include "connection/keylog.h"
#include "connection/serve.h"
#include "delivery/transports.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "runs/ask_run.h"
#include "runs/cancel_run.h"
#include "runs/prune_run.h"
#include "runs/register_run.h"
#include "runs/report_batch.h"
#include "runs/request_run.h"
#include "runs/status_run.h"
#include "runs/wake.h"

enum { VERB_REGISTER, VERB_DEVICES, VERB_UNREGISTER, VERB_REQUEST, VERB_WAKE,
    VERB_ASK, VERB_RECORD, VERB_CANCEL, VERB_RESYNC, VERB_SERVE,
    VERB_CONNECT, VERB_STATUS, VERB_PRUNE };
#define STORED (ALL_VERBS & ~VERB(ASK) & ~VERB(CONNECT))
#define REQUESTS (VERB(REQUEST) | VERB(WAKE))
#define STATES_HELP "requested, answered, stored, sent, delivered, " \
    "responded, connected, expired, failed"
#define CHOOSES (VERB(UNREGISTER) | REQUESTS | VERB(CANCEL) | VERB(STATUS))

static struct {
	const char *store, *before, *keylog;
	uint64_t moment;		/* of --before */
	struct record template;		/* what the options say of a trigger */
	struct register_options reg;
	struct choice choice;
	struct opt_list via;
	struct request_options request;
	struct wake_options wake;
	struct ask_options ask;
	struct serve_options serve;
	struct connect_options connect;
	struct status_options status;
	struct db *db;
} arg = { .request = { .lifetime = 60 * 60, .ua = "0100000007" },
    .wake = { .timeout = WAKE_TIMEOUT },
    .ask = { .timeout = ASK_TIMEOUT, .retry_for = ASK_RETRY_FOR },
    .serve = { .workers = 1, .max_per_address = SERVE_PER_ADDRESS,
    .handshake_timeout = SERVE_HANDSHAKE_TIMEOUT } };

static const struct opt opts[] = {
	{ "db", 'd', OPT_STRING, "DB", &arg.store, 0, STORED, STORED,
	  "the MTC server's store" },
	{ "cache", 0, OPT_NUMBER, "MIB", &db_cache_mib, 0, STORED, 0,
	  "memory for what is read of DB (40)" },
	{ "ue-id", 0, OPT_LIST, "ID", &arg.choice.ue_id, 0,
	  VERB(REGISTER) | CHOOSES, 0, "an identity of the device" },
	{ "ue-id-file", 0, OPT_STRING, "FILE", &arg.choice.file, 0, CHOOSES, 0,
	  "the devices of FILE: a line is an identity, or JSON with ue_id" },
	{ "ue-trp", 0, OPT_FIELD, "URI", &arg.reg.device, KEY_UE_TRP,
	  VERB(REGISTER) | REQUESTS, 0, "the address for its GPIs" },
	{ "ue-trp-any", 0, OPT_FLAG, NULL, &arg.reg.ue_trp_any, 0,
	  VERB(REGISTER) | REQUESTS, 0, "take addresses that nothing here can "
	  "send to" },
	{ "ue-priv-id", 0, OPT_FIELD, "IMPI", &arg.reg.device, KEY_UE_PRIV_ID,
	  VERB(REGISTER), 0, "its private identity" },
	{ "app-lbl", 0, OPT_FIELD, "HEX", &arg.reg.device, KEY_APP_LBL,
	  VERB(REGISTER), 0, "UICC application (default: none)" },
	{ "um", 0, OPT_FIELD, "WORD", &arg.reg.device, KEY_UM,
	  VERB(REGISTER), 0, "GBA_ME or GBA_U (me)" },
	{ "naf", 0, OPT_STRING, "FQDN", &arg.request.naf, 0, REQUESTS, REQUESTS,
	  "the NAF that the device is to call" },
	{ "ua", 0, OPT_STRING, "HEX10", &arg.request.ua, 0, REQUESTS, 0,
	  "its Ua security protocol (0100000007)" },
	{ "all", 0, OPT_FLAG, NULL, &arg.choice.all, 0, REQUESTS, 0,
	  "trigger every registered device" },
	{ "all", 0, OPT_FLAG, NULL, &arg.choice.all, 0, VERB(CANCEL), 0,
	  "give up every open trigger" },
	{ "state", 0, OPT_STRING, "S[,S...]", &arg.choice.state, 0,
	  REQUESTS | VERB(CANCEL), 0, "only devices whose newest trigger is "
	  "in one of these states: " STATES_HELP },
	{ "private", 0, OPT_FLAG, NULL, &arg.request.private, 0, REQUESTS, 0,
	  "the identity is an IMPI, not a public one" },
	{ "indication", 0, OPT_STRING, "N|NAME", &arg.request.indication, 0,
	  REQUESTS, 0, "Trigger Indication, 1..65535 or a name: connect, "
	  "report, bootstrap, update-registration" },
	{ "time", 0, OPT_FIELD, "S", &arg.request.template, KEY_TRIGGER_TIME,
	  REQUESTS, 0, "Trigger Time: seconds the device may send" },
	{ "mode", 0, OPT_FIELD, "MODE", &arg.request.template, KEY_TRIGGER_MODE,
	  REQUESTS, 0, "protection of the trigger (full)" },
	{ "lifetime", 0, OPT_NUMBER, "S", &arg.request.lifetime, 0, REQUESTS, 0,
	  "lifetime of the key to ask for (one hour)" },
	{ "p-tid", 0, OPT_FIELD, "TEXT", &arg.template, KEY_P_TID,
	  REQUESTS | VERB(CANCEL) | VERB(STATUS), 0,
	  "the P-TID of the trigger" },
	{ "before", 0, OPT_STRING, "TIME", &arg.before, 0, VERB(PRUNE),
	  VERB(PRUNE), "seconds since 1970, a date as 2026-11-25, or an age "
	  "as 30d" },
	{ "bsf", 0, OPT_STRING, "CMD", &arg.wake.bsf, 0, VERB(WAKE),
	  VERB(WAKE), "the BSF: CMD reads requests and writes responses; or "
	  "https://HOST[:PORT]" },
	{ "bsf", 0, OPT_STRING, "URL", &arg.ask.bsf, 0, VERB(ASK), VERB(ASK),
	  "the BSF, https://HOST[:PORT]" },
	ASK_OPTS(VERB(ASK), arg.ask),
	ASK_OPTS(VERB(WAKE), arg.wake.ask),
	{ "ca", 0, OPT_STRING, "FILE", &arg.ask.ca, 0, VERB(ASK), 0,
	  "the authorities to trust for the BSF (those of the system)" },
	{ "timeout", 0, OPT_NUMBER, "S", &arg.ask.timeout, 0, VERB(ASK), 0,
	  "wait S seconds for an answer (10)" },
	{ "retry-for", 0, OPT_NUMBER, "S", &arg.ask.retry_for, 0, VERB(ASK),
	  0, "ask again for S seconds while there is no answer (30)" },
	{ "to", 0, OPT_STRING, "URI", &arg.wake.push.to, 0, VERB(WAKE), 0,
	  "send all GPIs to URI, not to each device's ue_trp" },
	{ "via", 0, OPT_LIST, "SCHEME=URI", &arg.via, 0, VERB(WAKE), 0,
	  "send GPIs whose ue_trp has this scheme to URI" },
	{ "retry-for", 0, OPT_NUMBER, "S", &arg.wake.push.retry_for, 0,
	  VERB(WAKE), 0, "try again for S seconds if sending fails" },
	{ "passwords", 0, OPT_STRING, "FILE",
	  &arg.wake.push.transport.passwords, 0, VERB(WAKE), 0,
	  "passwords for smpp://; a line is SYSTEM_ID@HOST:PORT PASSWORD" },
	{ "ca", 0, OPT_STRING, "FILE", &arg.wake.push.transport.ca, 0,
	  VERB(WAKE), 0, "the authorities to trust for smpps:// and https:// "
	  "(those of the system)" },
	{ "timeout", 0, OPT_NUMBER, "S", &arg.wake.timeout, 0, VERB(WAKE),
	    0,
	  "wait S seconds for the devices (60)" },
	{ "listen", 0, OPT_STRING, "HOST:PORT", &arg.serve.listen, 0,
	  VERB(SERVE), VERB(SERVE), "where devices connect" },
	{ "dir", 0, OPT_STRING, "DIR", &arg.serve.dir, 0, VERB(SERVE), 0,
	  "write what each device sends to DIR/P_TID" },
	{ "exec", 0, OPT_STRING, "CMD", &arg.serve.exec, 0, VERB(SERVE), 0,
	  "run CMD on each connection" },
	{ "count", 0, OPT_NUMBER, "N", &arg.serve.count, 0, VERB(SERVE), 0,
	  "end after N connections" },
	{ "max-connections", 0, OPT_NUMBER, "N", &arg.serve.max_connections, 0,
	  VERB(SERVE), 0, "at most N connections (as descriptors allow)" },
	{ "max-unproved", 0, OPT_NUMBER, "N", &arg.serve.max_unproved, 0,
	  VERB(SERVE), 0, "at most N of them that have proved no key (half, at "
	  "most 4096)" },
	{ "max-per-address", 0, OPT_NUMBER, "N", &arg.serve.max_per_address, 0,
	  VERB(SERVE), 0, "at most N from one address that have said nothing "
	  "(256)" },
	{ "handshake-timeout", 0, OPT_NUMBER, "S",
	  &arg.serve.handshake_timeout, 0, VERB(SERVE), 0,
	  "wait S seconds for a key and a trigger response (10)" },
	{ "max-octets", 0, OPT_NUMBER, "N", &arg.serve.max_octets, 0,
	  VERB(SERVE), 0, "take at most N octets from a connection (1 MiB; "
	  "with --dir 100 MiB, with --exec any number)" },
	{ "max-time", 0, OPT_NUMBER, "S", &arg.serve.max_time, 0, VERB(SERVE),
	  0, "end a connection after S seconds, if its window is longer" },
	{ "workers", 0, OPT_NUMBER, "N", &arg.serve.workers, 0, VERB(SERVE), 0,
	  "serve with N processes (1)" },
	CONFINE_OPTS(VERB(ASK) | VERB(WAKE) | VERB(SERVE) | VERB(CONNECT)),
	{ "server", 0, OPT_STRING, "HOST:PORT", &arg.connect.server, 0,
	  VERB(CONNECT), VERB(CONNECT), "the MTC server" },
	{ "exec", 0, OPT_STRING, "CMD", &arg.connect.exec, 0,
	  VERB(CONNECT), 0, "run CMD on the connection" },
	{ "state", 0, OPT_STRING, "S[,S...]", &arg.status.state, 0,
	  VERB(STATUS), 0, "only triggers in one of these states: "
	  STATES_HELP },
	{ "since", 0, OPT_STRING, "TIME", &arg.status.since, 0, VERB(STATUS),
	  0, "only triggers whose state changed then or later: seconds since "
	  "1970, a date as 2026-11-25, or an age as 12h" },
	{ "latest", 0, OPT_FLAG, NULL, &arg.status.view.latest, 0,
	  VERB(STATUS), 0, "only the newest trigger of each device" },
	{ "summary", 0, OPT_FLAG, NULL, &arg.status.summary, 0, VERB(STATUS),
	  0, "show a line for each state" },
	{ "metrics", 0, OPT_OUTPUT, "FILE", &arg.status.metrics, 0,
	  VERB(STATUS), 0, "write the summary to FILE, for Prometheus" },
	{ "retry-for", 0, OPT_NUMBER, "S", &arg.connect.retry_for, 0,
	  VERB(CONNECT), 0, "try again for S seconds, within the window" },
	{ "keylog", 0, OPT_STRING, "FILE", &arg.keylog, 0,
	  VERB(SERVE) | VERB(CONNECT), 0, "append the keys of TLS to FILE, "
	  "for Wireshark" },
};

/* ---- devices ---- */

static enum status
check_device(void)
{
	return register_check(&arg.reg, &arg.choice);
}

static enum status
register_devices(void)
{
	return register_run(&arg.reg, arg.db);
}

static enum status
devices(struct output *out)
{
	return device_each(arg.db, output_each, out);
}

static enum status
check_unregister(void)
{
	return choice_names(&arg.choice) ? OK :
	    fail(USAGE, "give --ue-id ID or --ue-id-file FILE");
}

static enum status
unregister(void)
{
	return unregister_run(&arg.choice, arg.db);
}

/* ---- 401: requests, and 401 to 407 in one go ---- */

static enum status
check_request(void)
{
	enum status status;

	arg.request.choice = arg.choice;
	record_copy(&arg.request.device, &arg.reg.device, HAS(UE_TRP));
	record_copy(&arg.request.template, &arg.template, HAS(P_TID));
	if (arg.choice.file != NULL && file_is_standard(arg.choice.file) &&
	    arg.wake.push.transport.passwords != NULL &&
	    file_is_standard(arg.wake.push.transport.passwords))
		return fail(USAGE, "standard input cannot be both --passwords "
		    "and --ue-id-file; give a FILE");
	if ((status = request_options_check(&arg.request)) != OK)
		return status;
	status = register_ue_trp(&arg.reg, &arg.request.device);
	return status == OK ? OK : fail_in(status, "--ue-trp");
}

static enum status
request(struct output *out)
{
	return request_run(&arg.request, arg.db, out);
}

static enum status
wake_devices(struct output *out)
{
	clock_release();
	arg.wake.store = arg.store;
	arg.wake.push.via = arg.via.v;
	arg.wake.push.via_count = arg.via.count;
	return wake(&arg.wake, &arg.request, arg.db, out);
}

/* ---- 402, of a BSF over HTTP ---- */

static enum status
ask(void)
{
	return ask_run(&arg.ask);
}

/* ---- what happened to them ---- */

static enum status
request_again(void *unused, size_t i, const struct item *failure,
    struct output *out)
{
	struct record request, old;
	enum status status = request_resync(arg.db, failure->r, &request,
	    &old);

	(void)unused;
	(void)i;
	if (status == OK)
		output_record(out, &request);
	return status;
}

static enum status
resync(void)
{
	const struct stage stage = { .type = RECORD_SYNC_FAILURE,
	    .decide = request_again, .db = arg.db,
	    .unsaid = "requests lost, whose triggers stay requested" };

	return program_stream(&stage, NULL);
}

static enum status
record(void)
{
	struct report_batch batch = { .db = arg.db };
	const struct stage stage = report_batch_stage(&batch);

	return program_stream(&stage, &batch);
}

static enum status
check_cancel(void)
{
	const struct choice *c = &arg.choice;
	bool one = record_has(&arg.template, HAS(P_TID));

	if (one + choice_names(c) + c->all > 1 || (one && c->state != NULL))
		return fail(USAGE, "give one of --p-tid, --ue-id or "
		    "--ue-id-file, and --all");
	if (!one && !choice_names(c) && !c->all && c->state == NULL)
		return fail(USAGE, "give --p-tid TEXT, --ue-id ID, "
		    "--ue-id-file FILE, --state S or --all");
	return choice_check(&arg.choice);
}

/* Of many triggers it says how many there were. */
static enum status
cancel(void)
{
	enum status status;
	uint64_t closed;

	if (record_has(&arg.template, HAS(P_TID)))
		return (status = db_begin(arg.db)) != OK ? status :
		    db_end(arg.db, trigger_close(arg.db,
		    arg.template.p_tid.v, STATE_FAILED, clock_now(),
		    "cancelled"));
	status = cancel_run(&arg.choice, arg.db, clock_now(), &closed);
	if (status != FAILED && status != USAGE)
		printf("%" PRIu64 "\n", closed);
	return status;
}

static enum status
check_prune(void)
{
	return clock_read("--before", arg.before, &arg.moment);
}

static enum status
prune(void)
{
	uint64_t removed;
	enum status status = prune_run(arg.db, arg.moment,
	    clock_now(), &removed);

	if (status == OK)
		printf("%" PRIu64 "\n", removed);
	return status;
}

static enum status
check_status(void)
{
	struct status_options *o = &arg.status;
	bool one = record_has(&arg.template, HAS(P_TID));

	if (one && (o->state != NULL || o->since != NULL || o->summary ||
	    o->view.latest))
		return fail(USAGE, "--p-tid: one trigger needs no --state, "
		    "--since, --latest or --summary");
	if (o->summary && (common.cbor || choice_names(&arg.choice)))
		return fail(USAGE, common.cbor ? "--cbor: a summary has no "
		    "records" : "give devices or --summary, not both");
	return status_check(o);
}

static enum status
show_status(struct output *out)
{
	struct opt_list ids = { 0 };
	struct record trigger;
	enum status status = choice_list(&arg.choice, &ids), worst = status;
	bool closed, wanted = !choice_names(&arg.choice);

	if (status != FAILED && arg.status.summary) {
		status = status_summarize(&arg.status, arg.db, out);
	} else if (record_has(&arg.template, HAS(P_TID))) {
		status = trigger_find(arg.db, arg.template.p_tid.v, &trigger,
		    &closed);
		for (size_t i = 0; status == OK && i < ids.count; i++)
			wanted |= strcmp(ids.v[i], trigger.ue_id.v) == 0;
		if (status == OK && wanted)
			output_record(out, &trigger);
	} else if (status != FAILED) {
		status = status_show(&arg.status, arg.db, wanted ? NULL : &ids,
		    out);
	}
	choice_free_list(&ids);
	return status_worst(status, worst);
}

/* ---- 407: the secure connection ---- */

static void
say_listening(const char *at)
{
	warn("listening on %s", at);
}

static enum status
open_keylog(void)
{
	return arg.keylog == NULL ? OK : keylog_open(arg.keylog);
}

static enum status
check_serve(void)
{
	enum status status;

	if ((status = address_valid(arg.serve.listen)) != OK)
		return fail_in(status, "--listen");
	if (arg.serve.dir != NULL && arg.serve.exec != NULL)
		return fail(USAGE, "give --dir or --exec, not both");
	if (arg.serve.workers < 1 || arg.serve.workers > SERVE_WORKERS)
		return fail(USAGE, "--workers: found %" PRIu64 ", expected "
		    "1 to %d", arg.serve.workers, SERVE_WORKERS);
	if (arg.serve.max_octets == 0 && arg.serve.exec == NULL)
		arg.serve.max_octets = arg.serve.dir != NULL ?
		    SERVE_FILE_OCTETS : SERVE_LINE_OCTETS;
	common.json = true;
	return open_keylog();
}

static enum status
serve_devices(void)
{
	struct output out;
	enum status status = arg.serve.count > 0 ?
	    program_output(&out, VIEW_TERMINAL) :
	    program_log(&out, VIEW_TERMINAL, RECORD_GPI);

	clock_release();
	arg.serve.store = arg.store;
	arg.serve.listening = say_listening;
	return status != OK ? status : output_close(&out, serve(&arg.serve,
	    &out));
}

static enum status
check_connect(void)
{
	enum status status = address_valid(arg.connect.server);

	return status == OK ? open_keylog() : fail_in(status, "--server");
}

static enum status
connect_one(void *own, size_t i, const struct item *accepted,
    struct output *out)
{
	struct stage *stage = own;
	enum status status = connect_device(item_take(accepted),
	    &arg.connect);

	(void)i;
	(void)out;
	/* a network that fails today may not silence the device for good */
	stage->goes_on = !loop_signalled();
	return status;
}

static enum status
connect_devices(void)
{
	static struct stage stage = { .type = RECORD_ACCEPTED,
	    .decide = connect_one, .silent = true };
	enum status status;

	clock_release();
	confine_reads(common.operand);
	confine_connects(arg.connect.server);
	if ((status = confine_helper(arg.connect.exec)) != OK ||
	    (status = confine(CONFINE_SOCKETS)) != OK)
		return status;
	return program_stream(&stage, &stage);
}

static const char *
built_with(void)
{
	static char list[640];

	snprintf(list, sizeof(list), "%s\n%s", transport_list(), ask_list());
	return list;
}

int
main(int argc, char **argv)
{
	static const struct verb verbs[] = {
		[VERB_REGISTER] = { "register", "[-|FILE]", "Register a "
		    "device, or those of JSON Lines.", .check = check_device,
		    .run = register_devices, .manners = VERB_NO_OUTPUT },
		[VERB_DEVICES] = { "devices", "",
		    "Show the registered devices.", .write = devices,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TABLE },
		[VERB_UNREGISTER] = { "unregister", "", "Remove devices.",
		    .check = check_unregister, .run = unregister,
		    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_NO_NEW_STORE },
		[VERB_REQUEST] = { "request", "", "Request a GPI for each "
		    "device.", .check = check_request, .write = request,
		    .manners = VERB_NO_OPERAND | VERB_RANDOM |
		    VERB_FOR_PROGRAMS },
		[VERB_WAKE] = { "wake", "", "Request, push and follow in one "
		    "run.", .check = check_request, .write = wake_devices,
		    .manners = VERB_NO_OPERAND | VERB_RANDOM | VERB_QUIET },
		[VERB_ASK] = { "ask", "[FILE]", "Ask a BSF for a response to "
		    "each request.", .run = ask, .manners = VERB_NO_STORE },
		[VERB_RECORD] = { "record", "[FILE]", "Store the reports of "
		    "gpi-push.", .run = record, .manners = VERB_NO_OUTPUT },
		[VERB_CANCEL] = { "cancel", "",
		    "Give up triggers and close their SAs.",
		    .check = check_cancel, .run = cancel,
		    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_PRINTS | VERB_NO_NEW_STORE },
		[VERB_RESYNC] = { "resync", "[FILE]",
		    "Turn sync failures into new requests.", .run = resync,
		    .manners = VERB_RANDOM },
		[VERB_SERVE] = { "serve", "",
		    "Take the connections of triggered devices.",
		    .check = check_serve, .run = serve_devices,
		    .manners = VERB_NO_OPERAND | VERB_NO_STORE },
		[VERB_CONNECT] = { "connect", "[FILE]", "Connect as the device "
		    "of accepted records.", .check = check_connect,
		    .run = connect_devices,
		    .manners = VERB_NO_OUTPUT | VERB_NO_STORE },
		[VERB_STATUS] = { "status", "",
		    "Show the state of each trigger.",
		    .check = check_status, .write = show_status,
		    .manners = VERB_NO_OPERAND | VERB_NO_NEW_STORE |
		    VERB_TABLE },
		[VERB_PRUNE] = { "prune", "", "Remove closed triggers that "
		    "are older, and print how many.",
		    .check = check_prune, .run = prune,
		    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT |
		    VERB_PRINTS | VERB_NO_NEW_STORE },
	};
	static const struct program program = { "mtc-trigger",
	    "Trigger devices and run the secure connection with them.",
	    verbs, COUNT(verbs), opts, COUNT(opts), built_with,
	    { &arg.store, &store_schema, &arg.db,
	    db_open } };

	return program_main(&program, argc, argv);
}
