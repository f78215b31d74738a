/*
 * gpi-show: show records and GPIs to people who debug a flow.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lines.h"
#include "gba/examine.h"
#include "gba/gpi.h"
#include "gba/hexview.h"
#include "pipe/clash.h"
#include "pipe/program.h"
#include "record/json.h"
#include "store/card.h"

static struct {
	const char *k_gpi_file, *card_name;
	bool hex, from_json, colour;
	uint8_t k_gpi[32];
	struct record card, bsf;
} arg;

static const struct opt opts[] = {
	{ "hex", 0, OPT_FLAG, NULL, &arg.hex, 0, ALL_VERBS, 0,
	  "show each octet with its meaning" },
	{ "k-gpi-file", 0, OPT_STRING, "FILE", &arg.k_gpi_file, 0, ALL_VERBS,
	  0, "open GPIs with the K_GPI in FILE, in hex" },
	{ "card", 0, OPT_STRING, "FILE", &arg.card_name, 0, ALL_VERBS, 0,
	  "open GPIs with a card, which stays as it is, and show all checks" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, ALL_VERBS, 0,
	  "check as if the card were for this BSF" },
	{ "from-json", 0, OPT_FLAG, NULL, &arg.from_json, 0, ALL_VERBS, 0,
	  "make records, in CBOR, from JSON Lines" },
};

/* An item, and the GPI that it is or has. */
struct subject {
	struct record r;
	struct record within;	/* the GPI of a record */
	struct record *gpi;	/* either of them, or NULL */
	bool known, examined;
	struct examination e;
};

static void
decode_within(struct subject *s)
{
	if (!record_has(&s->r, HAS(GPI)))
		return;
	if (gpi_decode(&s->within, s->r.gpi.v, s->r.gpi.len) == OK)
		s->gpi = &s->within;
	fail_said();
}

static enum status
decode(struct subject *s, const uint8_t *item, size_t len)
{
	bool array = CBOR_IS_ARRAY(item[0]);
	enum status status = array ? gpi_decode(&s->r, item, len) :
	    record_decode(&s->r, item, len);

	s->known = status == OK;
	if (array && s->known)
		s->gpi = &s->r;
	else if (s->known)
		decode_within(s);
	return status;
}

/* With K_GPI, or what the card makes of it. */
static enum status
open_gpi(struct subject *s)
{
	enum status status;

	if (arg.k_gpi_file != NULL) {
		status = gpi_open(s->gpi, arg.k_gpi);
		return status != REJECTED ? status : fail(REJECTED, "the GPI "
		    "was altered, or K_GPI is that of another");
	}
	if (arg.card_name == NULL)
		return OK;
	status = examine(&s->e, s->gpi, &s->r, &arg.card,
	    clock_now());
	s->examined = status != FAILED;
	if (s->examined)
		*s->gpi = s->e.r.gpi;
	return status;
}

static void
show(const struct subject *s, struct text *t, enum format format)
{
	bool opened = arg.k_gpi_file != NULL || arg.card_name != NULL;

	if (format == FORMAT_JSON) {
		if (s->gpi != &s->r)
			show_json(t, &s->r, common.secrets);
		if (s->examined)
			show_line(t, examine_json(&s->e, common.secrets));
		else if (s->gpi == &s->r || (s->gpi != NULL && opened))
			show_json(t, s->gpi, common.secrets);
		return;
	}
	show_text(t, &s->r, common.secrets);
	if (s->gpi == &s->within && opened)
		show_text(t, s->gpi, common.secrets);
	if (s->examined)
		examine_show(t, &s->e, common.secrets);
}

static char rows[1 << 18];	/* 2,048 of a record at worst */

static enum status
show_item(void *unused, size_t i, const struct item *item, struct output *out)
{
	static struct subject s;
	struct text t = { rows, 0, sizeof(rows) };
	enum status status;

	(void)unused;
	(void)i;
	s.gpi = NULL;
	s.examined = false;
	status = decode(&s, item->v, item->len);
	if (s.gpi != NULL)
		status = open_gpi(&s);
	/* what does not decode is what one most wants to look at */
	if (arg.hex)
		hexview(&t, item->v, item->len, &(struct hexview){ s.known ?
		    &s.r : NULL, s.gpi, common.secrets, arg.colour });
	if (arg.hex && s.examined)
		examine_show(&t, &s.e, common.secrets);
	else if (!arg.hex && s.known && (status == OK || s.examined ||
	    s.gpi != &s.r))
		show(&s, &t, out->format);
	output_put(out, rows, t.len);
	record_wipe(&s.r);
	record_wipe(&s.within);
	examine_wipe(&s.e);
	wipe(rows, t.len);
	return status;
}

