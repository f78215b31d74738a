/* item.c: where a CBOR item ends in a sequence. */
#include "../fuzz/made.h"
#include "test.h"

#define TO_10 "0102030405060708090a"
#define TO_25 TO_10 "0b0c0d0e0f101112131415161718181819"

/* What cbor_measure() says of the octets, which nothing stands behind. */
static enum status
measure(const uint8_t *in, size_t len, size_t *n)
{
	uint8_t *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, in, len);
	*n = 99;
	status = cbor_measure(exact + 1, len, n);
	free(exact);
	return status;
}

/* RFC 8949 Appendix A: all of it is good. */
static const char *const examples[] = {
	"00", "01", "0a", "17", "1818", "1819", "1864", "1903e8",
	"1a000f4240", "1b000000e8d4a51000", "1bffffffffffffffff",
	"c249010000000000000000", "3bffffffffffffffff",
	"c349010000000000000000", "20", "29", "3863", "3903e7", "f90000",
	"f98000", "f93c00", "fb3ff199999999999a", "f93e00", "f97bff",
	"fa47c35000", "fa7f7fffff", "fb7e37e43c8800759c", "f90001", "f90400",
	"f9c400", "fbc010666666666666", "f97c00", "f97e00", "f9fc00",
	"fa7f800000", "fa7fc00000", "faff800000", "fb7ff0000000000000",
	"fb7ff8000000000000", "fbfff0000000000000", "f4", "f5", "f6", "f7",
	"f0", "f8ff", "c074323031332d30332d32315432303a30343a30305a",
	"c11a514b67b0", "c1fb41d452d9e8200000", "d74401020304",
	"d818456449455446",
	"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "40",
	"4401020304", "60", "6161", "6449455446", "62225c", "62c3bc",
	"63e6b0b4", "64f0908591", "80", "83010203", "8301820203820405",
	"9819" TO_25, "a0", "a201020304", "a26161016162820203",
	"826161a161626163", "a56161614161626142616361436164614461656145",
	"5f42010243030405ff", "7f657374726561646d696e67ff", "9fff",
	"9f018202039f0405ffff", "9f01820203820405ff", "83018202039f0405ff",
	"83019f0203ff820405", "9f" TO_25 "ff", "bf61610161629f0203ffff",
	"826161bf61626163ff", "bf6346756ef563416d7421ff",
};

/* The octets of a good item, cut anywhere and with anything behind it. */
static void
test_good(const char *hex)
{
	uint8_t v[256];
	size_t len = unhex(v, sizeof(v) - 1, hex), n;

	test("cbor_measure: %s", hex);
	check_ok(measure(v, len, &n));
	check_uint(n, len);
	for (size_t cut = 0; cut < len; cut++) {
		check_ok(measure(v, cut, &n));
		check_uint(n, 0);
	}
	for (unsigned next = 0; next < 256; next++) {
		v[len] = (uint8_t)next;
		check_ok(measure(v, len + 1, &n));
		check_uint(n, len);
	}
}

#define MORE 0
#define BAD -1

