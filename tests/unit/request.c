/* request.c: P-TIDs, as text and as stores find them. */
#include <string.h>

#include "record/p_tid.h"
#include "gba/request.h"
#include "test.h"

/* base32hex by Python's base64.b32hexencode(), of the octets and a zero */
static const struct {
	const char *p_tid, *key;
} usual[] = {
	{ "06dbpnng288i4cq4alj0", "019abcdef012112233445566" },
	{ "00000000000000000000", "000000000000000000000000" },
	{ "vrvvvvvvvvvvvvvvvvvg", "feffffffffffffffffffffff" },
};

/* What is not of that form is FF and itself. */
static const char *const chosen[] = {
	"one", "", "06dbpnng288i4cq4alj",	/* too short */
	"06dbpnng288i4cq4alj01",		/* too long */
	"06dbpnng288i4cq4alj1",			/* its last 4 bits are not 0 */
	"06DBPNNG288I4CQ4ALJ0",			/* upper case */
	"06dbpnng288i4cq4al-0",
	"vvvvvvvvvvvvvvvvvvvg",			/* begins with FF itself */
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

static void
test_usual(void)
{
	uint8_t key[P_TID_KEY_MAX], octets[P_TID_OCTETS];
	char text[P_TID_LEN + 1];

	for (size_t i = 0; i < COUNT(usual); i++) {
		test("p_tid_key: %s", usual[i].p_tid);
		check_uint(p_tid_key(usual[i].p_tid, key), P_TID_OCTETS);
		check_hex(key, usual[i].key);
		unhex(octets, sizeof(octets), usual[i].key);
		check(strcmp(p_tid_text(octets, text), usual[i].p_tid) == 0);
	}
}

static void
test_chosen(void)
{
	uint8_t key[P_TID_KEY_MAX];
	size_t len;

	for (size_t i = 0; i < COUNT(chosen); i++) {
		test("p_tid_key: \"%s\" is as somebody chose it", chosen[i]);
		len = strlen(chosen[i]);
		check_uint(p_tid_key(chosen[i], key), 1 + len);
		check_uint(key[0], 0xff);
		check(memcmp(key + 1, chosen[i], len) == 0);
	}
}

static void
test_too_long(void)
{
	uint8_t key[P_TID_KEY_MAX];
	char text[101];

	test("p_tid_key: a text that is too long is no P-TID's");
	memset(text, 'a', 100);
	text[100] = '\0';
	check_uint(p_tid_key(text, key), 66);
}

/* Keys are in the order of time. */
static void
test_order(void)
{
	static const uint8_t random[2][P_TID_RANDOM] = {
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, { 0 } };
	uint8_t key[2][P_TID_KEY_MAX];
	struct record r[2];

	test("p_tid_key: in the order of time, as the text is");
	for (int i = 0; i < 2; i++) {
		record_init(&r[i], RECORD_REQUEST);
		p_tid_put(&r[i], UINT64_C(1800000000255) +
		    (uint64_t)i, random[i]);
		check_uint(p_tid_key(r[i].p_tid.v, key[i]), P_TID_OCTETS);
	}
	check(memcmp(key[0], key[1], P_TID_OCTETS) < 0);
	check(strcmp(r[0].p_tid.v, r[1].p_tid.v) < 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_usual();
	test_chosen();
	test_too_long();
	test_order();
	return test_end();
}
