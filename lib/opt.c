/* opt.c: options, from tables. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "help.h"
#include "source.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define OPTS_MAX 64
#define SEEN 256	/* getopt_long returns SEEN + row of the long option */

struct common common;

static bool help, version;

static const struct opt common_opts[] = {
	{ "output", 'o', OPT_STRING, "FILE", &common.output, 0, ALL_VERBS, 0,
	  "write to FILE, mode 0600, which appears whole or not at all" },
	{ "json", 'j', OPT_FLAG, NULL, &common.json, 0, ALL_VERBS, 0,
	  "write JSON Lines" },
	{ "text", 't', OPT_FLAG, NULL, &common.text, 0, ALL_VERBS, 0,
	  "write text" },
	{ "secrets", 's', OPT_FLAG, NULL, &common.secrets, 0, ALL_VERBS, 0,
	  "show secrets in text and JSON" },
	{ "now", 0, OPT_NUMBER, "SECONDS", &common.now, 0, ALL_VERBS, 0,
	  "take this for the time, seconds since 1970" },
	{ "rand", 0, OPT_STRING, "HEX", &common.rand, 0, ALL_VERBS, 0,
	  "take these for the random octets of the one record" },
	{ "help", 'h', OPT_FLAG, NULL, &help, 0, ALL_VERBS, 0,
	  "show this" },
	{ "version", 'V', OPT_FLAG, NULL, &version, 0, ALL_VERBS, 0,
	  "show the version" },
};

/* The rows that the verb takes, its own first. */
static struct {
	const struct opt *row[OPTS_MAX];
	bool seen[OPTS_MAX];
	int count;
} taken;

static bool
takes(const struct verb *verb, const struct opt *row)
{
	if (row->to == &common.rand)
		return (verb->manners & RANDOM) != 0;
	if (row->to == &common.output || row->to == &common.json ||
	    row->to == &common.text || row->to == &common.secrets)
		return (verb->manners & NO_OUTPUT) == 0;
	return true;
}

static void
take_rows(const struct program *p, const struct verb *verb)
{
	unsigned bit = VERB(verb - p->verbs);

	taken.count = 0;
	for (size_t i = 0; i < p->opt_count; i++)
		if ((p->opts[i].verbs & bit) != 0)
			taken.row[taken.count++] = &p->opts[i];
	for (size_t i = 0; i < COUNT(common_opts); i++)
		if (takes(verb, &common_opts[i]))
			taken.row[taken.count++] = &common_opts[i];
}

/* ---- one value ---- */

static enum status
set_number(const struct opt *row, const char *value)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 ||
	    n < 1 || n > UINT32_MAX)
		return fail(USAGE, "--%s: found \"%s\", expected a number "
		    "from 1 to %" PRIu32, row->name, value, UINT32_MAX);
	*(uint64_t *)row->to = n;
	return OK;
}

/* What is wrong with a field is wrong with the option that sets it. */
static enum status
wrong_field(const struct opt *row)
{
	char why[512];
	const char *colon = strstr(fail_text(), ": ");

	snprintf(why, sizeof(why), "%s", colon == NULL ? "" : colon);
	return fail(USAGE, "--%s%s", row->name, why);
}

static enum status
set_value(const struct opt *row, const char *value)
{
	struct opt_list *list = row->to;

	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)row->to = true;
		return OK;
	case OPT_STRING:
		*(const char **)row->to = value;
		return OK;
	case OPT_LIST:
		if (list->count == OPT_LIST_MAX)
			return fail(USAGE, "--%s: found more than %d, "
			    "expected fewer", row->name, OPT_LIST_MAX);
		list->v[list->count++] = value;
		return OK;
	case OPT_NUMBER:
		return set_number(row, value);
	case OPT_FIELD:
		return record_set(row->to, row->field, value) == OK ? OK :
		    wrong_field(row);
	}
	return OK;
}

static enum status
set_row(int i, const char *value)
{
	const struct opt *row = taken.row[i];

	if (taken.seen[i] && row->kind != OPT_LIST)
		return fail(USAGE, "--%s: found twice, expected once",
		    row->name);
	taken.seen[i] = true;
	return set_value(row, value);
}

/* ---- all of them ---- */

static int
row_of_letter(int letter)
{
	for (int i = 0; i < taken.count; i++)
		if (taken.row[i]->letter == letter)
			return i;
	return -1;
}

static enum status
wrong_option(int c, char **argv)
{
	const char *what = argv[optind - 1];
	char letter[] = { '-', (char)optopt, '\0' };

	if (optopt != 0 && optopt < SEEN)
		what = letter;
	return fail(USAGE, c == ':' ? "%s: found no value, expected one" :
	    "%s: found, expected an option that --help shows", what);
}