/* RFC 8949 Appendix F, and what else there is. */
static const struct {
	const char *hex;
	int n;		/* octets of the item, MORE or BAD */
} others[] = {
	/* the end of input in a head, in a string, in what is in something */
	{ "", MORE },
	{ "18", MORE }, { "19", MORE }, { "1a", MORE }, { "1b", MORE },
	{ "1901", MORE }, { "1a0102", MORE }, { "1b01020304050607", MORE },
	{ "38", MORE }, { "58", MORE }, { "78", MORE }, { "98", MORE },
	{ "9a01ff00", MORE }, { "b8", MORE }, { "d8", MORE }, { "f8", MORE },
	{ "f900", MORE }, { "fa0000", MORE }, { "fb000000", MORE },
	{ "41", MORE }, { "61", MORE }, { "5907fd", MORE },
	{ "81", MORE }, { "818181818181818181", MORE }, { "8200", MORE },
	{ "a1", MORE }, { "a20102", MORE }, { "a100", MORE },
	{ "a2000000", MORE }, { "c0", MORE }, { "5f4100", MORE },
	{ "7f6100", MORE }, { "9f", MORE }, { "9f0102", MORE },
	{ "bf", MORE }, { "bf01020102", MORE }, { "819f", MORE },
	{ "9f8000", MORE }, { "9f9f9f9f9fffffffff", MORE },
	{ "9f819f819f9fffffff", MORE },
	/* declared lengths that no item can have */
	{ "5907fe", BAD }, { "590800", BAD }, { "5affffffff00", BAD }, { "790801", BAD },
	{ "5bffffffffffffffff010203", BAD }, { "7affffffff00", BAD },
	{ "7b7fffffffffffffff010203", BAD }, { "8159ffff", BAD },
	{ "5f5bfffffffffffffff0", BAD }, { "a1015b8000000000000000", BAD },
	{ "9affffffff", MORE }, { "9bffffffffffffffff", MORE },
	{ "bbffffffffffffffff", MORE }, { "bb8000000000000000", MORE },
	{ "bb800000000000000100", MORE }, { "9b000000000000000000", 9 },
	{ "bb000000000000000000", 9 }, { "5b000000000000000000", 9 },
	/* additional information 28, 29, 30 */
	{ "1c", BAD }, { "1d", BAD }, { "1e", BAD }, { "3c", BAD },
	{ "3d", BAD }, { "3e", BAD }, { "5c", BAD }, { "5d", BAD },
	{ "5e", BAD }, { "7c", BAD }, { "7d", BAD }, { "7e", BAD },
	{ "9c", BAD }, { "9d", BAD }, { "9e", BAD }, { "bc", BAD },
	{ "bd", BAD }, { "be", BAD }, { "dc", BAD }, { "dd", BAD },
	{ "de", BAD }, { "fc", BAD }, { "fd", BAD }, { "fe", BAD },
	{ "82001c", BAD }, { "a1001d", BAD },
	/* additional information 31 where nothing is indefinite */
	{ "1f", BAD }, { "3f", BAD }, { "df", BAD }, { "811f", BAD },
	/* simple values: in two octets over 31 only */
	{ "e0", 1 }, { "f3", 1 }, { "f820", 2 }, { "f800", BAD },
	{ "f801", BAD }, { "f818", BAD }, { "f81f", BAD },
	/* chunks of another kind, or indefinite themselves */
	{ "5f00ff", BAD }, { "5f21ff", BAD }, { "5f6100ff", BAD },
	{ "5f80ff", BAD }, { "5fa0ff", BAD }, { "5fc000ff", BAD },
	{ "5fe0ff", BAD }, { "7f4100ff", BAD }, { "5f5f4100ffff", BAD },
	{ "7f7f6100ffff", BAD }, { "5fff", 2 }, { "7fff", 2 },
	{ "5f4040ff", 4 }, { "7f606161ff", 5 }, { "5f40f6", BAD },
	/* breaks out of place */
	{ "ff", BAD }, { "81ff", BAD }, { "8200ff", BAD }, { "a1ff", BAD },
	{ "a1ff00", BAD }, { "a100ff", BAD }, { "a20000ff", BAD },
	{ "9f81ff", BAD }, { "9f829f819f9fffffffff", BAD }, { "c1ff", BAD },
	{ "9fc1ff", BAD }, { "bfc1ff", BAD },
	/* maps of an odd count */
	{ "bf00ff", BAD }, { "bf000000ff", BAD }, { "bf0000ff", 4 },
	{ "bf9fffff", BAD }, { "bf9fff00ff", 5 }, { "bfc100c100ff", 6 },
	{ "bfc100ff", BAD }, { "bf5fffff", BAD }, { "bff6ff", BAD },
	{ "bfa1000000ff", 6 }, { "bff4f5ff", 4 },
	/* depth */
	{ "c1c1c1c1c100", 6 }, { "81818181818100", 7 }, { "8180", 2 },
	{ "9f9f9f9fffffffff", 8 }, { "a1a10000a10000", 7 },
	{ "bfbf0000ffbf0000ffff", 10 }, { "8281808180", 5 },
	/* the first one of several */
	{ "0000", 1 }, { "f6ff", 1 }, { "a0a0", 1 }, { "8000", 1 },
	{ "40ff", 1 }, { "9fffff", 2 }, { "001c", 1 },
};

