/* record.c: the table of fields against gpi(5), and all that it decides. */
#include <ctype.h>
#include <string.h>

#include "gba/gpi.h"
#include "../fuzz/made.h"
#include "test.h"

#define ZEROS "00000000000000000000000000000000"
#define ANOTHER "record: found another encoding, expected the deterministic one"

/* gpi(5): name, kind, bounds; types 1 to 8: m must, o may, . must not. */
static const struct {
	const char *name;
	enum kind kind;
	uint64_t min, max;
	const char *types;
} spec[] = {
	{ "type", KIND_UINT, 0, 12, "mmmmmmmm" },               { "ver", KIND_UINT, 1, 1, ".m......" },
	{ "rand", KIND_BYTES, 16, 16, "om.mmm.." },             { "autn", KIND_BYTES, 16, 16, ".m.mm..." },
	{ "app_lbl", KIND_BYTES, 0, 16, "mm.mm..." },           { "um", KIND_UINT, 0, 1, "mm.mm..." },
	{ "naf_id", KIND_BYTES, 6, 258, "mmmmm..." },           { "key_lt", KIND_UINT, 1, 4294967295, "mmmmm..." },
	{ "p_tid", KIND_STRING, 1, 64, "mmm...mm" },            { "mac", KIND_BYTES, 16, 16, "...m...." },
	{ "trigger_ind", KIND_UINT, 1, 65535, "oo..o.o." },     { "trigger_time", KIND_UINT, 1, 4294967295, "oo..o..." },
	{ "trigger_mode", KIND_UINT, 0, 2, "oo..o..." },        { "ue_id", KIND_STRING, 1, 255, "mmmmo..o" },
	{ "ue_priv_id", KIND_STRING, 1, 255, "oooom..." },      { "ue_trp", KIND_STRING, 1, 255, "ooom...o" },
	{ "gpi", KIND_BYTES, 1, 1024, "..m.m..." },             { "enc_gpi", KIND_BYTES, 17, 512, "...m...." },
	{ "ks_naf", KIND_BYTES, 32, 32, ".mmmm..." },           { "ks_int_naf", KIND_BYTES, 32, 32, ".oooo..." },
	{ "k_gpi", KIND_BYTES, 32, 32, ".m......" },            { "ul_sa_id", KIND_STRING, 1, 64, "...mm..." },
	{ "dl_sa_id", KIND_STRING, 34, 286, "...mm..." },       { "auts", KIND_BYTES, 14, 14, "o....m.." },
	{ "ue_id_type", KIND_UINT, 0, 1, "o......." },          { "time", KIND_UINT, 1, 4294967295, "....mmmm" },
	{ "state", KIND_UINT, 0, 10, "......om" },              { "detail", KIND_STRING, 0, 255, "......oo" },
};

static void
test_spec(void)
{
	for (size_t key = 0; key < COUNT(spec); key++) {
		test("fields: %s is as in gpi(5)", spec[key].name);
		check(strcmp(fields[key].name, spec[key].name) == 0);
		check(fields[key].kind == spec[key].kind);
		check_uint(fields[key].min, spec[key].min);
		check_uint(fields[key].max, spec[key].max);
		check(strncmp(fields[key].columns + 1, spec[key].types, 8) == 0);
	}
}

/* ---- each type ---- */

/* O is malformed, and the message begins with NAME. */
static bool
refused(const struct out *o, const char *name)
{
	struct record r;
	size_t n = strlen(name);

	return decode(&r, o->v, o->len) == MALFORMED &&
	    strncmp(fail_text(), name, n) == 0 && fail_text()[n] == ':';
}

static const char *
type_name(int type)
{
	return field_word(KEY_TYPE, (uint64_t)type);
}

