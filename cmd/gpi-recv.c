/*
 * gpi-recv: check GPIs against the card and accept each genuine one, once.
 * Run by the device (step 406 of gba-push(7)).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/notify.h"
#include "base/place.h"
#include "connection/trigger_window.h"
#include "delivery/transports.h"
#include "gba/receive.h"
#include "pipe/arrivals.h"
#include "pipe/clash.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "store/card_state.h"
#include "store/journal.h"
#include "uicc/uicc.h"

#define SYNC_REST 10	/* seconds between the sync failures of a UICC */

static struct {
	const char *card_name, *sync_name;
	const char *state_name;	/* of a UICC, as the next */
	struct record identity;
	struct uicc_options options;
	struct uicc *uicc;	/* NULL: the card is a file */
	uint64_t answered_at;	/* when the UICC last had a sync failure */
	struct opt_list naf, listen;
	struct inbox inbox;
	struct transport_options transport;
	bool any_naf, unprotected, dry_run, explain, log_json;
	uint64_t count, timeout;
	size_t adopted;		/* sockets */
	struct receive_policy policy;
	struct answered answered;
	struct card_file file;
	struct record card;
	struct journal journal;	/* none is open: a dry run */
	struct output *out, sync_failures;
	bool appears;		/* what leaves, only at the end */
	bool card_changed;
	uint64_t accepted;
} arg = { .file = { .fd = -1 }, .journal = { .fd = -1 },
    .transport = { .timeout = 30 } };

static const struct opt opts[] = {
	{ "card", 0, OPT_STRING, "FILE", &arg.card_name, 0, ALL_VERBS,
	  ALL_VERBS, "the device's card; or pcsc:[READER] or "
	  "at:DEVICE[,BAUD], a UICC" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.identity, KEY_BSF, ALL_VERBS, 0,
	  "the BSF of the UICC's home network" },
	{ "state", 0, OPT_STRING, "FILE", &arg.state_name, 0, ALL_VERBS, 0,
	  "what is remembered of the UICC" },
	{ "impi", 0, OPT_FIELD, "IMPI", &arg.identity, KEY_UE_PRIV_ID,
	  ALL_VERBS, 0, "its private identity (the UICC's own)" },
	{ "aid", 0, OPT_STRING, "HEX", &arg.options.aid, 0, ALL_VERBS, 0,
	  "its application (the GPI's, ISIM or USIM)" },
	{ "pin-file", 0, OPT_STRING, "FILE", &arg.options.pin_file, 0,
	  ALL_VERBS, 0, "its PIN" },
	{ "naf", 0, OPT_LIST, "FQDN[/UA]", &arg.naf, 0, ALL_VERBS, 0,
	  "accept GPIs for this NAF (UA: 0100000007)" },
	{ "any-naf", 0, OPT_FLAG, NULL, &arg.any_naf, 0, ALL_VERBS, 0,
	  "accept GPIs for any NAF" },
	{ "accept-unprotected-trigger", 0, OPT_FLAG, NULL, &arg.unprotected, 0,
	  ALL_VERBS, 0, "accept a trigger of mode none" },
	{ "listen", 0, OPT_LIST, "URI", &arg.listen, 0, ALL_VERBS, 0,
	  "take GPIs at udp://HOST:PORT or another transport" },
	{ "passwords", 0, OPT_STRING, "FILE", &arg.transport.passwords, 0,
	  ALL_VERBS, 0, "passwords for smpp://; a line is SYSTEM_ID@HOST:PORT "
	  "PASSWORD" },
	{ "ca", 0, OPT_STRING, "FILE", &arg.transport.ca, 0, ALL_VERBS, 0,
	  "the authorities to trust for smpps:// (those of the system)" },
	{ "count", 0, OPT_NUMBER, "N", &arg.count, 0, ALL_VERBS, 0,
	  "end after N accepted GPIs" },
	{ "timeout", 0, OPT_NUMBER, "S", &arg.timeout, 0, ALL_VERBS, 0,
	  "end after S seconds" },
	{ "sync-failures", 0, OPT_OUTPUT, "FILE", &arg.sync_name, 0, ALL_VERBS,
	  0, "answer a stale SQN with AUTS, and append it to FILE" },
	{ "dry-run", 0, OPT_FLAG, NULL, &arg.dry_run, 0, ALL_VERBS, 0,
	  "write neither the card nor sync failures" },
	{ "explain", 0, OPT_FLAG, NULL, &arg.explain, 0, ALL_VERBS, 0,
	  "show the values of a failed check on standard error" },
	{ "log-json", 0, OPT_FLAG, NULL, &arg.log_json, 0, ALL_VERBS, 0,
	  "write messages as JSON Lines" },
	CONFINE_OPTS(ALL_VERBS),
};

