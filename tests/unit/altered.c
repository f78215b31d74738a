/*
 * altered.c: records encoded by hand (../fuzz/made.h), in every length and with
 * every octet changed: what is taken is a record in its one encoding.
 */
#include "../fuzz/made.h"
#include "test.h"

/* ---- records ---- */

/* Inside another item it ends where it ends by itself. */
static bool
measured(const uint8_t *v, size_t len)
{
	uint8_t in[RECORD_MAX + 2] = { 0x9f };
	size_t n, around;

	if (cbor_measure(v, len, &n) != OK || n == 0 || n + 2 > ITEM_MAX)
		return true;
	memcpy(in + 1, v, n);
	in[n + 1] = 0xff;
	return cbor_measure(in, n + 2, &around) == OK && around == n + 2;
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

/* V comes back, or is refused. */
static bool
good_or_refused(const uint8_t *v, size_t len)
{
	struct record r;
	enum status status = decode(&r, v, len);

	return measured(v, len) && (status == MALFORMED ||
	    (status == OK && comes_back(v, len)));
}

static void
test_record(int type, bool may, bool greatest)
{
	uint8_t v[RECORD_MAX];
	struct record r;
	struct out o, new;

	test("record: %s, %s fields, %s, altered", field_word(KEY_TYPE,
	    (uint64_t)type), may ? "all" : "must", greatest ? "greatest" :
	    "least");
	make(&r, type, may, greatest);
	shrink(&r);
	write_record(&o, &r, -1, NULL);
	check_uint(record_encode(&r, v), o.len);
	check(memcmp(v, o.v, o.len) == 0);
	check(comes_back(o.v, o.len));
	for (size_t cut = 0; cut < o.len; cut++) {
		check(decode(&r, o.v, cut) == MALFORMED);
		check(measured(o.v, cut));
	}
	for (size_t i = 0; other_encoding(&new, &o, i); i++)
		check(new.len == 0 || decode(&r, new.v, new.len) == MALFORMED);
	for (size_t at = 0; at < o.len; at++)
		for (unsigned x = 1; x < 256; x = greatest ? 2 * x : x + 1) {
			o.v[at] ^= (uint8_t)x;
			check(good_or_refused(o.v, o.len));
			o.v[at] ^= (uint8_t)x;
		}
}

static void
test_noise(void)
{
	uint64_t x = 20140134995;
	unsigned good = 0;
	struct record r;
	struct out o;

	test("record: 100000 mutations");
	for (int run = 0; run < 100000; run++) {
		make(&r, 1 + run % 12, run / 12 % 3 > 0, run / 36 % 4 == 0);
		shrink(&r);
		write_record(&o, &r, -1, NULL);
		for (uint64_t n = 1 + noise(&x) % 3; n > 0 && o.len > 0; n--)
			mutate(&o, &x);
		check(good_or_refused(o.v, o.len));
		if (decode(&r, o.v, o.len) == OK)
			good++;
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
	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++) {
		for (int form = 0; form < 4; form++)
			test_record(type, form & 1, form & 2);
		test_wipe(type);
	}
	test_noise();
	test_wipe_secrets();
	return test_end();
}
