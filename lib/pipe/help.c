/* help.c: --help, from the table of options. */
#include <stdio.h>
#include <string.h>

#include "pipe/help.h"
#include "record/show.h"

#define HELP_AT 35	/* the column at which the texts of options begin */
#define WIDTH 80

/* TEXT from HELP_AT on, in lines of at most WIDTH columns. */
static void
print_wrapped(const char *text)
{
	size_t at = HELP_AT - 1, n;

	for (; *text != '\0'; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		if (at + 1 + n > WIDTH) {
			printf("\n%*s", HELP_AT - 1, "");
			at = HELP_AT - 1;
		}
		printf(" %.*s", (int)n, text);
		at += 1 + n;
	}
	printf("\n");
}

static void
print_row(const struct opt *row)
{
	char left[64], v[512];
	struct text help = { v, 0, sizeof(v) };
	const char *const *word = row->kind == OPT_FIELD ?
	    fields[row->field].words : NULL;

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
	    row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
	    row->letter != 0 ? "," : " ", row->name,
	    row->value != NULL ? " " : "",
	    row->value != NULL ? row->value : "");
	printf("  %-32s", left);
	text_put(&help, "%s", row->help);
	for (size_t i = 0; word != NULL && word[i] != NULL; i++)
		text_put(&help, "%s %s", i == 0 ? ":" : ",", word[i]);
	print_wrapped(v);
}

void
help_print(const struct program *p, const struct verb *verb,
    const struct opt *const *rows, int count)
{
	unsigned bit = 1u << (verb - p->verbs);

	printf("usage: %s%s%s", p->name, verb->name[0] != '\0' ? " " : "",
	    verb->name);
	for (int i = 0; i < count; i++) {
		const struct opt *row = rows[i];

		if ((row->required & bit) == 0)
			continue;
		if (row->letter != 0)
			printf(" -%c %s", row->letter, row->value);
		else
			printf(" --%s %s", row->name, row->value);
	}
	printf(" [option ...]%s%s\n%s\n\n", verb->args[0] != '\0' ? " " : "",
	    verb->args, verb->help);
	for (int i = 0; i < count; i++)
		print_row(rows[i]);
}

void
help_verbs(const struct program *p)
{
	printf("usage: %s COMMAND [option ...]\n%s\n\n", p->name, p->about);
	for (size_t i = 0; i < p->verb_count; i++)
		printf("  %-12s %s\n", p->verbs[i].name, p->verbs[i].help);
	printf("\n`%s COMMAND --help' shows the options of a command.\n",
	    p->name);
}