/* Beside a UICC, which has the rest, the file keeps its RANDs. */
static enum status
lock_card(void)
{
	if (!uicc_named(arg.card_name))
		return card_lock(&arg.file, arg.card_name, &arg.card);
	record_init(&arg.card, RECORD_CARD);
	record_copy(&arg.card, &arg.identity, HAS(BSF) | HAS(UE_PRIV_ID));
	return card_state_lock(&arg.file, arg.state_name, &arg.card,
	    &arg.answered_at);
}

static enum status
begin(void *unused)
{
	(void)unused;
	arg.card_changed = false;
	return lock_card();
}

/* The sender may hear what came of it, once that is durable. */
static void
answer(const struct arrival *arrival, enum status status,
    const struct record *result)
{
	struct answer a = { .status = status };
	uint8_t v[RECORD_MAX];

	if (arrival == NULL)
		return;
	if (result->type == RECORD_SYNC_FAILURE && !arg.dry_run) {
		a.len = record_encode(result, v);
		assert(a.len <= sizeof(a.v));
		memcpy(a.v, v, a.len);
	}
	inbox_hold(&arg.inbox, arrival, &a);
}

/* The record goes into the journal, and leaves after the commit. */
static enum status
accept_record(const struct record *accepted, struct output *out)
{
	uint8_t v[RECORD_MAX];
	size_t len = record_encode(accepted, v);
	enum status status = OK;

	if (!arg.dry_run)
		status = journal_put(&arg.journal, v, len);
	if (status == OK && out->format == FORMAT_BINARY)
		output_put(out, v, len);
	else if (status == OK)
		output_record(out, accepted);
	arg.accepted += status == OK;
	wipe(v, len);
	return status;
}

/* A UICC answers before a GPI is opened: whoever sends much, hears little. */
static bool
rests(uint64_t now)
{
	return arg.uicc != NULL && now >= arg.answered_at &&
	    now - arg.answered_at < SYNC_REST;
}

static enum status
receive_gpi(void *unused, size_t i, const struct item *gpi, struct output *out)
{
	char v[8192];
	struct text explain = { v, 0, sizeof(v) };
	struct receive_policy policy = arg.policy;
	struct reception r = { .policy = &policy, .card = &arg.card,
	    .now = clock_now(), .uicc = arg.uicc,
	    .functions = arg.uicc != NULL ? &uicc_functions : NULL };
	struct record result;
	enum status status;

	(void)unused;
	(void)i;
	v[0] = '\0';
	policy.sync_failures &= !rests(r.now);
	status = receive(&r, gpi->v, gpi->len, &result,
	    arg.explain ? &explain : NULL, common.secrets);
	message_text(v);
	arg.card_changed |= r.card_changed;
	if (status == OK) {
		trigger_window_note(&result);
		status = accept_record(&result, out);
	} else if (result.type == RECORD_SYNC_FAILURE) {
		output_record(&arg.sync_failures, &result);
		arg.answered_at = r.now;
	}
	answer(gpi->arrival, status, &result);
	receive_wipe(&r);
	record_wipe(&result);
	wipe(v, explain.len);
	return status;
}

