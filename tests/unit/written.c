/*
 * written.c: what people's files and options look like: files of lines, JSON
 * Lines, hex and numbers.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lines.h"
#include "base/oddity.h"
#include "record/json.h"
#include "store/subscriber.h"
#include "test.h"

#define K "465b5ce8b199b49faa5f0a2ee238a6bc"

/* ---- lines ---- */

static enum status
note(void *got, char *line)
{
	strcat(strcat(got, line), "|");
	return OK;
}

#define TEXT_OF(text) text, sizeof(text) - 1

/* earendil-works/pi#7499, millw14/merrymen#80: a byte order mark */
static void
test_lines(void)
{
	static const struct {
		const char *text;
		size_t len;
		const char *got, *why;	/* or NULL */
	} t[] = {
		{ TEXT_OF("\xef\xbb\xbf""a\r\nb\r\n"), "a|b|", NULL },
		{ TEXT_OF("a\rb\r"), "a|b|", NULL }, { TEXT_OF("a\r\r\nb"), "a||b|", NULL },
		{ TEXT_OF(" \t a b\t \n \n"), "a b||", NULL }, { TEXT_OF(""), "", NULL },
		{ TEXT_OF("\xef\xbb\xbf"), "", NULL }, { TEXT_OF("\n"), "|", NULL },
		{ TEXT_OF("\xff\xfe""a\0\n\0"), "", "line 1: UTF-16; save it as UTF-8" },
		{ TEXT_OF("\xfe\xff\0a\0\n"), "", "line 1: UTF-16; save it as UTF-8" },
		{ TEXT_OF("a\nb\0c\n"), "a|", "line 2: a NUL octet; a line is text, in UTF-8" },
		{ TEXT_OF("a\r\n\r\nb\0"), "a||", "line 3: a NUL octet; a line is text, in UTF-8" },
		{ TEXT_OF("\xef\xbb""a"), "", "line 1: not UTF-8 text" },
	};
	char got[64], why[128];
	const char *name;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("lines: %zu", i);
		got[0] = '\0';
		name = test_file(t[i].text, t[i].len);
		snprintf(why, sizeof(why), "%s: %s", name, t[i].why);
		if (t[i].why == NULL)
			check_ok(lines_each(name, true, note, got));
		else
			check_fail(lines_each(name, true, note, got),
			    MALFORMED, why);
		check(strcmp(got, t[i].got) == 0);
		unlink(name);
	}
}

/* ---- key files: open5gs/open5gs#1553 ---- */

static void
test_keys(void)
{
	static const char *const good[] = { "k " K, "k\t" K "\n", "K " K, "k=" K, "k : " K,
	    "# k 00\n\nk 0x" K, "k 465B5CE8B199B49FAA5F0A2EE238A6BC\r\n",
	    "k 46 5B 5C E8 B1 99 B4 9F AA 5F 0A 2E  E2 38 A6 BC",
	    "k: 46:5B:5C:E8:B1:99:B4:9F:AA:5F:0A:2E:E2:38:A6:BC",
	    "k=0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38, 0xa6, 0xbc",
	    "k \\x46\\x5b\\x5c\\xe8\\xb1\\x99\\xb4\\x9f\\xaa\\x5f\\x0a\\x2e\\xe2\\x38\\xa6\\xbc",
	    "k \\x" K };
	static const char *const bad[][2] = {
		{ "k 465B5CE8 B199B49F AA5F0A2E E238A6BC", "k: found a blank, expected hex in one piece, two digits an octet" },
		{ "k " K " ffffffff", "k: found a blank, expected hex in one piece, two digits an octet" },
		{ "k " K " # old", "k: found a blank, expected hex in one piece, two digits an octet" },
		{ "k " K "\xc2\xa0", "k: found a no-break space (U+00A0), expected hex in one piece, two digits an octet" },
		{ "k 46:5b", "k: found 2 octets, expected 16 to 32" },
		{ "k 46:5b:5c-e8", "k: found a colon, expected hex in one piece, two digits an octet" },
		{ "k 465b:5ce8", "k: found a colon, expected hex in one piece, two digits an octet" },
		{ "k \"" K "\"", "k: found a quote, expected hex in one piece, two digits an octet" },
		{ "k " K "0", "k: found an odd number of digits, expected hex in one piece, two digits an octet" },
		{ "op 46-5b", "op: expected 32 hex digits" },
		{ "k", "not understood; a line is 'k HEX', 'op HEX', 'opc HEX', 'top HEX' or 'topc HEX'" },
		{ "k\xc2\xa0" K, "a no-break space (U+00A0): not understood; a line is 'k HEX', 'op HEX', 'opc HEX', 'top HEX' or 'topc HEX'" },
		{ K, "not understood; a line is 'k HEX', 'op HEX', 'opc HEX', 'top HEX' or 'topc HEX'" },
	};
	struct subscriber s;
	const char *name;
	char why[256];

	for (size_t i = 0; i < COUNT(good); i++) {
		test("key file: %zu", i);
		subscriber_init(&s);
		name = test_file(good[i], strlen(good[i]));
		check_ok(subscriber_read_keys(&s, name));
		check_uint(s.r.k.len, 16);
		check_hex(s.r.k.v, K);
		unlink(name);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		test("key file: no %zu: %s", i, bad[i][1]);
		subscriber_init(&s);
		name = test_file(bad[i][0], strlen(bad[i][0]));
		snprintf(why, sizeof(why), "%s: line 1: %s", name, bad[i][1]);
		check_fail(subscriber_read_keys(&s, name), MALFORMED, why);
		check(!record_has(&s.r, HAS(K)));
		unlink(name);
	}
}