static enum status
parse(int argc, char **argv)
{
	struct option long_opts[OPTS_MAX + 1] = { { 0 } };
	char letters[2 * OPTS_MAX + 2] = ":", *p = letters + 1;
	enum status status = OK;
	int c;

	for (int i = 0; i < taken.count; i++) {
		const struct opt *row = taken.row[i];

		long_opts[i] = (struct option){ row->name,
		    row->value != NULL, NULL, SEEN + i };
		if (row->letter != 0) {
			*p++ = row->letter;
			if (row->value != NULL)
				*p++ = ':';
		}
	}
	opterr = 0;
	while (status == OK &&
	    (c = getopt_long(argc, argv, letters, long_opts, NULL)) != -1)
		status = c == ':' || c == '?' ? wrong_option(c, argv) :
		    set_row(c >= SEEN ? c - SEEN : row_of_letter(c), optarg);
	return status;
}

static enum status
check_required(const struct program *p, const struct verb *verb)
{
	unsigned bit = VERB(verb - p->verbs);

	for (int i = 0; i < taken.count; i++) {
		const struct opt *row = taken.row[i];

		if ((row->required & bit) != 0 && !taken.seen[i])
			return fail(USAGE, "--%s: found nothing, expected %s",
			    row->name, row->value);
	}
	return OK;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a != NULL && b != NULL && stat(a, &x) == 0 &&
	    stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A store or a card that becomes the output is lost. */
static bool
same_as_output(const struct opt *row)
{
	return row->kind == OPT_STRING && row->to != &common.output &&
	    same_file(*(const char **)row->to, common.output);
}

static enum status
check_operands(const struct verb *verb, int argc, char **argv)
{
	int operands = argc - optind;
	int most = (verb->manners & NO_OPERAND) != 0 ? 0 : 1;

	if (operands > most)
		return fail(USAGE, "%s: found, expected %s", argv[optind +
		    most], most == 0 ? "no operand" : "one operand at most");
	common.operand = operands == 1 ? argv[optind] : NULL;
	for (int i = 0; i < taken.count; i++)
		if (taken.seen[i] && same_as_output(taken.row[i]))
			return fail(USAGE, "--output: found the file of --%s, "
			    "expected another", taken.row[i]->name);
	if (same_file(common.operand, common.output))
		return fail(USAGE, "--output: found the input, expected "
		    "another file");
	if (common.json && common.text)
		return fail(USAGE, "-j: found with -t, expected one of them");
	return OK;
}

static enum status
use_common(void)
{
	uint8_t v[64];
	int n;

	if (common.now != 0)
		source_fix_time(common.now);
	if (common.rand == NULL)
		return OK;
	n = hex_decode(v, sizeof(v), common.rand, strlen(common.rand));
	if (n <= 0)
		return fail(USAGE, "--rand: found no hex of 1 to %zu octets, "
		    "expected it", sizeof(v));
	source_fix_random(v, (size_t)n);
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

static enum status
run(const struct program *p, const struct verb *verb, int argc, char **argv)
{
	enum status status;

	take_rows(p, verb);
	status = parse(argc, argv);
	if (help || version) {
		if (help)
			help_print(p, verb, taken.row, taken.count);
		else
			print_version(p);
		return OK;
	}
	if (status != OK ||
	    (status = check_required(p, verb)) != OK ||
	    (status = check_operands(verb, argc, argv)) != OK ||
	    (status = use_common()) != OK)
		return status;
	return verb->run();
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
		return fail(USAGE, "%s: found, expected a verb that --help "
		    "shows", name[0] == '\0' ? "no verb" : name);
	return OK;
}

/*
 * A file that is opened while a standard stream is closed would take its
 * place.  What stands in cannot be read or written, so that it shows.
 */
static void
fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == 0 ? O_WRONLY :
			    O_RDONLY);
}

int
program_main(const struct program *p, int argc, char **argv)
{
	enum status status;

	program_name = p->name;
	signal(SIGPIPE, SIG_IGN);
	fill_standard_streams();
	status = run_verb(p, argc, argv);
	if (status != OK)
		complain_unsaid();
	if (fflush(stdout) != 0 && status == OK) {
		status = fail(FAILED, "standard output: %s", strerror(errno));
		complain("%s", "");
	}
	return (int)status;
}

enum status
opt_output(struct output *out, bool view)
{
	bool terminal = common.output == NULL && isatty(STDOUT_FILENO);

	memset(out, 0, sizeof(*out));
	out->secrets = common.secrets;
	out->format = common.json ? JSON : common.text ||
	    (terminal && view) ? LINES : BINARY;
	if (terminal && out->format == BINARY)
		return fail(USAGE, "standard output: found a terminal, "
		    "expected a pipe, -o FILE, -j or -t");
	return output_open(out, common.output);
}

enum status
opt_stream(const struct stage *stage, void *arg)
{
	static struct input in;
	enum status status;

	if ((status = input_open(&in, common.operand)) != OK)
		return status;
	in.framing = stage->framing;
	return opt_run(&in, stage, arg);
}

enum status
opt_run(struct input *in, const struct stage *stage, void *arg)
{
	struct output out = { .fd = STDOUT_FILENO };
	enum status status = OK;

	if (!stage->silent)
		status = opt_output(&out, false);
	else if (common.output != NULL || common.json || common.text)
		status = fail(USAGE, "%s: found, expected nothing to write",
		    common.output != NULL ? "-o" : common.json ? "-j" : "-t");

	if (status == OK)
		status = stream_run(in, stage, arg, &out);
	input_close(in);
	return output_close(&out, status);
}