/*
 * The card is committed before anything that it allowed leaves, and before
 * that the journal, which outlives this program.
 */
static enum status
commit_card(void)
{
	enum status status;

	/* what a UICC has answered it has spent, whatever the state says */
	if (arg.uicc != NULL)
		memset(arg.file.mark, 0, sizeof(arg.file.mark));
	if ((status = journal_commit(&arg.journal, &arg.file)) == OK &&
	    (status = arg.uicc == NULL ? card_replace(&arg.file, &arg.card) :
	    card_state_replace(&arg.file, &arg.card, arg.answered_at)) == OK)
		journal_committed(&arg.journal);
	return status;
}

/* A sender need not wait for whoever reads our output. */
static enum status
commit(void *unused)
{
	enum status status = OK;

	(void)unused;
	if (arg.dry_run)
		output_drop(&arg.sync_failures);
	else if (arg.card_changed)
		status = commit_card();
	card_unlock(&arg.file);
	record_wipe(&arg.card);
	if (status == OK && !arg.dry_run && arg.sync_failures.len == 0)
		inbox_answer(&arg.inbox);
	return status;
}

/* Sync failures leave last: should that fail, no accepted record is lost. */
static enum status
after(void *unused)
{
	enum status status;

	(void)unused;
	if (!arg.appears)
		journal_left(&arg.journal);
	if ((status = output_flush(&arg.sync_failures)) == OK)
		inbox_answer(&arg.inbox);
	return status;
}

/* What an earlier run accepted, and could not write. */
static enum status
put_kept(void *unused, const struct record *accepted)
{
	(void)unused;
	arg.accepted++;
	return output_each(arg.out, accepted);
}

static enum status
first(void *unused, struct output *out, uint64_t *good)
{
	enum status status = OK;

	arg.out = out;
	arg.appears = output_appears(out);
	if (arg.journal.kept > 0)
		status = journal_each(&arg.journal, put_kept, unused);
	if (status == OK)
		status = output_flush(out);
	if (status == OK && !arg.appears)
		journal_left(&arg.journal);
	*good = arg.accepted;
	return status;
}

static void
abandon(void *unused)
{
	(void)unused;
	card_unlock(&arg.file);
	record_wipe(&arg.card);
	journal_drop(&arg.journal);
	output_drop(&arg.sync_failures);
	inbox_fail(&arg.inbox);
}

static void
complain_of_arrival(void *unused, const struct item *gpi)
{
	(void)unused;
	inbox_complain(gpi->arrival->listener, gpi->arrival->peer);
}

/* Whether it listens: by --listen, or on inherited sockets. */
static bool
listens(void)
{
	return arg.listen.count > 0 || arg.adopted > 0;
}

/* What only a UICC has options for, and what it cannot do. */
static enum status
check_uicc_args(void)
{
	const struct uicc_options *o = &arg.options;

	if (uicc_named(arg.card_name)) {
		if (!record_has(&arg.identity, HAS(BSF)) ||
		    arg.state_name == NULL)
			return fail(USAGE, "--card %s needs --bsf and --state",
			    arg.card_name);
		return !arg.dry_run ? OK : fail(USAGE, "--dry-run is not for "
		    "--card %s: a UICC spends SQN", arg.card_name);
	}
	if (arg.identity.has != 0 || arg.state_name != NULL ||
	    o->aid != NULL || o->pin_file != NULL)
		return fail(USAGE, "--bsf, --state, --impi, --aid and "
		    "--pin-file are for --card pcsc: and at:");
	return OK;
}