static void
test_others(void)
{
	uint8_t v[64];
	size_t n;

	for (size_t i = 0; i < COUNT(others); i++) {
		size_t len = unhex(v, sizeof(v), others[i].hex);

		test("cbor_measure: %s is %s", others[i].hex,
		    others[i].n == BAD ? "malformed" : others[i].n == MORE ?
		    "cut" : "good");
		check(measure(v, len, &n) ==
		    (others[i].n == BAD ? MALFORMED : OK));
		check_uint(n, others[i].n > 0 ? (uint64_t)others[i].n : 0);
	}
}

static void
test_messages(void)
{
	static const struct {
		const char *hex, *text;
	} t[] = {
		{ "82001c", "item: found octet 1c at offset 2, expected CBOR" },
		{ "f818", "item: found octet f8 at offset 0, expected CBOR" },
		{ "ff", "item: found octet ff out of place, expected CBOR" },
		{ "5f01", "item: found octet 01 out of place, expected CBOR" },
		{ "7f4161", "item: found octet 41 out of place, expected CBOR" },
		{ "590801", "item: found over 2048 octets, expected at most "
		    "2048" },
	};
	uint8_t v[8];
	size_t n;

	for (size_t i = 0; i < COUNT(t); i++) {
		size_t len = unhex(v, sizeof(v), t[i].hex);

		test("cbor_measure: %s", t[i].text);
		check_fail(measure(v, len, &n), MALFORMED, t[i].text);
	}
}

/* FILL, N times, then LAST: is it an item of exactly ITEM_MAX octets? */
static void
test_longest(const char *what, uint8_t fill, uint8_t last)
{
	uint8_t v[ITEM_MAX + 2];
	size_t n;

	test("cbor_measure: %s in 2048 octets, and in 2049", what);
	memset(v, fill, sizeof(v));
	v[ITEM_MAX - 1] = last;
	check_ok(measure(v, ITEM_MAX, &n));
	check_uint(n, ITEM_MAX);
	check_ok(measure(v, sizeof(v), &n));
	check_uint(n, ITEM_MAX);
	check_ok(measure(v, ITEM_MAX - 1, &n));
	check_uint(n, 0);
	v[ITEM_MAX - 1] = fill;
	v[ITEM_MAX] = last;
	for (size_t len = ITEM_MAX; len <= sizeof(v); len++) {
		check(measure(v, len, &n) == MALFORMED);
		check_uint(n, 0);
	}
}

static void
test_long_string(uint8_t head)
{
	uint8_t v[ITEM_MAX + 1] = { head, 0x07, 0xfd };
	size_t n;

	test("cbor_measure: a string in 2048 octets, and in 2049, %02x", head);
	for (size_t len = 0; len < ITEM_MAX; len++) {
		check_ok(measure(v, len, &n));
		check_uint(n, 0);
	}
	for (size_t len = ITEM_MAX; len <= sizeof(v); len++) {
		check_ok(measure(v, len, &n));
		check_uint(n, ITEM_MAX);
	}
	v[2]++;
	for (size_t len = 3; len <= sizeof(v); len++)
		check(measure(v, len, &n) == MALFORMED);
}

