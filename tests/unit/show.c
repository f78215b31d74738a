/* show.c: records as text and JSON, and fields from text. */
#include <string.h>

#include "gba/hexview.h"
#include "record/json.h"
#include "../fuzz/vector.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* ---- records known by hand ---- */

/* As in gpi(5): records as octets, as JSON and as text. */
static const struct {
	const char *name, *hex, *json, *text;
} known[] = {
	{ "a request",
	    "aa" "0001" "0440" "0500" "06546d74632e6578616d706c652e6f7267" "0100000007" "071a70dbd880"
	    "08743035746e71346d306234316733633865713130" "73" "0a02" "0b181e" "0c02" "0d676d657465722d37",
	    "{\"type\":\"request\",\"app_lbl\":\"\",\"um\":\"me\",\"naf_id\":\"mtc.example.org/0100000007\","
	    "\"key_lt\":1893456000,\"p_tid\":\"05tnq4m0b41g3c8eq10s\",\"trigger_ind\":2,\"trigger_time\":30,"
	    "\"trigger_mode\":\"full\",\"ue_id\":\"meter-7\"}\n",
	    "request\n  app_lbl      \n  um           me\n  naf_id       mtc.example.org/0100000007\n"
	    "  key_lt       1893456000 (2030-01-01T00:00:00Z)\n  p_tid        05tnq4m0b41g3c8eq10s\n"
	    "  trigger_ind  2\n  trigger_time 30\n  trigger_mode full\n  ue_id        meter-7\n\n" },
	{ "a response",
	    "a8" "0003" "06476e610100000007" "071affffffff" "086141" "0d6178" "0f697564703a2f2f3a3a31"
	    "1043abcdef" "125820" KEY_A,
	    "{\"type\":\"response\",\"naf_id\":\"na/0100000007\",\"key_lt\":4294967295,\"p_tid\":\"A\",\"ue_id\":\"x\","
	    "\"ue_trp\":\"udp://::1\",\"gpi\":\"abcdef\",\"ks_naf\":\"(hidden)\"}\n",
	    "response\n  naf_id       na/0100000007\n  key_lt       4294967295 (2106-02-07T06:28:15Z)\n"
	    "  p_tid        A\n  ue_id        x\n  ue_trp       udp://::1\n  gpi          abcdef\n"
	    "  ks_naf       (hidden)\n\n" },
	{ "a report",
	    "a5" "0008" "086141" "181901" "181a0a" "181b67" "22205c20277e21",
	    "{\"type\":\"report\",\"p_tid\":\"A\",\"time\":1,\"state\":\"failed\",\"detail\":\"\\\" \\\\ '~!\"}\n",
	    "report\n  p_tid        A\n  time         1 (1970-01-01T00:00:01Z)\n  state        failed\n"
	    "  detail       \" \\ '~!\n\n" },
	{ "a subscriber",
	    "a8" "000b" "0e6169" "181d50" "000102030405060708090a0b0c0d0e0f" "182000" "1822420000" "18231b0000ffffffffffff"
	    "182566323632303130" "1826656120622063",
	    "{\"type\":\"subscriber\",\"ue_priv_id\":\"i\",\"k\":\"(hidden)\",\"algorithm\":\"milenage\","
	    "\"amf\":\"0000\",\"sqn\":281474976710655,\"imsi\":\"262010\",\"ue_id\":[\"a\",\"b\",\"c\"]}\n",
	    "subscriber\n  ue_priv_id   i\n  k            (hidden)\n  algorithm    milenage\n  amf          0000\n"
	    "  sqn          281474976710655\n  imsi         262010\n  ue_id        a b c\n\n" },
};