static enum status
check_args(void)
{
	enum status status = check_uicc_args();

	if (status == OK && !listens())
		status = clash_reads("pin-file", arg.options.pin_file);
	if (status != OK)
		return status;
	if ((arg.naf.count > 0) == arg.any_naf)
		return fail(USAGE, arg.any_naf ? "give --naf or --any-naf, "
		    "not both" : "give --naf FQDN or --any-naf");
	if (arg.explain && arg.log_json)
		return fail(USAGE, "give --explain or --log-json, not both");
	for (size_t i = 0; i < arg.naf.count && status == OK; i++)
		if ((status = receive_naf_valid(arg.naf.v[i])) != OK)
			status = fail_in(status, "--naf");
	if (status == OK && listens() && common.operand != NULL)
		status = fail(USAGE, "give --listen or a FILE, not both");
	if (status == OK && arg.timeout != 0 && !listens())
		status = fail(USAGE, "--timeout needs --listen");
	arg.policy = (struct receive_policy){ arg.naf.v, arg.naf.count,
	    arg.any_naf, arg.unprotected, arg.sync_name != NULL,
	    arg.dry_run ? NULL : &arg.answered };
	return status;
}

/* Whoever renames these files sends SIGHUP. */
static void
reopen(void *unused)
{
	(void)unused;
	if (arg.out != NULL && output_reopen(arg.out) != OK)
		complain("%s", "");
	if (output_reopen(&arg.sync_failures) != OK)
		complain("%s", "");
}

/* Whether somebody has to be asked for the address of URI. */
static bool
has_name(const char *uri)
{
	const char *where = strstr(uri, "://");
	struct address address;
	char host[HOST_MAX + 8];

	if (where == NULL)
		return false;
	where += 3;
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(where, "/?"), where);
	return !address_numeric(host, &address);
}

/* The files that are open by then need no leave. */
static unsigned
note_needs(bool *names)
{
	char where[TRANSPORT_WHERE_MAX];
	const struct transport *t;
	unsigned needs = 0;
	const char *uri;

	*names = false;
	confine_writes(arg.uicc != NULL ? arg.state_name : arg.card_name);
	confine_writes(common.output);
	confine_writes(arg.sync_name);	/* SIGHUP opens it again */
	confine_reads(arg.transport.passwords);
	for (size_t i = 0; i < arg.listen.count; i++) {
		uri = arg.listen.v[i];
		*names |= has_name(uri);
		if (transport_find(uri, USE_LISTEN, &t, where) != OK)
			fail_said();	/* who listens there, says so */
		else if (t == &transport_unix)
			confine_replaces(where);
		else if (t == &transport_sms_pdu || t == &transport_smpp ||
		    t == &transport_smpps)
			needs |= confine_sends_to(uri);
	}
	return needs;
}

static enum status
listen_and_run(const struct stage *stage)
{
	uint64_t deadline = LOOP_NEVER;
	enum status status = transport_prepare(&arg.transport);
	bool names = false;
	unsigned needs = status == OK ? note_needs(&names) : 0;

	/* threads that look up would not be confined */
	if (status == OK && names)
		status = confine_helper(NULL);
	loop_end_on_signals(false);
	loop_on_hangup(reopen, NULL);
	for (size_t i = 0; i < arg.listen.count && status == OK; i++)
		status = transport_listen(arg.listen.v[i], &arg.inbox,
		    &arg.transport);
	if (status != OK) {
		inbox_close(&arg.inbox);
		return status == USAGE ? fail_in(USAGE, "--listen") : status;
	}
	notify_ready();
	if (arg.timeout != 0)
		deadline = clock_monotonic_ms() + 1000 * arg.timeout;
	status = arrivals_run(&arg.inbox, deadline, stage, needs);
	loop_on_hangup(NULL, NULL);
	/* others' garbage is no fault of a service that is asked to stop */
	if (loop_signalled() && status != FAILED)
		return OK;
	if (status != OK || arg.accepted >= arg.count)
		return status;
	if (arg.timeout == 0)
		return fail(REJECTED, "accepted %" PRIu64 " of %" PRIu64
		    " GPIs; nothing more can arrive", arg.accepted, arg.count);
	return fail(REJECTED, "accepted %" PRIu64 " of %" PRIu64 " GPIs "
	    "within %" PRIu64 " s", arg.accepted, arg.count, arg.timeout);
}