static void
test_there_and_back(int type, bool may, bool greatest)
{
	uint8_t v[RECORD_MAX];
	struct record r, back;
	struct out o;

	test("record: %s, %s fields, %s", type_name(type), may ? "all" :
	    "must", greatest ? "greatest" : "least");
	make(&r, type, may, greatest);
	shrink(&r);
	write_record(&o, &r, -1, NULL);
	check_ok(record_check(&r));
	check_uint(record_encode(&r, v), o.len);
	check(memcmp(v, o.v, o.len) == 0);
	check_ok(record_decode_as(&back, (enum record_type)type, v, o.len));
	check(same(&r, &back));
	check(record_decode_as(&back, type == RECORD_DRAFT ? RECORD_REQUEST : RECORD_DRAFT, v,
	    o.len) == MALFORMED && strncmp(fail_text(), "type: ", 6) == 0);
	for (size_t cut = 0; cut < o.len; cut++)
		check(decode(&back, v, cut) == MALFORMED);
	for (unsigned next = 0; next < 256; next++) {
		o.v[o.len] = (uint8_t)next;
		check(decode(&back, o.v, o.len + 1) == MALFORMED);
	}
}

/* By their bounds alone three types could be longer than a record may be. */
static void
test_greatest(void)
{
	static const size_t want[RECORD_TYPES] = { [RECORD_REQUEST] = 1181,
	    [RECORD_DRAFT] = 1287, [RECORD_RESPONSE] = 2210, [RECORD_NAF_SA] = 2062,
	    [RECORD_ACCEPTED] = 2347 };
	uint8_t v[GPI_MAX] = { 0 };
	struct record draft, gpi, r;
	size_t n;
	struct out o;

	make(&draft, RECORD_DRAFT, true, true);
	check_ok(gpi_seal(&draft, MODE_NONE, v, &n));
	check_ok(gpi_decode(&gpi, v, n));
	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++) {
		test("record: the greatest %s, and with the greatest GPI",
		    type_name(type));
		make(&r, type, true, true);
		write_record(&o, &r, -1, NULL);
		if (want[type] != 0)
			check_uint(o.len, want[type]);
		if (record_has(&r, HAS(GPI)))
			record_put(&r, KEY_GPI, v, n);
		if (record_has(&r, HAS(ENC_GPI)))
			record_put(&r, KEY_ENC_GPI, v, gpi.enc_gpi.len);
		write_record(&o, &r, -1, NULL);
		check(o.len <= RECORD_MAX);
	}
}

static void
test_presence(int type)
{
	struct record r, back;
	char text[128];
	struct out o;

	test("record: %s without each field, and with each other",
	    type_name(type));
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		char c = fields[key].columns[type];

		make(&r, type, true, false);
		if (c == 'o')
			continue;
		snprintf(text, sizeof(text), c == 'm' ? "%s: found nothing, "
		    "expected in a %s" : key != KEY_C2 ? "%s: found, expected "
		    "nothing in a %s" : "key 28: found, expected a key of "
		    "gpi(5)", fields[key].name, type_name(type));
		if (c == '.')
			write_with(&o, &r, (enum key)key, fields[key].min);
		r.has &= ~BIT(key);
		if (c == 'm')
			write_record(&o, &r, -1, NULL);
		check_fail(decode(&back, o.v, o.len), MALFORMED, text);
	}
}

static void
test_bounds(int type)
{
	struct out o;
	struct record r;

	test("record: %s, a bound exceeded by one", type_name(type));
	make(&r, type, true, false);
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];

		if ((r.has & BIT(key)) == 0)
			continue;
		write_with(&o, &r, (enum key)key, f->max + 1);
		check(refused(&o, f->name));
		write_with(&o, &r, (enum key)key, f->min - (f->min > 0));
		check(f->min == 0 || refused(&o, f->name));
	}
}

static void
test_kinds(int type)
{
	static const char *const items[] = { "10", "2f", "50" ZEROS,
	    "7061616161616161616161616161616161", "90" ZEROS, "80", "a0",
	    "c110", "c150" ZEROS, "f4", "f5", "f6", "f7", "f94c00", "5fff",
	    "fb4030000000000000", "7fff", "5f4100ff", "7f6161ff", "9fff",
	    "bfff" };
	static const size_t kind[] = { 0, 2, 3, 3 };
	struct out o, value;
	struct record r;

	test("record: %s, values of another kind", type_name(type));
	make(&r, type, true, false);
	for (int key = KEY_TYPE; key < KEY_COUNT; key++)
		for (size_t i = 0; i < COUNT(items); i++) {
			if ((r.has & BIT(key)) == 0 ||
			    i == kind[fields[key].kind])
				continue;
			value.len = unhex(value.v, sizeof(value.v), items[i]);
			write_record(&o, &r, key, &value);
			check(refused(&o, fields[key].name));
			check(strstr(fail_text(), ", expected") != NULL);
		}
}