static void
test_known(void)
{
	char v[SHOW_MAX] = "";
	struct text t = { v, 0, sizeof(v) };
	uint8_t octets[RECORD_MAX];
	struct record r;
	struct out o;

	for (size_t i = 0; i < COUNT(known); i++) {
		test("record: the octets of %s", known[i].name);
		o.len = unhex(o.v, sizeof(o.v), known[i].hex);
		check_ok(decode(&r, o.v, o.len));
		check_uint(record_encode(&r, octets), o.len);
		check_hex(octets, known[i].hex);

		test("show_json: %s", known[i].name);
		t.len = 0;
		show_json(&t, &r, false);
		check(strcmp(v, known[i].json) == 0);
		check_uint(t.len, strlen(v));

		test("show_text: %s", known[i].name);
		t.len = 0;
		show_text(&t, &r, false);
		check(strcmp(v, known[i].text) == 0);
	}
}

/* Show secret fields of every type with and without --secrets. */
static void
test_secrets(int type)
{
	char v[SHOW_MAX] = "", hex[HEX_LEN(64)], hidden[64];
	struct text t = { v, 0, sizeof(v) };
	struct record r;

	test("show: the secrets of a %s", field_word(KEY_TYPE, (uint64_t)type));
	make(&r, type, true, false);
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];

		if ((r.has & BIT(key)) == 0 || f->shown != SHOWN_SECRET)
			continue;
		memset(octets_at(&r, f)->v, key, f->min);
		hex_encode(hex, octets_at(&r, f)->v, f->min);
		for (int form = 0; form < 4; form++) {
			t.len = 0;
			(form & 1 ? show_json : show_text)(&t, &r, form & 2);
			snprintf(hidden, sizeof(hidden), form & 1 ?
			    "\"%s\":\"(hidden)\"" : "  %-12s (hidden)\n",
			    f->name);
			check((strstr(v, hex) == NULL) == !(form & 2));
			check((strstr(v, hidden) != NULL) == !(form & 2));
		}
	}
}

static void
test_which_are_secret(void)
{
	char names[256] = "";

	test("fields: which are secret");
	for (int key = 0; key < KEY_COUNT; key++)
		if (fields[key].shown == SHOWN_SECRET)
			strcat(strcat(names, " "), fields[key].name);
	check(strcmp(names, " ks_naf ks_int_naf k_gpi k opc topc") == 0);
}

/* Every record is good JSON of as many members, and fits SHOW_MAX. */
static void
test_all(int type)
{
	char v[SHOW_MAX] = "";
	struct text t = { v, 0, sizeof(v) };
	struct record r;
	json_t *json;

	test("show: each %s fits and is JSON",
	    field_word(KEY_TYPE, (uint64_t)type));
	for (int form = 0; form < 4; form++) {
		make(&r, type, form & 1, form & 2);
		t.len = 0;
		show_text(&t, &r, true);
		check(t.len < sizeof(v) - 1);
		t.len = 0;
		show_json(&t, &r, true);
		check(t.len < sizeof(v) - 1);
		json = json_loads(v, JSON_REJECT_DUPLICATES, NULL);
		check_uint(json_object_size(json),
		    (uint64_t)__builtin_popcountll(r.has));
		json_decref(json);
	}
}

/* ---- strings ---- */

static void
test_json_text(void)
{
	static const struct {
		const char *in, *json;
	} t[] = {
		{ "a\"\\/\n\t\x1f \xe2\x82\xac", "\"a\\\"\\\\/\\n\\t\\u001F \xe2\x82\xac\"" },
		{ "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },
		{ "a\xc3", "\"a?\"" }, { "\xc0\x80", "\"??\"" },
		{ "\xed\xa0\x80z", "\"???z\"" }, { "\xf4\x90\x80\x80", "\"????\"" },
		{ "\xe2\x82\xac\xff", "\"????\"" },
	};
	char *got;
	json_t *json;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("json_text: %s", t[i].json);
		json = json_text(t[i].in, strlen(t[i].in));
		got = json_dumps(json, JSON_ENCODE_ANY);
		check(strcmp(got, t[i].json) == 0);
		free(got);
		json_decref(json);
	}
}

static void
test_text(void)
{
	char v[80] = "";
	struct text t;

	test("text: what does not fit is cut");
	for (size_t max = 1; max < 24; max++) {
		memset(v, 'x', sizeof(v));
		t = (struct text){ v, 0, max };
		for (int i = 0; i < 4; i++) {
			text_put(&t, "%s", "12345");
			text_char(&t, '6');
		}
		check_uint(t.len, max - 1);
		check(v[t.len] == '\0' && v[max] == 'x');
		check(strncmp(v, "123456123456123456123456", t.len) == 0);
	}
}

