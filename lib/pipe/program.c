/* program.c: what all programs have in common. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/random.h"
#include "crypto/crypto.h"
#include "pipe/help.h"
#include "pipe/program.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static enum status
use_common(void)
{
	uint8_t v[64];
	int n;

	if (common.now != 0)
		clock_fix(common.now);
	if (common.rand == NULL)
		return OK;
	n = hex_read(v, sizeof(v), common.rand);
	if (n <= 0)
		return fail(USAGE, "--rand: expected 1 to %zu octets in hex",
		    sizeof(v));
	random_fix(v, (size_t)n);
	return OK;
}

/* ---- the program ---- */

static void
print_version(const struct program *p)
{
	printf("%s %s\n", p->name, VERSION);
	if (p->built_with != NULL)
		printf("%s\n", p->built_with());
}

static enum view
view_of(const struct verb *verb)
{
	static const struct {
		unsigned manner;
		enum view view;
	} views[] = {
		{ VERB_FOR_PROGRAMS, VIEW_RECORDS }, { VERB_TABLE, VIEW_TABLE },
		{ VERB_TEXT, VIEW_TEXT }, { VERB_QUIET, VIEW_QUIET },
	};

	for (size_t i = 0; i < COUNT(views); i++)
		if ((verb->manners & views[i].manner) != 0)
			return views[i].view;
	return VIEW_TERMINAL;
}

static enum status
run_into_output(const struct verb *verb)
{
	struct output out;
	enum status status = program_output(&out, view_of(verb));

	if (status != OK)
		return status;
	status = output_close(&out, verb->write(&out));
	/* whoever looks at an empty table wonders whether it is one */
	if (status == OK && out.format == FORMAT_TABLE && !out.headed &&
	    isatty(STDERR_FILENO))
		warn("there is nothing to show");
	return status;
}

static enum status
run_on_store(const struct verb *verb, const struct program_store *store)
{
	bool change = (verb->manners & VERB_CHANGE) != 0;
	bool create = (verb->manners & VERB_NO_NEW_STORE) == 0;
	enum status status = store->open(store->db, *store->name,
	    store->schema, create);

	if (status == OK && change)
		status = db_begin(*store->db);
	if (status == OK)
		status = verb->write != NULL ? run_into_output(verb) :
		    verb->run();
	if (status == OK && change)
		status = db_commit(*store->db);
	db_close(*store->db);
	return status;
}

static enum status
run(const struct program *p, const struct verb *verb, int argc, char **argv)
{
	enum status status = opt_parse(p, verb, argc, argv);

	if (common.help) {
		opt_help(p, verb);
		return status;
	}
	if (common.version) {
		print_version(p);
		return status;
	}
	if (status != OK || (status = use_common()) != OK ||
	    ((verb->manners & VERB_PRINTS) != 0 &&
	    (status = output_standard()) != OK) ||
	    (verb->check != NULL && (status = verb->check()) != OK))
		return status;
	return p->store.open != NULL && (verb->manners & VERB_NO_STORE) == 0 ?
	    run_on_store(verb, &p->store) : verb->run();
}

/* The edits between A and B, at most LIMIT + 1: letters to insert or drop. */
static size_t
distance(const char *a, const char *b, size_t limit)
{
	size_t drop, insert;

	while (*a != '\0' && *a == *b)
		a++, b++;
	if (limit == 0 || *a == '\0' || *b == '\0') {
		drop = strlen(a) + strlen(b);
		return drop <= limit ? drop : limit + 1;
	}
	drop = distance(a + 1, b, limit - 1);
	insert = distance(a, b + 1, limit - 1);
	return 1 + (drop < insert ? drop : insert);
}

static enum status
unknown_command(const struct program *p, const char *name)
{
	const char *likely = NULL;
	size_t least = 3, n;

	if (name[0] == '\0' || name[0] == '-')
		return fail(USAGE, "no command given; see %s --help", p->name);
	for (size_t i = 0; i < p->verb_count; i++) {
		n = distance(name, p->verbs[i].name, least - 1);
		if (n < least && n < strlen(name)) {
			least = n;
			likely = p->verbs[i].name;
		}
	}
	return likely != NULL ? fail(USAGE, "unknown command '%s' (did you "
	    "mean '%s'?)", name, likely) : fail(USAGE, "unknown command "
	    "'%s'; see %s --help", name, p->name);
}

