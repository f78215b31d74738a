/*
 * oracle.c: records, tokens and items against libcbor (../fuzz/oracle.h), in
 * every length and with every octet changed.
 */
#include "../fuzz/made.h"
#include "../fuzz/oracle.h"
#include "test.h"

/* ---- tokens ---- */

static bool
same_token(const uint8_t *v, size_t len)
{
	struct token a, b;
	uint8_t head[HEAD_MAX];
	size_t n = token_read(&a, v, len), put;

	if (oracle_token(&b, v, len) != n || a.kind != b.kind || a.n != b.n ||
	    a.v != b.v)
		return false;
	if (a.kind == TOKEN_OTHER || a.kind == TOKEN_NULL)
		return !a.wide;
	put = head_put(head, v[0] >> 5, a.n);
	return put == head_len(a.n) && a.wide != (memcmp(head, v, put) == 0);
}

static void
test_tokens(void)
{
	static const uint8_t fill[] = { 0x00, 0x01, 0x17, 0x18, 0x80, 0xff };
	uint8_t v[300];

	test("token_read: each first octet and second, at every length");
	for (unsigned i = 0; i < COUNT(fill); i++)
		for (unsigned two = 0; two < 0x10000; two++) {
			memset(v, fill[i], sizeof(v));
			v[0] = (uint8_t)(two >> 8);
			v[1] = (uint8_t)two;
			for (size_t len = 0; len < 12; len++)
				check(same_token(v, len));
			check(same_token(v, sizeof(v)));
		}
}

static void
test_heads(void)
{
	uint8_t ours[HEAD_MAX], theirs[HEAD_MAX];
	uint64_t n, around;

	test("head_put: around each power of two");
	for (unsigned bit = 0; bit < 64; bit++)
		for (around = 0; around < 50; around++) {
			n = (UINT64_C(1) << bit) + around - 25;
			check_uint(head_put(ours, MAJOR_UINT, n),
			    cbor_encode_uint(n, theirs, HEAD_MAX));
			check(memcmp(ours, theirs, head_len(n)) == 0);
			check_uint(head_put(ours, MAJOR_MAP, n),
			    cbor_encode_map_start(n, theirs, HEAD_MAX));
			check(memcmp(ours, theirs, head_len(n)) == 0);
		}
}

/* ---- records ---- */

/* The same verdict in the same words, and the same record. */
static bool
same_verdict(const uint8_t *v, size_t len)
{
	struct record ours, theirs;
	char why[1024];
	enum status status;

	fail_said();
	status = oracle_decode(&theirs, v, len);
	snprintf(why, sizeof(why), "%s", fail_text());
	fail_said();
	return decode(&ours, v, len) == status &&
	    strcmp(fail_text(), why) == 0 && same(&ours, &theirs);
}

/* A flat item is measured by itself; inside another, as any item is. */
static bool
same_measure(const uint8_t *v, size_t len)
{
	uint8_t in[RECORD_MAX + 2] = { 0x9f };
	size_t n, around;

	if (cbor_measure(v, len, &n) != OK || n == 0 || n + 2 > ITEM_MAX)
		return true;
	memcpy(in + 1, v, n);
	in[n + 1] = 0xff;
	return cbor_measure(in, n + 2, &around) == OK && around == n + 2;
}

static bool
same_all(const uint8_t *v, size_t len)
{
	return same_verdict(v, len) && same_measure(v, len);
}

static void
test_record(int type, bool may, bool greatest)
{
	uint8_t v[RECORD_MAX];
	struct record r;
	struct out o, new;

	test("record: %s, %s fields, %s, as libcbor has it",
	    field_word(KEY_TYPE, (uint64_t)type), may ? "all" : "must",
	    greatest ? "greatest" : "least");
	make(&r, type, may, greatest);
	shrink(&r);
	write_record(&o, &r, -1, NULL);
	check_uint(oracle_encode(&r, v), o.len);
	check(memcmp(v, o.v, o.len) == 0);
	check_uint(record_encode(&r, v), o.len);
	check(memcmp(v, o.v, o.len) == 0);
	for (size_t cut = 0; cut <= o.len; cut++)
		check(same_all(o.v, cut));
	for (size_t i = 0; other_encoding(&new, &o, i); i++)
		check(new.len == 0 || same_all(new.v, new.len));
	for (size_t at = 0; at < o.len; at++)
		for (unsigned x = 1; x < 256; x = greatest ? 2 * x : x + 1) {
			o.v[at] ^= (uint8_t)x;
			check(same_all(o.v, o.len));
			o.v[at] ^= (uint8_t)x;
		}
}

/* What decodes is good, and encoded again is what it was. */
static bool
comes_back(const uint8_t *v, size_t len)
{
	uint8_t again[RECORD_MAX];
	struct record r;

	if (decode(&r, v, len) != OK || record_check(&r) != OK)
		return false;
	if (record_encode(&r, again) != len)
		r.has &= ~HAS(TRIGGER_MODE);	/* filled in */
	return record_encode(&r, again) == len && memcmp(again, v, len) == 0;
}

static void
test_noise(void)
{
	uint64_t x = 20140134995;
	unsigned good = 0;
	struct record r;
	struct out o;

	test("record: 100000 mutations, as libcbor has them");
	for (int run = 0; run < 100000; run++) {
		make(&r, 1 + run % 12, run / 12 % 3 > 0, run / 36 % 4 == 0);
		shrink(&r);
		write_record(&o, &r, -1, NULL);
		for (uint64_t n = 1 + noise(&x) % 3; n > 0 && o.len > 0; n--)
			mutate(&o, &x);
		check(same_verdict(o.v, o.len));
		check(o.len > RECORD_MAX || same_measure(o.v, o.len));
		if (decode(&r, o.v, o.len) != OK)
			continue;
		good++;
		check(comes_back(o.v, o.len));
	}
	check(good > 1000);
}

/* ---- wiping ---- */

static bool
holds(const struct record *r, int octet)
{
	const uint8_t *v = (const uint8_t *)r;

	for (size_t i = 0; i < sizeof(*r); i++)
		if (v[i] == octet)
			return true;
	return false;
}

static void
test_wipe(int type)
{
	uint8_t v[GPI_MAX];
	struct record r;

	test("record_wipe: %s", field_word(KEY_TYPE, (uint64_t)type));
	make(&r, type, true, true);
	for (int key = 0; key < KEY_COUNT; key++)
		if ((r.has & BIT(key)) != 0 && fields[key].kind != KIND_UINT) {
			memset(v, 0xd7, sizeof(v));
			record_put(&r, (enum key)key, v, fields[key].max);
		}
	check(holds(&r, 0xd7));
	record_wipe(&r);
	check(!holds(&r, 0xd7));
	check_uint(r.has, 0);
}

/* What a record once was is secret still. */
static void
test_wipe_secrets(void)
{
	struct record r;
	uint8_t v[32];

	for (int key = 0; key < KEY_COUNT; key++) {
		if (fields[key].shown != SHOWN_SECRET)
			continue;
		test("record_wipe: %s that is there no more", fields[key].name);
		memset(&r, 0, sizeof(r));
		memset(v, 0xd7, sizeof(v));
		record_put(&r, (enum key)key, v, fields[key].max);
		record_init(&r, RECORD_REQUEST);
		record_wipe(&r);
		check(!holds(&r, 0xd7));
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_tokens();
	test_heads();
	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++) {
		for (int form = 0; form < 4; form++)
			test_record(type, form & 1, form & 2);
		test_wipe(type);
	}
	test_noise();
	test_wipe_secrets();
	return test_end();
}