static void
test_set(void)
{
	static const char *const good[][2] = {
		{ "naf_id", "a.b-0/00ffABcdef" }, { "um", "u" }, { "trigger_mode", "none" }, { "key_lt", "1" },
		{ "key_lt", "4294967295" }, { "key_lt", "007" }, { "rand", "000102030405060708090A0b0c0d0e0f" },
		{ "app_lbl", "" }, { "p_tid", "-_azAZ09" }, { "detail", "" }, { "detail", "a b" }, { "state", "failed" },
		{ "key_lt", " 1\t" }, { "ue_id", " a\r\n" }, { "app_lbl", "0xA0" }, { "sqn", "0x1F" }, { "sqn", "0" },
	};
	static const char *const bad[][3] = {
		{ "um", "0", "um: found \"0\", expected me or u" },
		{ "um", "", "um: found \"\", expected me or u" },
		{ "key_lt", "0", "key_lt: found 0, expected 1 to 4294967295" },
		{ "key_lt", "4294967296", "key_lt: found 4294967296, expected 1 to 4294967295" },
		{ "key_lt", "18446744073709551616", "key_lt: found \"18446744073709551616\", expected a decimal number" },
		{ "key_lt", "-1", "key_lt: found \"-1\", expected a decimal number" },
		{ "key_lt", "1 1", "key_lt: found \"1 1\", expected a decimal number" },
		{ "sqn", "000000000020", "sqn: found \"000000000020\", expected a decimal number without zeros before it, or 0x and hex" },
		{ "sqn", "16f3b3f70fc2", "sqn: found \"16f3b3f70fc2\", expected a decimal number without zeros before it, or 0x and hex" },
		{ "sqn", "1e3", "sqn: found \"1e3\", expected a decimal number without zeros before it, or 0x and hex" },
		{ "sqn", "0x1000000000000", "sqn: found \"0x1000000000000\", expected a decimal number" },
		{ "sqn", "0x", "sqn: found \"0x\", expected a decimal number" },
		{ "key_lt", "0x1", "key_lt: found \"0x1\", expected a decimal number" },
		{ "rand", "00", "rand: found 1 octet, expected 16" },
		{ "k", "0", "k: found an odd number of digits, expected hex in one piece, two digits an octet" },
		{ "k", "(hidden)", "k: found (hidden), expected what -s shows" },
		{ "k", "secret!!", "k: found 8 characters, expected hex, two "
		    "digits an octet" },
		{ "ue_id", "a b", "ue_id: found other characters, expected printable ASCII without space" },
		{ "ue_id", "", "ue_id: found 0 characters, expected 1 to 255" },
		{ "naf_id", "a", "naf_id: found \"a\", expected FQDN/UA with UA 10 hex digits" },
		{ "naf_id", "a/01", "naf_id: found \"a/01\", expected FQDN/UA with UA 10 hex digits" },
		{ "naf_id", "/0100000007", "naf_id: found 5 octets, expected 6 to 258" },
		{ "naf_id", "A/0100000007", "naf_id: found other characters, expected a lower-case FQDN and 5 octets" },
		{ "bsf", "a_b", "bsf: found other characters, expected lower-case letters, digits, hyphens and dots" },
	};
	struct record r = { .has = 0 };

	for (size_t i = 0; i < COUNT(good); i++) {
		test("record_set: %s %s", good[i][0], good[i][1]);
		check_ok(record_set(&r, (enum key)field_find(good[i][0],
		    strlen(good[i][0])), good[i][1]));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		test("record_set: %s %s", bad[i][0], bad[i][1]);
		r.has = 0;
		check_fail(record_set(&r, (enum key)field_find(bad[i][0],
		    strlen(bad[i][0])), bad[i][1]), MALFORMED, bad[i][2]);
		check_uint(r.has, 0);
	}
	test("field_find: nothing of that name");
	check(field_find("", 0) == -1 && field_find("ver", 2) == -1);
	check(field_find("type", 4) == 0 && field_find("failed", 6) == 50);
}