/* A card that cannot be read should not wait for a GPI to say so. */
static enum status
open_card(void)
{
	enum status status = OK;

	if (uicc_named(arg.card_name)) {
		arg.options.card = arg.card_name;
		arg.options.impi = record_has(&arg.identity,
		    HAS(UE_PRIV_ID)) ? arg.identity.ue_priv_id.v : NULL;
		arg.options.explain = arg.explain;
		arg.options.secrets = common.secrets;
		status = uicc_open(&arg.uicc, &arg.options);
	}
	if (status == OK && (status = lock_card()) == OK) {
		if (arg.uicc == NULL)
			file_warn_readable(arg.card_name);
		if (!arg.dry_run)
			status = journal_open(&arg.journal, &arg.file);
		card_unlock(&arg.file);
	}
	record_wipe(&arg.card);
	return status;
}

/* An output that is the journal would take its place. */
static enum status
check_outputs(void)
{
	const char *name[] = { common.output, arg.sync_name };
	struct place journal, p;

	if (arg.journal.fd < 0 || place_of(&journal, arg.journal.fd) != OK)
		return OK;
	for (size_t i = 0; i < COUNT(name); i++)
		if (name[i] != NULL && place_find(&p, name[i]) == OK &&
		    place_same(&p, &journal))
			return fail(USAGE, "%s: the card's journal", name[i]);
	fail_said();
	return OK;
}

/* STATUS is that of the run: unless it FAILED, its file has appeared. */
static enum status
close_journal(enum status status)
{
	if (arg.appears && status != FAILED)
		journal_left(&arg.journal);
	if (status == FAILED && arg.journal.kept > 0) {
		complain_unsaid();
		warn("%" PRIu64 " accepted %s kept in %s; the next run writes "
		    "%s first", arg.journal.kept, arg.journal.kept == 1 ?
		    "record is" : "records are", arg.journal.path,
		    arg.journal.kept == 1 ? "it" : "them");
	}
	journal_close(&arg.journal);
	return status;
}

static enum status
receive_all(void)
{
	struct stage stage = { .hex_too = true, .first = first,
	    .begin = begin, .decide = receive_gpi, .commit = commit,
	    .abandon = abandon, .after = after, .limit = arg.count };
	enum status status;

	if ((status = check_outputs()) != OK ||
	    (status = output_append(&arg.sync_failures, arg.dry_run ? NULL :
	    arg.sync_name, RECORD_SYNC_FAILURE)) != OK)
		return status;
	/* a UICC has spent SQN once it has answered */
	stage.batch = arg.uicc != NULL ? 1 : 0;
	if (!listens())
		return program_stream(&stage, NULL);
	stage.sparing = true;
	stage.complain = complain_of_arrival;
	status = listen_and_run(&stage);
	transport_release(&arg.transport);
	return status;
}

static enum status
run(void)
{
	enum status status;

	if (arg.log_json)
		message_as_json();
	if ((status = transport_adopt(&arg.inbox, &arg.adopted)) != OK ||
	    (status = check_args()) != OK)
		return status;
	if ((status = open_card()) == OK)
		status = receive_all();
	uicc_close(arg.uicc);
	return close_journal(status);
}

static const char *
built_with(void)
{
	static char v[640];

	snprintf(v, sizeof(v), "%s\n%s", transport_list(), uicc_list());
	return v;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Check GPIs "
	    "against the card and accept each genuine one, once.",
	    .run = run } };
	static const struct program program = { "gpi-recv", "", verb, 1, opts,
	    COUNT(opts), .built_with = built_with };

	return program_main(&program, argc, argv);
}