static bool
allowed(enum charset charset, int c)
{
	return charset == CHARSET_ANY ||
	    (charset == CHARSET_VISIBLE && c < 128 && isgraph(c)) ||
	    (charset == CHARSET_LINE && c < 128 && isprint(c)) ||
	    (charset == CHARSET_TOKEN && c < 128 && (isalnum(c) || c == '_')) ||
	    (charset == CHARSET_DIGITS && isdigit(c)) || (c == '-' &&
	    charset != CHARSET_DIGITS) || (charset >= CHARSET_FQDN && charset != CHARSET_DIGITS &&
	    ((c < 128 && (islower(c) || isdigit(c))) || c == '.'));
}

/* Each octet as the first character, of a dl_sa_id in its FQDN. */
static void
test_charset(int type, int key)
{
	const struct field *f = &fields[key];
	size_t n = f->min > 0 ? f->min : 1, at = key == KEY_DL_SA_ID ? 33 : 0;
	struct record r, back;
	struct out o, value;

	test("record: %s, each octet in %s", type_name(type), f->name);
	make(&r, type, true, false);
	for (int c = 0; c < 256 + 33 * (key == KEY_DL_SA_ID); c++) {
		value.len = 0;
		put_value(&value, (enum key)key, n);
		value.v[value.len - n + (c < 256 ? at : (size_t)c - 256)] =
		    c < 256 ? (uint8_t)c : 'g';
		write_record(&o, &r, key, &value);
		if (c < 256 && allowed(f->charset, c))
			check_ok(decode(&back, o.v, o.len));
		else
			check(refused(&o, f->name));
	}
}

/* Each octet at each place of a string of each length. */
static void
test_set(enum key key)
{
	const struct field *f = &fields[key];
	uint8_t v[50];

	test("field_check_string: %s, each octet at each place", f->name);
	for (size_t len = f->min; len <= f->max && len <= sizeof(v); len++)
		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c++) {
				fill(key, v, len);
				v[at] = (uint8_t)c;
				check((field_check_string(f, v, len) == OK) ==
				    allowed(f->charset, c));
			}
}

#define LONELY "auts: found rand or auts alone, expected both or neither"
static void
test_rules(void)
{
	static const struct {
		int type, key;
		uint64_t n;
		const char *text;	/* NULL: it is good */
	} t[] = {
		{ RECORD_REQUEST, KEY_RAND, 16, LONELY },
		{ RECORD_REQUEST, KEY_AUTS, 14, LONELY },
		{ RECORD_TRIGGER_RESPONSE, KEY_STATE, 1, NULL },
		{ RECORD_TRIGGER_RESPONSE, KEY_STATE, 2, "state: found requested, expected accepted or refused" },
		{ RECORD_TRIGGER_RESPONSE, KEY_STATE, 10, "state: found failed, expected accepted or refused" },
		{ RECORD_TRIGGER_RESPONSE, KEY_TRIGGER_IND, 1, NULL },
	};
	struct record r, back;
	struct out o;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("record: %s with %s alone, %u", type_name(t[i].type),
		    fields[t[i].key].name, (unsigned)t[i].n);
		make(&r, t[i].type, false, false);
		write_with(&o, &r, (enum key)t[i].key, t[i].n);
		if (t[i].text == NULL)
			check_ok(decode(&back, o.v, o.len));
		else
			check_fail(decode(&back, o.v, o.len), MALFORMED,
			    t[i].text);
		check(!record_has(&back, HAS(TRIGGER_MODE)));
	}
}