/* A container over a string, which ends with it or goes on for ever. */
static void
test_long_array(void)
{
	uint8_t v[ITEM_MAX + 1] = { 0x81, 0x59, 0x07, 0xfc };
	size_t n;

	test("cbor_measure: an array of a string in 2048 octets");
	check_ok(measure(v, ITEM_MAX - 1, &n));
	check_uint(n, 0);
	check_ok(measure(v, ITEM_MAX, &n));
	check_uint(n, ITEM_MAX);

	test("cbor_measure: an array that wants more than 2048 octets");
	v[0] = 0x82;
	check_ok(measure(v, ITEM_MAX - 1, &n));
	check_uint(n, 0);
	for (size_t len = ITEM_MAX; len <= sizeof(v); len++)
		check(measure(v, len, &n) == MALFORMED);

	test("cbor_measure: 2048 octets that end in a head");
	memset(v, 0, sizeof(v));
	memcpy(v, (uint8_t[]){ 0x99, 0x07, 0xfd }, 3);
	v[ITEM_MAX - 1] = 0x18;
	check_ok(measure(v, ITEM_MAX - 1, &n));
	check_uint(n, 0);
	check(measure(v, ITEM_MAX, &n) == MALFORMED);
	check(measure(v, ITEM_MAX + 1, &n) == MALFORMED);
}

/* Whatever the octets, it ends, and says no more than it was given. */
static void
test_noise(void)
{
	uint64_t x = 88172645463325252;
	uint8_t v[64];
	size_t n, again;

	test("cbor_measure: noise, and it again cut at its end");
	for (int run = 0; run < 200000; run++) {
		for (size_t i = 0; i < sizeof(v); i++) {
			v[i] = (uint8_t)noise(&x);
		}
		if (measure(v, sizeof(v), &n) != OK || n == 0)
			continue;
		check(n <= sizeof(v));
		check_ok(measure(v, n, &again));
		check_uint(again, n);
		check_ok(measure(v, n - 1, &again));
		check_uint(again, 0);
	}
}

static void
test_tokens(void)
{
	static const struct {
		const char *hex, *name;
		size_t n;
		uint64_t value;
	} t[] = {
		{ "17", "an integer", 1, 23 }, { "1818", "an integer", 2, 24 },
		{ "1903e8", "an integer", 3, 1000 },
		{ "1a000f4240", "an integer", 5, 1000000 },
		{ "1bffffffffffffffff", "an integer", 9, UINT64_MAX },
		{ "4401020304", "bytes", 5, 4 }, { "40", "bytes", 1, 0 },
		{ "6449455446", "text", 5, 4 }, { "83", "an array", 1, 3 },
		{ "a2", "a map", 1, 2 }, { "f6", "null", 1, 0 },
		{ "20", "another kind", 1, 0 }, { "f5", "another kind", 1, 0 },
		{ "5f", "another kind", 1, 0 }, { "9f", "another kind", 1, 0 },
		{ "c1", "another kind", 1, 1 }, { "f97c00", "another kind", 3, 0 },
		{ "e0", "another kind", 1, 0 }, { "f0", "another kind", 1, 0 },
		{ "f8ff", "another kind", 2, 0 },
		{ "", "another kind", 0, 0 }, { "18", "another kind", 0, 0 },
		{ "44010203", "another kind", 0, 0 },
		{ "5bffffffffffffffff00", "another kind", 0, 0 },
		{ "7bffffffffffffffff00", "another kind", 0, 0 },
		{ "1c", "another kind", 0, 0 },
	};
	uint8_t v[16];
	struct token token;

	for (size_t i = 0; i < COUNT(t); i++) {
		size_t len = unhex(v, sizeof(v), t[i].hex);

		test("token_read: %s", t[i].hex);
		check_uint(token_read(&token, v, len), t[i].n);
		check(strcmp(token_name(&token), t[i].name) == 0);
		check_uint(token.n, t[i].value);
		if (token.kind == TOKEN_BYTES || token.kind == TOKEN_TEXT)
			check(token.v + token.n == v + len);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	for (size_t i = 0; i < COUNT(examples); i++)
		test_good(examples[i]);
	test_others();
	test_messages();
	test_longest("arrays of one", 0x81, 0x00);
	test_longest("tags", 0xc1, 0x00);
	test_longest("arrays of one around an empty map", 0x81, 0xa0);
	test_long_string(0x59);
	test_long_string(0x79);
	test_long_array();
	test_noise();
	test_tokens();
	return test_end();
}