/* ---- octets ---- */

#define MEANS "                               = "
#define CLEAR "clear, authenticated (AD1)\n"

static const char full[] =
    "0000  88                       gpi            array of 8, authenticated (AD1)\n"
    "0001  01                       ver            " CLEAR
    "0002  50 23 55 3c be 96 37 a8  rand           " CLEAR
    "000a  9d 21 8a e6 4d ae 47 bf\n"
    "0012  35\n"
    "0013  50 55 f3 28 b4 35 77 b9  autn           " CLEAR
    "001b  b9 4a 9f fa c3 54 df af\n"
    "0023  b3\n"
    "0024  40                       app_lbl        " CLEAR
    "0025  00                       um             " CLEAR
    MEANS "um me\n"
    "0026  58 30                    enc            head, not authenticated\n"
    "0028  30 83 86 2f c3 60 45 86  enc            encrypted, authenticated: C1\n"
    "0030  d0 0a 8d 0d fd d3 3b 0a\n"
    "0038  0c c6 55 4c 9e a9 c3 dc\n"
    "0040  88 d9 35 02 12 2e 59 48\n"
    "0048  e0 dd 29 7f 1e c4 f6 a1\n"
    "0050  2f 33 e0 9c 28 70 76 04\n"
    "%s"
    "0058  82                       trigger        array of 2 (AD2)\n"
    "0059  02                       trigger_mode   clear, authenticated (AD2)\n"
    MEANS "trigger_mode full\n"
    "005a  44                       c2             head, authenticated (AD2)\n"
    "005b  92 73 ae 65              c2             encrypted, authenticated: C2\n"
    "%s"
    "005f  50 a8 85 ed 72 82 97 a2  mac            the synthetic IV of AES-SIV\n"
    "0067  41 9e b5 46 4b 2c 80 4b\n"
    "006f  b5\n\n";

/* The view of O, with blanks at the ends of lines taken off. */
static char *
view(const struct out *o, const struct record *r, bool secrets)
{
	static char v[256 * 1024];
	struct text t = { v, 0, sizeof(v) };
	size_t n = 0;

	v[0] = '\0';
	hexview(&t, o->v, o->len,
	    &(struct hexview){ .r = r, .secrets = secrets });
	check(t.len < sizeof(v) - 1);
	for (size_t i = 0; i <= t.len; i++) {
		while (v[i] == '\n' && n > 0 && v[n - 1] == ' ')
			n--;
		v[n++] = v[i];
	}
	return v;
}

static void
test_hexview_gpi(void)
{
	char want[2][sizeof(full) + 512];
	struct gpi_vector w;
	struct record g;

	snprintf(want[0], sizeof(want[0]), full, "", "");
	snprintf(want[1], sizeof(want[1]), full,
	    MEANS "naf_id mtc.example.org/0100000007\n"
	    MEANS "key_lt 1893456000 (2030-01-01T00:00:00Z)\n"
	    MEANS "p_tid 05tnq4m0b41g3c8eq10s\n",
	    MEANS "trigger_ind 2\n" MEANS "trigger_time 30\n");
	vector_find(&w, "full");
	test("hexview: a GPI, sealed");
	check_ok(gpi_decode(&g, w.gpi.v, w.gpi.len));
	check(strcmp(view(&w.gpi, &g, false), want[0]) == 0);
	test("hexview: a GPI, opened");
	check_ok(open_gpi(&g, &w.gpi, &w.draft));
	check(strcmp(view(&w.gpi, &g, false), want[1]) == 0);
	test("hexview: a GPI, mode none");
	vector_find(&w, "none");
	check_ok(open_gpi(&g, &w.gpi, &w.draft));
	check(strstr(view(&w.gpi, &g, false), "\n005a  82 02 18 1e"
	    "              trig           "
	    "clear, NOT authenticated\n" MEANS "trigger_ind 2\n"
	    MEANS "trigger_time 30\n005e  50 8f ") != NULL);
	test("hexview: a GPI without a trigger");
	vector_find(&w, "no-trigger");
	check_ok(open_gpi(&g, &w.gpi, &w.draft));
	check(strstr(view(&w.gpi, &g, false), "\n0058  f6"
	    "                       trigger        "
	    "null: none (AD2)\n0059  50 92 ") != NULL);
}