static void
test_trigger(int type)
{
	struct record r, back;
	struct out o;

	test("record: the trigger of a %s", type_name(type));
	make(&r, type, true, false);
	r.has &= ~HAS(TRIGGER_MODE);
	write_record(&o, &r, -1, NULL);
	check_ok(decode(&back, o.v, o.len));
	check(record_has(&back, HAS(TRIGGER_MODE)));
	check_uint(back.trigger_mode, MODE_FULL);
	r.has &= ~HAS(TRIGGER_IND);
	write_record(&o, &r, -1, NULL);
	check_fail(decode(&back, o.v, o.len), MALFORMED,
	    "trigger_time: found without trigger_ind");
	r.has = (r.has & ~HAS(TRIGGER_TIME)) | HAS(TRIGGER_MODE);
	write_record(&o, &r, -1, NULL);
	check_fail(decode(&back, o.v, o.len), MALFORMED,
	    "trigger_mode: found without trigger_ind");
}

/* ---- one encoding ---- */

static void
test_encodings(int type)
{
	struct record r, back;
	struct out o, new;

	test("record: %s in every other encoding", type_name(type));
	make(&r, type, true, false);
	write_record(&o, &r, -1, NULL);
	for (size_t i = 0; other_encoding(&new, &o, i); i++) {
		if (new.len == 0)
			continue;
		check(decode(&back, new.v, new.len) == MALFORMED);
		if (i < 12 * o.pairs && i % 6 < 4)
			check(strcmp(fail_text(), ANOTHER) == 0);
		else if (i >= 6 * (2 * o.pairs + 1) + 4)
			check(strstr(fail_text(), ": found twice or after a "
			    "greater key, expected ascending keys") != NULL);
	}
}

static void
test_keys(void)
{
	static const struct {
		const char *hex, *text;
	} t[] = {
		{ "", "not a record of these programs" },
		{ "80", "not a record of these programs" },
		{ "88", "a GPI, not a record" },
		{ "a0", "type: found none of a record, expected 1 to 12" },
		{ "a10000", "type: found none of a record, expected 1 to 12" },
		{ "a1000d", "type: found 13, expected 0 to 12" },
		{ "a100190100", "type: found 256, expected 0 to 12" },
		{ "a10101", "type: found nothing, expected first in a record" },
		{ "a2000118ff00", "key 255: found, expected a key of gpi(5)" },
		{ "a20001183500", "key 53: found, expected a key of gpi(5)" },
		{ "a20001181c4100", "key 28: found, expected a key of gpi(5)" },
		{ "a200011bffffffffffffffff00", "key 18446744073709551615: found, expected a key of gpi(5)" },
		{ "a200012000", "key: found another kind, expected an integer" },
		{ "a20001616100", "key: found text, expected an integer" },
		{ "a20001410100", "key: found bytes, expected an integer" },
		{ "a2000180", "record: found its end after 4 octets, expected more" },
		{ "bb80000000000000010001", "record: found its end after 11 octets, expected more" },
		{ "a40008086141181901181a0a0100", "record: found 2 octets after its end, expected none" },
	};
	struct record r;
	struct out o;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("record: \"%s\"", t[i].hex);
		o.len = unhex(o.v, sizeof(o.v), t[i].hex);
		check_fail(decode(&r, o.v, o.len), MALFORMED, t[i].text);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_spec();
	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++) {
		for (int form = 0; form < 4; form++)
			test_there_and_back(type, form & 1, form & 2);
		test_presence(type);
		test_bounds(type);
		test_kinds(type);
		for (int key = KEY_TYPE; key < KEY_COUNT; key++)
			if (fields[key].columns[type] != '.' &&
			    fields[key].kind != KIND_UINT)
				test_charset(type, key);
		test_encodings(type);
		if (fields[KEY_TRIGGER_TIME].columns[type] == 'o')
			test_trigger(type);
	}
	test_set(KEY_P_TID);
	test_set(KEY_UE_ID);
	test_set(KEY_DETAIL);
	test_set(KEY_IMSI);
	test_set(KEY_BSF);
	test_greatest();
	test_rules();
	test_keys();
	return test_end();
}
