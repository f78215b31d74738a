/* opt.c: fuzzes options: the input is arguments, each with a NUL after it. */
#include <getopt.h>
#include <string.h>

#include "pipe/opt.h"
#include "fuzz.h"

#define ARGS_MAX 80

static struct {
	bool flag;
	const char *text, *needed;
	uint64_t number;
	struct opt_list list;
	struct record r;
} arg;

static const struct opt opts[] = {
	{ "flag", 'f', OPT_FLAG, NULL, &arg.flag, 0, 3, 0, "a flag" },
	{ "text", 'd', OPT_STRING, "TEXT", &arg.text, 0, 3, 0, "a text" },
	{ "needed", 0, OPT_STRING, "TEXT", &arg.needed, 0, 2, 2, "is needed" },
	{ "number", 'n', OPT_NUMBER, "N", &arg.number, 0, 3, 0, "a number" },
	{ "naf", 0, OPT_LIST, "NAF", &arg.list, 0, 3, 0, "a list" },
	{ "ue-id", 0, OPT_FIELD, "ID", &arg.r, KEY_UE_ID, 3, 0, "a text" },
	{ "k", 0, OPT_FIELD, "HEX", &arg.r, KEY_K, 3, 0, "octets" },
	{ "mode", 0, OPT_FIELD, "M", &arg.r, KEY_TRIGGER_MODE, 3, 0, "a word" },
	{ "time", 0, OPT_FIELD, "S", &arg.r, KEY_TIME, 3, 0, "a number" },
	{ "naf-id", 0, OPT_FIELD, "HEX", &arg.r, KEY_NAF_ID, 3, 0, "a NAF" },
};

static const struct verb verbs[] = {
	{ "", "[FILE]", "One.", .manners = VERB_RANDOM },
	{ "two", "", "Two.", .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT },
};

static const struct program program = { "fuzz", "", verbs, COUNT(verbs), opts,
    COUNT(opts), .built_with = NULL };

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	char *text, *argv[ARGS_MAX + 2];
	enum status status;
	int argc = 1;

	if (len == 0)
		return 0;
	text = malloc(len + 1);
	memcpy(text, in, len);
	text[len] = '\0';
	memset(argv, 0, sizeof(argv));
	argv[0] = text;
	for (size_t at = 1; at < len && argc < ARGS_MAX; at +=
	    strlen(text + at) + 1)
		argv[argc++] = text + at;
	memset(&arg, 0, sizeof(arg));
	memset(&common, 0, sizeof(common));
	record_init(&arg.r, RECORD_REQUEST);
	optind = 0;
	status = opt_parse(&program, &verbs[in[0] & 1], argc, argv);
	expect(status == OK || status == USAGE);
	expect(status == OK || fail_text()[0] != '\0');
	if (common.help)
		opt_help(&program, &verbs[in[0] & 1]);
	if (status == OK)
		expect(arg.number <= UINT32_MAX && arg.list.count <=
		    ARGS_MAX);
	free(arg.list.v);
	free(text);
	return 0;
}