static enum status
run_verb(const struct program *p, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (p->verbs[0].name[0] == '\0')
		return run(p, &p->verbs[0], argc, argv);
	for (size_t i = 0; i < p->verb_count; i++)
		if (strcmp(p->verbs[i].name, name) == 0)
			return run(p, &p->verbs[i], argc - 1, argv + 1);
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
		help_verbs(p);
	else if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0)
		print_version(p);
	else
		return unknown_command(p, name);
	return OK;
}

/*
 * A file that is opened while a standard stream is closed would take its
 * place.  What stands in can be neither read nor written, so that it shows,
 * and is there where /dev is not.
 */
static void
fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/", O_PATH);
}

/* A program that waits has no keys but those that it waits with. */
static void
forget_keys(void)
{
	crypto_forget();
	memory_wait();
}

/*
 * What fails is said by write(), not by a signal; and none waits because
 * whoever started us had it blocked.
 */
static void
begin_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int
program_main(const struct program *p, int argc, char **argv)
{
	enum status status;

	program_name = p->name;
	memory_begin();
	begin_signals();
	fill_standard_streams();
	message_open();
	loop_before_waits(forget_keys);
	if ((status = loop_open()) == OK)
		status = run_verb(p, argc, argv);
	if (status != OK)
		complain_unsaid();
	if (fflush(stdout) != 0 && status == OK) {
		status = fail(FAILED, "standard output: %s", strerror(errno));
		complain("%s", "");
	}
	memory_end();
	/* a server that is stuck does not hold up the end as well */
	if (loop_works())
		_exit((int)status);
	return (int)status;
}

/* How records leave: as the options say, or else what is seen as the view. */
static enum format
format_of(enum view view, bool terminal)
{
	static const enum format unasked[][2] = {
		[VIEW_RECORDS] = { FORMAT_BINARY, FORMAT_BINARY },
		[VIEW_TERMINAL] = { FORMAT_BINARY, FORMAT_LINES },
		[VIEW_QUIET] = { FORMAT_BINARY, FORMAT_NONE },
		[VIEW_TEXT] = { FORMAT_LINES, FORMAT_LINES },
		[VIEW_TABLE] = { FORMAT_TABLE, FORMAT_TABLE },
	};

	if (common.json || common.text)
		return common.json ? FORMAT_JSON : FORMAT_LINES;
	return common.cbor || common.output != NULL ? FORMAT_BINARY :
	    unasked[view][terminal];
}

static enum status
prepare_output(struct output *out, enum view view)
{
	bool terminal = common.output == NULL && isatty(STDOUT_FILENO);
	enum status status;

	memset(out, 0, sizeof(*out));
	out->secrets = common.secrets;
	out->format = format_of(view, terminal);
	if (terminal && out->format == FORMAT_BINARY)
		return fail(USAGE, "records are binary, and standard output is "
		    "a terminal; use a pipe, -o FILE, -j or -t");
	if (file_is_standard(common.output) &&
	    (status = opt_check_standard()) != OK)
		return status;
	return OK;
}

enum status
program_output(struct output *out, enum view view)
{
	enum status status = prepare_output(out, view);

	return status == OK ? output_open(out, common.output) : status;
}

enum status
program_log(struct output *out, enum view view, enum record_type type)
{
	enum status status = prepare_output(out, view);

	if (out->format != FORMAT_BINARY)
		type = RECORD_GPI;
	return status == OK ? output_log(out, common.output, type) : status;
}

enum status
program_stream(const struct stage *stage, void *arg)
{
	static struct input in;
	enum status status;

	if ((status = input_open(&in, common.operand)) != OK)
		return status;
	in.framing = stage->framing;
	in.hex_too = stage->hex_too;
	return program_run(&in, stage, arg);
}

enum status
program_run(struct input *in, const struct stage *stage, void *arg)
{
	struct output out = { .fd = STDOUT_FILENO };
	enum status status = OK;

	if (!stage->silent)
		status = program_output(&out, VIEW_RECORDS);
	else if (common.output != NULL || common.json || common.text)
		status = fail(USAGE, "%s: there are no records to write",
		    common.output != NULL ? "-o" : common.json ? "-j" : "-t");

	if (status == OK)
		status = stream_run(in, stage, arg, &out);
	input_close(in);
	return output_close(&out, status);
}
