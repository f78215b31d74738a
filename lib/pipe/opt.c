/* opt.c: options, from tables. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "pipe/clash.h"
#include "pipe/help.h"

#define OPTS_MAX 64
#define SEEN 256	/* getopt_long returns SEEN + row of the long option */

struct common common;

static const struct opt common_opts[] = {
	{ "output", 'o', OPT_OUTPUT, "FILE", &common.output, 0, ALL_VERBS, 0,
	  "write to FILE (0600), whole or not at all" },
	{ "json", 'j', OPT_FLAG, NULL, &common.json, 0, ALL_VERBS, 0,
	  "write JSON Lines" },
	{ "text", 't', OPT_FLAG, NULL, &common.text, 0, ALL_VERBS, 0,
	  "write text" },
	{ "cbor", 0, OPT_FLAG, NULL, &common.cbor, 0, ALL_VERBS, 0,
	  "write records, as -o FILE does" },
	{ "secrets", 's', OPT_FLAG, NULL, &common.secrets, 0, ALL_VERBS, 0,
	  "show secrets in text and JSON" },
	{ "now", 0, OPT_NUMBER, "SECONDS", &common.now, 0, ALL_VERBS, 0,
	  "use this time, in seconds since 1970" },
	{ "rand", 0, OPT_STRING, "HEX", &common.rand, 0, ALL_VERBS, 0,
	  "use these random octets, for one record" },
	{ "help", 'h', OPT_FLAG, NULL, &common.help, 0, ALL_VERBS, 0,
	  "show this help" },
	{ "version", 'V', OPT_FLAG, NULL, &common.version, 0, ALL_VERBS, 0,
	  "show the version" },
};

/* The rows that the verb takes, its own first. */
static struct {
	const struct opt *row[OPTS_MAX];
	bool seen[OPTS_MAX];
	int count;
	struct given given;
} rows;

static bool
takes(const struct verb *verb, const struct opt *row)
{
	if (row->to == &common.rand)
		return (verb->manners & VERB_RANDOM) != 0;
	if (row->to == &common.cbor)
		return (verb->manners & (VERB_TABLE | VERB_TEXT)) != 0;
	if (row->to == &common.output || row->to == &common.json ||
	    row->to == &common.text || row->to == &common.secrets)
		return (verb->manners & VERB_NO_OUTPUT) == 0;
	return true;
}

static void
choose_rows(const struct program *p, const struct verb *verb)
{
	unsigned bit = 1u << (verb - p->verbs);

	memset(&rows, 0, sizeof(rows));
	for (size_t i = 0; i < p->opt_count; i++)
		if ((p->opts[i].verbs & bit) != 0)
			rows.row[rows.count++] = &p->opts[i];
	for (size_t i = 0; i < COUNT(common_opts); i++)
		if (takes(verb, &common_opts[i]))
			rows.row[rows.count++] = &common_opts[i];
}

/* ---- one value ---- */

static enum status
set_number(const struct opt *row, const char *value)
{
	return number_read(value, 1, UINT32_MAX, row->to) ? OK :
	    fail(USAGE, "--%s: '%s' is not a number from 1 to %" PRIu32,
	    row->name, value, UINT32_MAX);
}

/* What is wrong with a field is wrong with the option that sets it. */
static enum status
wrong_field(const struct opt *row)
{
	struct outcome field = outcome_of(USAGE);
	const char *colon = strstr(field.text, ": ");

	return fail(field.status, "--%s%s", row->name, colon == NULL ? "" :
	    colon);
}

static bool
names_file(const struct opt *row)
{
	return strcmp(row->value, "FILE") == 0 ||
	    strcmp(row->value, "DIR") == 0;
}

