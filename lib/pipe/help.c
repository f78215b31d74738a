/* help.c: --help, from the table of options. */
#include <stdio.h>

#include "pipe/help.h"

static void
print_row(const struct opt *row)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
	    row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
	    row->letter != 0 ? "," : " ", row->name,
	    row->value != NULL ? " " : "",
	    row->value != NULL ? row->value : "");
	printf("  %-32s %s\n", left, row->help);
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
	printf("usage: %s VERB [option ...]\n%s\n\n", p->name, p->about);
	for (size_t i = 0; i < p->verb_count; i++)
		printf("  %-12s %s\n", p->verbs[i].name, p->verbs[i].help);
	printf("\n`%s VERB --help' shows a verb's options.\n", p->name);
}
