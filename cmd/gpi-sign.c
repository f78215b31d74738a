/*
 * gpi-sign: protect each draft under its K_GPI and forget that key.  Run by
 * the BSF (step 402 of gba-push(7)).
 */
#include "gba/steps.h"
#include "pipe/program.h"

static struct record arg;

static const struct opt opts[] = {
	{ "mode", 0, OPT_FIELD, "MODE", &arg, KEY_TRIGGER_MODE, ALL_VERBS, 0,
	  "weakest protection to allow (none)" },
};

static enum status
sign(void *unused, size_t i, const struct item *item, struct output *out)
{
	const struct record *draft = item->r;
	struct record response;
	enum trigger_mode at_least = record_has(&arg, HAS(TRIGGER_MODE)) ?
	    arg.trigger_mode : MODE_NONE;
	enum status status;

	(void)unused;
	(void)i;
	if ((status = gba_sign(draft, at_least, &response)) == OK)
		output_record(out, &response);
	if (record_has(draft, HAS(TRIGGER_MODE)) &&
	    draft->trigger_mode == MODE_NONE && at_least == MODE_NONE)
		warn("warning: p_tid %s: trigger_mode none: anybody can read "
		    "and change this trigger", draft->p_tid.v);
	record_wipe(&response);
	return status;
}

static enum status
run(void)
{
	static const struct stage stage = { .type = RECORD_DRAFT,
	    .decide = sign };

	return program_stream(&stage, NULL);
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Protect drafts "
	    "of GPIs and answer with responses for the NAF.", .run = run } };
	static const struct program program = { "gpi-sign", "", verb, 1,
	    .opts = opts, .opt_count = COUNT(opts) };

	return program_main(&program, argc, argv);
}
