/*
 * gpi-show: show records and GPIs to people who debug a flow.
 */
#include <string.h>

#include "base/lines.h"
#include "gba/gpi.h"
#include "gba/hexview.h"
#include "pipe/program.h"
#include "record/show.h"

static struct {
	const char *k_gpi_file;
	bool hex;
	uint8_t k_gpi[32];
} arg;

static const struct opt opts[] = {
	{ "hex", 0, OPT_FLAG, NULL, &arg.hex, 0, ALL_VERBS, 0,
	  "show each octet with its meaning" },
	{ "k-gpi-file", 0, OPT_STRING, "FILE", &arg.k_gpi_file, 0, ALL_VERBS,
	  0, "open GPIs with the K_GPI in FILE, in hex" },
};

/* *KNOWN: R is what the item is, though it may not have opened. */
static enum status
decode(struct record *r, const uint8_t *item, size_t len, bool *known)
{
	bool array = CBOR_IS_ARRAY(item[0]);
	enum status status = array ? gpi_decode(r, item, len) :
	    record_decode(r, item, len);

	*known = status == OK;
	if (status == OK && array && arg.k_gpi_file != NULL &&
	    (status = gpi_open(r, arg.k_gpi)) == REJECTED)
		return fail(REJECTED, "the GPI was altered, or K_GPI is that "
		    "of another");
	return status;
}

static enum status
show_item(void *unused, size_t i, const struct item *item, struct output *out)
{
	static char v[1 << 18];	/* 2,048 rows of a record at worst */
	struct text t = { v, 0, sizeof(v) };
	struct record r;
	enum status status;
	bool known;

	(void)unused;
	(void)i;
	status = decode(&r, item->v, item->len, &known);
	/* what does not decode is what one most wants to look at */
	if (arg.hex)
		hexview(&t, item->v, item->len, known ? &r : NULL,
		    common.secrets);
	else if (status == OK && out->format == FORMAT_JSON)
		show_json(&t, &r, common.secrets);
	else if (status == OK)
		show_text(&t, &r, common.secrets);
	output_put(out, v, t.len);
	record_wipe(&r);
	wipe(v, t.len);
	return status;
}

/* The one line of the file. */
static enum status
set_k_gpi(void *found, char *line)
{
	bool *one = found;

	if (line[0] == '\0')
		return OK;
	if (*one)
		return fail(MALFORMED, "expected only one line");
	*one = true;
	return hex_read(arg.k_gpi, 32, line) == 32 ? OK :
	    fail(MALFORMED, "expected 64 hex digits");
}

static enum status
read_k_gpi(void)
{
	bool one = false;
	enum status status = lines_each(arg.k_gpi_file, true, set_k_gpi,
	    &one);

	return status == OK && !one ? fail(MALFORMED, "%s: expected 64 hex "
	    "digits", arg.k_gpi_file) : status;
}

static enum status
run(void)
{
	static const struct stage stage = { .decide = show_item };
	enum status status;

	if (arg.hex && common.json)
		return fail(USAGE, "give --hex or -j, not both");
	if (arg.k_gpi_file != NULL && (status = read_k_gpi()) != OK)
		return status;
	common.text = !common.json;
	status = program_stream(&stage, NULL);
	wipe(arg.k_gpi, sizeof(arg.k_gpi));
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "[FILE]", "Show records and "
	    "GPIs: as text, as JSON Lines, or octet by octet.", .run = run } };
	static const struct program program = { "gpi-show", "", verb, 1,
	    .opts = opts, .opt_count = COUNT(opts) };

	return program_main(&program, argc, argv);
}