/* ---- JSON: free5gc/free5gc#330, srsran/srsRAN_4G#646 ---- */

static enum status
put(void *got, const char *name, const char *value)
{
	strcat(strcat(strcat(strcat(got, name), "="), value), "|");
	return OK;
}

#define QUOTE_IT "a string; its zeros are kept only in quotes"

static void
test_json(void)
{
	static const char *const good[][2] = {
		{ "{\"imsi\":\"001010123456789\",\"sqn\":7}\r", "imsi=001010123456789|sqn=7|" },
		{ "{\"sqn\":\"32\",\"ue_id\":[\"a\",\"b\"]}", "sqn=32|ue_id=a b|" },
		{ "{\"sqn\":\"0x000000000020\",\"new\":5}", "sqn=0x000000000020|new=5|" },
		{ "{\"imsi\":\"100000000020\",\"sqn\":100000000020}", "imsi=100000000020|sqn=100000000020|" },
	};
	static const char *const bad[][2] = {
		{ "{\"imsi\":1010123456789}", "imsi: found a number, expected " QUOTE_IT },
		{ "{\"impi\":1}", "impi: found a number, expected " QUOTE_IT },
		{ "{\"ue_id\":491700000001}", "ue_id: found a number, expected " QUOTE_IT },
		{ "{\"amf\":8000}", "amf: found a number, expected " QUOTE_IT },
		{ "{\"op\":1}", "op: found a number, expected " QUOTE_IT },
		{ "{\"imsi\":1.010123456789E12}", "imsi: found a number with a point or an exponent, expected " QUOTE_IT },
		{ "{\"sqn\":1e3}", "sqn: found a number with a point or an exponent, expected a whole number" },
		{ "{\"sqn\":[\"1\"]}", "sqn: found an array of other things than strings without space, expected a whole number" },
		{ "{\"sqn\":\"100000000020\"}", "sqn: found 12 digits in quotes, expected a number without quotes, or 0x and hex" },
		{ "{\"ue_id\":null}", "ue_id: found null, expected a string" },
		{ "{\"ue_id\":true}", "ue_id: found true or false, expected a string" },
		{ "{\"ue_id\":{}}", "ue_id: found an object, expected a string" },
		{ "{\"ue_id\":[\"a\",1]}", "ue_id: found an array of other things than strings without space, expected a string" },
		{ "{\"a\":\"1\",\"a\":\"1\"}", "invalid JSON at column 12: member \"a\" twice" },
		{ "{\xe2\x80\x9cimpi\xe2\x80\x9d:\"a\"}", "invalid JSON at column 2: a typographic quote (U+201C)" },
		{ "{\"a\":\xc2\xa0\"1\"}", "invalid JSON at column 6: a no-break space (U+00A0)" },
		{ "{\"sqn\":99999999999999999999}", "invalid JSON at column 27: a number is too large; it may want quotes" },
		{ "{\"a\":\"1\",", "invalid JSON: the object does not end on its line; 'jq -c' writes one a line" },
		{ "\"a\",\"" K "\"", "not a JSON object, but perhaps CSV; 'jq -R' makes JSON of it" },
		{ "a;" K, "not a JSON object, but perhaps CSV; 'jq -R' makes JSON of it" },
		{ "[{\"a\":\"1\"}]", "a JSON array; 'jq -c .[]' writes its objects, one a line" },
		{ "", "not a JSON object" }, { "k " K, "not a JSON object" },
	};
	char got[128];

	for (size_t i = 0; i < COUNT(good); i++) {
		test("json: %s", good[i][0]);
		got[0] = '\0';
		check_ok(json_members(good[i][0], strlen(good[i][0]), put,
		    got));
		check(strcmp(got, good[i][1]) == 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		test("json: no %s", bad[i][0]);
		got[0] = '\0';
		check_fail(json_members(bad[i][0], strlen(bad[i][0]), put,
		    got), MALFORMED, bad[i][1]);
	}
}

/* ---- characters that one does not see ---- */

static void
test_oddities(void)
{
	static const char *const t[][2] = {
		{ "a\xe2\x80\x8b", "an invisible character (U+200B)" }, { "\xef\xbb\xbf", "a byte order mark (U+FEFF)" },
		{ "\xef\xbc\x91", "a full-width character (U+FF11)" }, { "\xd9\xa1", "a digit of another script (U+0661)" },
		{ "\xe2\x80\x93", "a hyphen or dash of another kind (U+2013)" }, { "\xc2\x9b", "a control character (U+009B)" },
		{ "\xc3\xa9", "a character that is not ASCII (U+00E9)" },
		{ "\xf0\x9f\x98\x80", "a character that is not ASCII (U+1F600)" },
		{ "\xf4\x90\x80\x80", "an octet that is not UTF-8 (f4)" },
		{ "\xff", "an octet that is not UTF-8 (ff)" }, { "\xc3", "an octet that is not UTF-8 (c3)" },
		{ "\xc0\x80", "an octet that is not UTF-8 (c0)" }, { "\xe2\x28\xa1", "an octet that is not UTF-8 (e2)" },
	};
	char out[ODDITY_MAX];

	test("oddity: none");
	check(oddity("a b", 3, out) == NULL && oddity("", 0, out) == NULL);
	for (size_t i = 0; i < COUNT(t); i++) {
		test("oddity: %s", t[i][1]);
		check(oddity(t[i][0], strlen(t[i][0]), out) != NULL &&
		    strcmp(out, t[i][1]) == 0);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_lines();
	test_keys();
	test_json();
	test_oddities();
	return test_end();
}