/* Every octet stands there, and those of secrets where they may. */
static void
test_hexview_record(int type)
{
	struct record r;
	struct out o;
	unsigned hidden = 0;
	char *v;

	test("hexview: a %s", field_word(KEY_TYPE, (uint64_t)type));
	make(&r, type, true, true);
	shrink(&r);
	for (int key = 0; key < KEY_COUNT; key++)
		if ((r.has & BIT(key)) != 0 && fields[key].shown == SHOWN_SECRET)
			hidden += octets_at(&r, &fields[key])->len +
			    (fields[key].max < 24 ? 1U : 2U);	/* the head */
	write_record(&o, &r, -1, NULL);
	check(strstr(view(&o, &r, true), " ..") == NULL);
	for (v = view(&o, &r, false); (v = strstr(v, " ..")) != NULL; v++)
		hidden--;
	check_uint(hidden, 0);
}

/* Nor do secrets show where the record is malformed. */
static void
test_hexview_malformed(void)
{
	static const char *const t[] = {
		"a20002" "12" "5820" KEY_A "00", "a20002" "12" "581f" KEY_A,
		"a20002" "12" "5820000102030405060708", "a20002" "12" "9820" KEY_A,
		"a20002" "12" "7820" KEY_A, "a20002" "12" "5f5820" KEY_A "ff",
		"a20002" "12" "d8185820" KEY_A, "a20002" "12" "815820" KEY_A,
		"a20002" "12" "a15820" KEY_A "00", "bf0002" "12" "5820" KEY_A "ff",
		"a20002" "1812" "5820" KEY_A, "c0a20002" "12" "5820" KEY_A,
		"a30002" "01" "12" "5820" KEY_A "00",
	};
	struct out o;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("hexview: secrets of %.24s", t[i]);
		o.len = unhex(o.v, sizeof(o.v), t[i]);
		check(strstr(view(&o, NULL, false), " 04 05 06") == NULL);
	}
	test("hexview: no record");
	o.len = unhex(o.v, sizeof(o.v), "c0830102f6");
	check(strcmp(view(&o, NULL, false), "0000  .. .. .. .. ..         "
	    "  ?              no record and no GPI\n\n")
	    == 0);
	test("hexview: an array that is no GPI, in the names of one");
	o.len = unhex(o.v, sizeof(o.v), "880141024103400041048201820102410506");
	check(strcmp(view(&o, NULL, false),
	    "0000  88                       gpi            array of a GPI that is malformed\n"
	    "0001  01                       ver\n"
	    "0002  41 02                    rand\n"
	    "0004  41 03                    autn\n"
	    "0006  40                       app_lbl\n"
	    "0007  00                       um\n"
	    "0008  41 04                    enc\n"
	    "000a  82                       trigger\n"
	    "000b  01                       trigger\n"
	    "000c  82                       trigger\n"
	    "000d  01                       trigger\n"
	    "000e  02                       trigger\n"
	    "000f  41 05                    mac\n"
	    "0011  06                       ?              left over\n"
	    "\n") == 0);
	test("hexview: the same, cut off");
	o.len = unhex(o.v, sizeof(o.v), "88014203");
	check(strcmp(view(&o, NULL, false),
	    "0000  88                       gpi            array of a GPI that is malformed\n"
	    "0001  01                       ver\n"
	    "0002  42 03                    rand           cut off\n"
	    "\n") == 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_known();
	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++) {
		test_secrets(type);
		test_all(type);
		test_hexview_record(type);
	}
	test_which_are_secret();
	test_json_text();
	test_text();
	test_set();
	test_hexview_gpi();
	test_hexview_malformed();
	return test_end();
}