/* A variable that is not set leaves an empty value: of most it is none. */
static enum status
check_empty(const struct opt *row, const char *value)
{
	if (value[0] != '\0')
		return OK;
	if (names_file(row))
		return fail(USAGE, "--%s: expected the name of a file, found "
		    "an empty one", row->name);
	return strncmp(row->value, "CMD", 3) != 0 ? OK : fail(USAGE, "--%s: "
	    "expected a command, found an empty one", row->name);
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
	case OPT_OUTPUT:
		*(const char **)row->to = value;
		return check_empty(row, value);
	case OPT_LIST:
		if (!array_reserve(list->v, list->room, list->count + 1))
			return fail(FAILED, "--%s: no memory", row->name);
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
	const struct opt *row = rows.row[i];

	if (rows.seen[i] && row->kind != OPT_LIST)
		return fail(USAGE, "--%s is given twice",
		    row->name);
	rows.seen[i] = true;
	return set_value(row, value);
}

/* ---- all of them ---- */

static int
row_of_letter(int letter)
{
	for (int i = 0; i < rows.count; i++)
		if (rows.row[i]->letter == letter)
			return i;
	return -1;
}

static enum status
wrong_option(int c, char **argv)
{
	int i = optopt >= SEEN ? optopt - SEEN : row_of_letter(optopt);

	if (c == ':')
		return fail(USAGE, optopt >= SEEN ? "missing value: --%s %s" :
		    "missing value: -%.1s %s", optopt >= SEEN ?
		    rows.row[i]->name : &rows.row[i]->letter,
		    rows.row[i]->value);
	if (optopt >= SEEN)
		return fail(USAGE, "--%s takes no value", rows.row[i]->name);
	return optopt != 0 ? fail(USAGE, "unknown option -%c", optopt) :
	    fail(USAGE, "unknown option %s", argv[optind - 1]);
}

static enum status
parse(int argc, char **argv)
{
	struct option long_opts[OPTS_MAX + 1] = { { 0 } };
	char letters[2 * OPTS_MAX + 2] = ":", *p = letters + 1;
	enum status status = OK;
	int c;

	for (int i = 0; i < rows.count; i++) {
		const struct opt *row = rows.row[i];

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
missing(const struct opt *row)
{
	return row->letter != 0 ?
	    fail(USAGE, "missing option: -%c %s", row->letter, row->value) :
	    fail(USAGE, "missing option: --%s %s", row->name, row->value);
}

static enum status
check_required(const struct program *p, const struct verb *verb)
{
	unsigned bit = 1u << (verb - p->verbs);

	for (int i = 0; i < rows.count; i++) {
		const struct opt *row = rows.row[i];

		if ((row->required & bit) != 0 && !rows.seen[i])
			return missing(row);
	}
	return OK;
}

static struct given
given_of(const struct verb *verb)
{
	bool reads = (verb->manners & VERB_NO_OPERAND) == 0;

	return (struct given){ rows.row, rows.seen, rows.count,
	    !reads ? NULL : common.operand != NULL ? common.operand : "-" };
}

static enum status
check_operands(const struct verb *verb, int argc, char **argv)
{
	int operands = argc - optind;
	int most = (verb->manners & VERB_NO_OPERAND) != 0 ? 0 : 1;
	enum status status;

	if (operands > most)
		return fail(USAGE, "unexpected argument '%s': %s is read",
		    argv[optind + most], most == 0 ? "no FILE" :
		    "only one FILE");
	common.operand = operands == 1 ? argv[optind] : NULL;
	if (common.operand != NULL && common.operand[0] == '\0')
		return fail(USAGE, "expected the name of the input, found an "
		    "empty one");
	rows.given = given_of(verb);
	if ((status = clash_check(&rows.given)) != OK)
		return status;
	if (common.json && common.text)
		return fail(USAGE, "give -j or -t, not both");
	return common.cbor && (common.json || common.text) ? fail(USAGE,
	    "give --cbor or -%c, not both", common.json ? 'j' : 't') : OK;
}

enum status
opt_parse(const struct program *p, const struct verb *verb, int argc,
    char **argv)
{
	enum status status;

	choose_rows(p, verb);
	status = parse(argc, argv);
	if (common.help || common.version)
		return OK;
	if (status != OK || (status = check_required(p, verb)) != OK)
		return status;
	return check_operands(verb, argc, argv);
}

enum status
opt_check_standard(void)
{
	return clash_check_standard(&rows.given);
}

void
opt_help(const struct program *p, const struct verb *verb)
{
	help_print(p, verb, rows.row, rows.count);
}