/* What is cut off, or too long, is looked at as well. */
static void
show_rest(void *unused, const uint8_t *v, size_t len, struct output *out)
{
	struct text t = { rows, 0, sizeof(rows) };

	(void)unused;
	if (!arg.hex || len == 0 || (!CBOR_IS_ARRAY(v[0]) &&
	    !CBOR_IS_MAP(v[0])))
		return;
	hexview(&t, v, len < RECORD_MAX ? len : RECORD_MAX, &(struct hexview){
	    NULL, NULL, common.secrets, arg.colour });
	output_put(out, rows, t.len);
	wipe(rows, t.len);
}

/* ---- from JSON ---- */

static enum status
read_json(struct record *r, const uint8_t *item, size_t len)
{
	return json_is(item, len) ? json_or_record(r, item, len) :
	    fail(MALFORMED, "not a JSON object");
}

static enum status
put_record(void *unused, size_t i, const struct item *item, struct output *out)
{
	uint8_t v[GPI_MAX];
	struct record again;
	enum status status;
	size_t len;

	(void)unused;
	(void)i;
	if (item->r->type != RECORD_GPI || out->format != FORMAT_BINARY) {
		output_record(out, item->r);
		return OK;
	}
	len = gpi_encode(item->r, v);
	if ((status = gpi_decode(&again, v, len)) == OK)
		output_put(out, v, len);
	return status;
}

/* ---- the program ---- */

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

/* Whether standard output is a terminal whose owner wants colours. */
static bool
wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return common.output == NULL && isatty(STDOUT_FILENO) &&
	    (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

static enum status
read_card(void)
{
	enum status status;

	/* what gpi-recv takes as well: it would spend SQN, and has no K */
	if (strncmp(arg.card_name, "pcsc:", 5) == 0 ||
	    strncmp(arg.card_name, "at:", 3) == 0)
		return fail(USAGE, "--card: a UICC shows no K, so it cannot be "
		    "examined; see gpi-recv --explain");
	if ((status = card_read(arg.card_name, &arg.card)) != OK)
		return status;
	file_warn_readable(arg.card_name);
	record_copy(&arg.card, &arg.bsf, HAS(BSF));
	return OK;
}

static enum status
check_args(void)
{
	bool opens = arg.card_name != NULL || arg.k_gpi_file != NULL;

	if (arg.hex && common.json)
		return fail(USAGE, "give --hex or -j, not both");
	if (arg.card_name != NULL && arg.k_gpi_file != NULL)
		return fail(USAGE, "give --card or --k-gpi-file, not both");
	if (record_has(&arg.bsf, HAS(BSF)) && arg.card_name == NULL)
		return fail(USAGE, "--bsf needs --card");
	return !arg.from_json || (!arg.hex && !opens) ? OK :
	    fail(USAGE, "--from-json does not go with --hex, --card and "
	    "--k-gpi-file");
}

static enum status
run(void)
{
	static const struct stage view = { .hex_too = true,
	    .decide = show_item, .rest = show_rest };
	static const struct stage from_json = { .any = true,
	    .read = read_json, .framing = FRAMING_TEXT_LINES,
	    .decide = put_record };
	enum status status = check_args();

	if (status == OK)
		status = clash_reads("k-gpi-file", arg.k_gpi_file);
	if (status == OK && arg.k_gpi_file != NULL)
		status = read_k_gpi();
	if (status == OK && arg.card_name != NULL)
		status = read_card();
	if (status != OK)
		return status;
	arg.colour = wants_colour();
	if (!arg.from_json)
		common.text = !common.json;
	status = program_stream(arg.from_json ? &from_json : &view, NULL);
	wipe(arg.k_gpi, sizeof(arg.k_gpi));
	record_wipe(&arg.card);
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
