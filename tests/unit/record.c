/* record.c: the table of fields against records.md, and all it decides. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/gpi.h"
#include "../fuzz/made.h"
#include "test.h"

#define ANOTHER "record: found another encoding, expected the deterministic one"

/* records.md: name, kind, bounds; types 1 to 8: m must, o may, . must not. */
static const struct {
	const char *name;
	enum kind kind;
	uint64_t min, max;
	const char *types;
} spec[] = {
	{ "type", UINT, 0, 12, "mmmmmmmm" },
	{ "ver", UINT, 1, 1, ".m......" },
	{ "rand", BYTES, 16, 16, "om.mmm.." },
	{ "autn", BYTES, 16, 16, ".m.mm..." },
	{ "app_lbl", BYTES, 0, 16, "mm.mm..." },
	{ "um", UINT, 0, 1, "mm.mm..." },
	{ "naf_id", BYTES, 6, 258, "mmmmm..." },
	{ "key_lt", UINT, 1, 4294967295, "mmmmm..." },
	{ "p_tid", STRING, 1, 64, "mmm...mm" },
	{ "mac", BYTES, 16, 16, "...m...." },
	{ "trigger_ind", UINT, 1, 65535, "oo..o.o." },
	{ "trigger_time", UINT, 1, 4294967295, "oo..o..." },
	{ "trigger_mode", UINT, 0, 2, "oo..o..." },
	{ "ue_id", STRING, 1, 255, "mmmmo..o" },
	{ "ue_priv_id", STRING, 1, 255, "oooom..." },
	{ "ue_trp", STRING, 1, 255, "ooom...o" },
	{ "gpi", BYTES, 1, 1024, "..m.m..." },
	{ "enc_gpi", BYTES, 17, 512, "...m...." },
	{ "ks_naf", BYTES, 32, 32, ".mmmm..." },
	{ "ks_int_naf", BYTES, 32, 32, ".oooo..." },
	{ "k_gpi", BYTES, 32, 32, ".m......" },
	{ "ul_sa_id", STRING, 1, 64, "...mm..." },
	{ "dl_sa_id", STRING, 34, 286, "...mm..." },
	{ "auts", BYTES, 14, 14, "o....m.." },
	{ "ue_id_type", UINT, 0, 1, "o......." },
	{ "time", UINT, 1, 4294967295, "....mmmm" },
	{ "state", UINT, 0, 10, "......om" },
	{ "detail", STRING, 0, 255, "......oo" },
};

static void
test_spec(void)
{
	for (size_t key = 0; key < COUNT(spec); key++) {
		test("fields: %s is as in records.md", spec[key].name);
		check(strcmp(fields[key].name, spec[key].name) == 0);
		check(fields[key].kind == spec[key].kind);
		check_uint(fields[key].min, spec[key].min);
		check_uint(fields[key].max, spec[key].max);
		check(strncmp(fields[key].columns + 1, spec[key].types, 8) == 0);
	}
}

/* ---- each type ---- */

/* Decode a copy, so that nothing stands behind it. */
static enum status
decode(struct record *r, const uint8_t *v, size_t len)
{
	uint8_t *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, v, len);
	status = record_decode(r, exact + 1, len);
	free(exact);
	return status;
}

/* O is malformed, and the message begins with NAME. */
static bool
refused(const struct out *o, const char *name)
{
	struct record r;
	size_t n = strlen(name);

	return decode(&r, o->v, o->len) == MALFORMED &&
	    strncmp(fail_text(), name, n) == 0 && fail_text()[n] == ':';
}

static bool
same(const struct record *a, const struct record *b)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];
		const struct octets *x = octets_at(a, f), *y = octets_at(b, f);

		if ((a->has & BIT(key)) != 0 && (f->kind == UINT ?
		    *number_at(a, f) != *number_at(b, f) :
		    x->len != y->len || memcmp(x->v, y->v, x->len) != 0))
			return false;
	}
	return a->has == b->has;
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
	check_ok(decode(&back, v, o.len));
	check(same(&r, &back));
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
	static const size_t want[RECORD_TYPES] = { [REQUEST] = 1188,
	    [DRAFT] = 1306, [RESPONSE] = 2209, [NAF_SA] = 2062,
	    [ACCEPTED] = 2317 };
	uint8_t gpi_octets[GPI_MAX], v[RECORD_MAX] = { 0 };
	struct record draft, gpi, r;
	size_t n;
	struct out o;

	make(&draft, DRAFT, true, true);
	check_ok(gpi_seal(&draft, &gpi));
	n = gpi_encode(&gpi, gpi_octets);
	for (int type = REQUEST; type < RECORD_TYPES; type++) {
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
	const char *column = "mo.";
	struct record r, back;
	struct out o, value;
	char text[128];

	test("record: %s without each field, and with each other",
	    type_name(type));
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		char c = fields[key].columns[type];

		check(strchr(column, c) != NULL);
		make(&r, type, true, false);
		if (c == 'm') {
			r.has &= ~BIT(key);
			write_record(&o, &r, -1, NULL);
			snprintf(text, sizeof(text), "%s: found nothing, "
			    "expected in a %s", fields[key].name,
			    type_name(type));
		} else if (c == '.') {
			value.len = 0;
			put_value(&value, (enum key)key, fields[key].min);
			write_record(&o, &r, key, &value);
			snprintf(text, sizeof(text), key == KEY_C2 ? "key 28: "
			    "found, expected a key of gpi(5)" : "%s: found, "
			    "expected nothing in a %s", fields[key].name,
			    type_name(type));
		} else {
			continue;
		}
		check_fail(decode(&back, o.v, o.len), MALFORMED, text);
	}
}

static void
test_bounds(int type)
{
	struct out o, value;
	struct record r;

	test("record: %s, each bound exceeded by one", type_name(type));
	make(&r, type, true, false);
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];

		if ((r.has & BIT(key)) == 0)
			continue;
		value.len = 0;
		put_value(&value, (enum key)key, f->max + 1);
		write_record(&o, &r, key, &value);
		check(refused(&o, f->name));
		value.len = 0;
		put_value(&value, (enum key)key, f->min - (f->min > 0));
		write_record(&o, &r, key, &value);
		check(f->min == 0 || refused(&o, f->name));
	}
}

static void
test_kinds(int type)
{
	/* the first that is good is of the kind; whatever the field, 16 */
	static const char *const items[] = { "10", "2f", "50" "00000000000000"
	    "000000000000000000", "70" "61616161616161616161616161616161",
	    "90" "00000000000000000000000000000000", "80", "a0", "c110",
	    "c150" "00000000000000000000000000000000", "f4", "f5", "f6", "f7",
	    "f94c00", "fb4030000000000000", "e0", "5fff", "7fff", "5f4100ff",
	    "7f6161ff", "9fff", "bfff" };
	static const size_t kind[] = { [UINT] = 0, [BYTES] = 2, [STRING] = 3,
	    [WORDS] = 3 };
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
