/* aka.c: UMTS AKA both ways, and what is fresh. */
#include <string.h>

#include "crypto/aka.h"
#include "test.h"

#define MISMATCH "autn: MAC does not match this card"

/* A set of TS 35.208 as a card, with AUTN of that file and its AUTN*. */
struct card {
	struct af af;
	uint8_t rand[16], amf[2], autn[2][16];	/* autn[true] is AUTN* */
	uint64_t sqn;
	char set[8];
};

static bool
card_next(struct csv *csv, struct card *c)
{
	struct csv gba;
	uint8_t sqn[6];

	if (!csv_next(csv))
		return false;
	memset(c, 0, sizeof(*c));
	c->af.k_len = csv_octets(csv, "K", c->af.k, 16);
	csv_octets(csv, "OPc", c->af.opc, 16);
	csv_octets(csv, "RAND", c->rand, sizeof(c->rand));
	csv_octets(csv, "AMF", c->amf, sizeof(c->amf));
	csv_octets(csv, "AUTN", c->autn[false], 16);
	csv_octets(csv, "SQN", sqn, sizeof(sqn));
	c->sqn = be_read(sqn, sizeof(sqn));
	snprintf(c->set, sizeof(c->set), "%s", csv_text(csv, "set"));
	csv_find(&gba, "gba_selfcomputed.csv", "set", c->set);
	csv_octets(&gba, "AUTN_star", c->autn[true], 16);
	csv_close(&gba);
	return true;
}

static void
test_generate(const struct card *c, bool gba_u)
{
	uint8_t autn[16];
	struct aka a, b;

	test("aka_generate: set %s, %s", c->set, gba_u ? "AUTN*" : "AUTN");
	check_ok(aka_generate(&c->af, c->rand, c->sqn, c->amf, gba_u, autn,
	    &a));
	check(memcmp(autn, c->autn[gba_u], 16) == 0);

	test("aka_verify: set %s, %s", c->set, gba_u ? "AUTN*" : "AUTN");
	check_ok(aka_verify(&c->af, c->rand, c->autn[gba_u], gba_u, &b));
	check_uint(b.sqn, c->sqn);
	check(memcmp(b.amf, c->amf, 2) == 0);
	check(memcmp(b.mac, c->autn[false] + 8, 8) == 0);
	check(memcmp(b.xmac, c->autn[false] + 8, 8) == 0);
	check(memcmp(&a, &b, sizeof(a)) == 0);
	/* The one in place of the other is no AUTN of this card. */
	check_fail(aka_verify(&c->af, c->rand, c->autn[gba_u], !gba_u, &b),
	    REJECTED, MISMATCH);
}

static void
test_verify_flips(const struct card *c, bool gba_u)
{
	uint8_t autn[16];
	struct aka a;

	test("aka_verify: set %s, every bit of %s", c->set,
	    gba_u ? "AUTN*" : "AUTN");
	memcpy(autn, c->autn[gba_u], 16);
	for (size_t bit = 0; bit < 8 * sizeof(autn); bit++) {
		autn[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check_fail(aka_verify(&c->af, c->rand, autn, gba_u, &a),
		    REJECTED, MISMATCH);
		check(memcmp(a.mac, a.xmac, 8) != 0);
		autn[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
test_auts(const struct card *c)
{
	uint8_t auts[14];
	uint64_t sqn = 0;

	test("aka_auts: set %s, there and back", c->set);
	check_ok(aka_auts(&c->af, c->rand, c->sqn, auts));
	check_ok(aka_auts_verify(&c->af, c->rand, auts, &sqn));
	check_uint(sqn, c->sqn);

	test("aka_auts_verify: set %s, every bit of AUTS", c->set);
	sqn = 7;
	for (size_t bit = 0; bit < 8 * sizeof(auts); bit++) {
		auts[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check_fail(aka_auts_verify(&c->af, c->rand, auts, &sqn),
		    REJECTED, "auts: MAC-S does not match");
		auts[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	check_uint(sqn, 7);
}

/* The AUTS of osmo-hlr's and libosmocore's tests, of SQN_MS 23. */
static void
test_auts_osmocom(void)
{
	struct af af = { .algorithm = AF_MILENAGE, .k_len = 16 };
	uint8_t rand[16], auts[14];
	uint64_t sqn = 0;

	test("aka_auts: osmocom, SQN_MS 23");
	unhex(af.k, 16, "eb215756028d60e3275e613320aec880");
	unhex(af.opc, 16, "fb2a3d1b360f599abab99db8669f8308");
	unhex(rand, 16, "39fa2f4e3d523d8619a73b4f65c3e14d");
	check_ok(aka_auts(&af, rand, 23, auts));
	check_hex(auts, "979498b1f72d3e28c59fa2e72f9c");
	check_ok(aka_auts_verify(&af, rand, auts, &sqn));
	check_uint(sqn, 23);
}

/*
 * TUAK through AKA, with the secrets of TS 35.233 set 2.  Its MAC is of 128
 * bits, whose INSTANCE differs, so AUTN goes there and back only.
 */
static void
test_tuak(void)
{
	struct af af = { .algorithm = AF_TUAK, .iterations = 1 };
	uint8_t rand[16], sqn[6], amf[2], autn[16], auts[14];
	struct aka a;
	struct csv csv;
	uint64_t back = 0;

	test("aka: TS 35.233 Section 6.4 Test Set 2");
	csv_find(&csv, "tuak_35233.csv", "name",
	    "TS 35.233 Section 6.4 Test Set 2");
	af.k_len = csv_octets(&csv, "K", af.k, sizeof(af.k));
	csv_octets(&csv, "TOPc", af.opc, sizeof(af.opc));
	csv_octets(&csv, "RAND", rand, sizeof(rand));
	csv_octets(&csv, "AMF", amf, sizeof(amf));
	csv_octets(&csv, "SQN", sqn, sizeof(sqn));
	for (int gba_u = 0; gba_u <= 1; gba_u++) {
		check_ok(aka_generate(&af, rand, be_read(sqn, 6), amf, gba_u,
		    autn, &a));
		check_hex(a.ak, csv_text(&csv, "f5_AK"));
		check_hex(a.ck, csv_text(&csv, "f3_CK"));
		check_hex(a.ik, csv_text(&csv, "f4_IK"));
		check_ok(aka_verify(&af, rand, autn, gba_u, &a));
		check_uint(a.sqn, be_read(sqn, 6));
	}
	check_ok(aka_auts(&af, rand, a.sqn, auts));
	check_ok(aka_auts_verify(&af, rand, auts, &back));
	check_uint(back, a.sqn);
	csv_close(&csv);
}

static void
test_sqn_next(void)
{
	uint64_t next = 0;

	test("sqn_next: SEQ and IND go up by one, IND mod 32");
	check_ok(sqn_next(SQN(0, 0), -1, &next));
	check_uint(next, SQN(1, 1));
	check_ok(sqn_next(SQN(9, 31), -1, &next));
	check_uint(next, SQN(10, 0));

	test("sqn_next: an IND of its own");
	check_ok(sqn_next(SQN(9, 31), 5, &next));
	check_uint(next, SQN(10, 5));
	check_ok(sqn_next(SQN(9, 5), 0, &next));
	check_uint(next, SQN(10, 0));

	test("sqn_next: the last SEQ has no successor");
	check_ok(sqn_next(SQN(SEQ(SQN_MAX) - 1, 30), -1, &next));
	check_uint(next, SQN_MAX);
	check_fail(sqn_next(SQN_MAX, -1, &next), REJECTED, "sqn: exhausted");
	check_fail(sqn_next(SQN(SEQ(SQN_MAX), 0), 3, &next), REJECTED,
	    "sqn: exhausted");
	check_uint(next, SQN_MAX);
}

static void
test_sqn_resync(void)
{
	const uint64_t ms = SQN(SQN_DELTA + 1000, 3), d = SQN_DELTA;

	test("sqn_resync: SQN_HE behind SQN_MS takes SQN_MS");
	check_uint(sqn_resync(SQN(5, 31), ms), ms);
	check_uint(sqn_resync(SQN(SEQ(ms) - 1, 9), ms), ms);

	test("sqn_resync: SQN_HE whose next is accepted stays");
	check_uint(sqn_resync(SQN(SEQ(ms), 9), ms), SQN(SEQ(ms), 9));
	check_uint(sqn_resync(SQN(SEQ(ms), 0), ms), SQN(SEQ(ms), 0));

	test("sqn_resync: an old AUTS takes nothing back within delta");
	for (uint64_t ahead = 0; ahead < d; ahead = 2 * ahead + 1)
		check_uint(sqn_resync(SQN(SEQ(ms) + ahead, 1), ms),
		    SQN(SEQ(ms) + ahead, 1));
	check_uint(sqn_resync(SQN(SEQ(ms) + d - 1, 1), ms),
	    SQN(SEQ(ms) + d - 1, 1));

	test("sqn_resync: SQN_HE too far ahead takes SQN_MS");
	check_uint(sqn_resync(SQN(SEQ(ms) + d, 1), ms), ms);
	check_uint(sqn_resync(SQN_MAX, 0), 0);

	test("sqn_resync: a card at its end");
	check_uint(sqn_resync(SQN_MAX, SQN_MAX), SQN_MAX);
	check_uint(sqn_resync(0, SQN_MAX), SQN_MAX);
}

static void
test_sqn_check(void)
{
	uint64_t seq[IND_COUNT] = { 0 };

	test("sqn_check: SEQ is over that of its IND");
	check_fail(sqn_check(seq, SQN(0, 3), SQN_DELTA, 0), REJECTED,
	    "sqn: SEQ 0 IND 3 is not fresh, expected SEQ over 0");
	check_ok(sqn_check(seq, SQN(1, 3), SQN_DELTA, 0));
	seq[3] = 7;
	check_fail(sqn_check(seq, SQN(5, 3), SQN_DELTA, 0), REJECTED,
	    "sqn: SEQ 5 IND 3 is not fresh, expected SEQ over 7");
	check_fail(sqn_check(seq, SQN(7, 3), SQN_DELTA, 0), REJECTED,
	    "sqn: SEQ 7 IND 3 is not fresh, expected SEQ over 7");
	check_ok(sqn_check(seq, SQN(8, 3), SQN_DELTA, 0));
	check_ok(sqn_check(seq, SQN(5, 4), SQN_DELTA, 0));

	test("sqn_check: the edge of delta, from the highest SEQ");
	check_ok(sqn_check(seq, SQN(7 + SQN_DELTA, 4), SQN_DELTA, 0));
	check_fail(sqn_check(seq, SQN(8 + SQN_DELTA, 4), SQN_DELTA, 0),
	    REJECTED, "sqn: SEQ 268435464 is more than 268435456 ahead of "
	    "SEQ_MS 7");
	check_fail(sqn_check(seq, SQN_MAX, SQN_DELTA, 0), REJECTED,
	    "sqn: SEQ 8796093022207 is more than 268435456 ahead of "
	    "SEQ_MS 7");

	test("sqn_check: the edge of the limit");
	seq[3] = 100;
	check_ok(sqn_check(seq, SQN(91, 4), SQN_DELTA, 10));
	check_fail(sqn_check(seq, SQN(90, 4), SQN_DELTA, 10), REJECTED,
	    "sqn: SEQ 90 is too old, expected less than 10 behind SEQ_MS "
	    "100");
	check_ok(sqn_check(seq, SQN(1, 4), SQN_DELTA, 0));
}

static void
test_sqn_array(void)
{
	uint64_t seq[IND_COUNT] = { 0 }, sqn[IND_COUNT], last = SQN(1000, 17);
	size_t at;

	test("sqn_ms: of a new card, and the highest SEQ with its IND");
	check_uint(sqn_ms(seq), 0);
	sqn_accept(seq, SQN(12, 31));
	sqn_accept(seq, SQN(11, 0));
	check_uint(sqn_ms(seq), SQN(12, 31));
	sqn_accept(seq, SQN(13, 0));
	check_uint(sqn_ms(seq), SQN(13, 0));

	test("sqn_accept: 32 SQNs out of order are fresh, each once");
	for (size_t i = 0; i < IND_COUNT; i++) {
		check_ok(sqn_next(last, -1, &sqn[i]));
		last = sqn[i];
	}
	for (size_t i = 0; i < IND_COUNT; i++) {
		at = (31 - i) * 13 % IND_COUNT;
		check_ok(sqn_check(seq, sqn[at], SQN_DELTA, 0));
		sqn_accept(seq, sqn[at]);
		check(sqn_check(seq, sqn[at], SQN_DELTA, 0) == REJECTED);
	}
	check_uint(sqn_ms(seq), last);
	for (size_t i = 0; i < IND_COUNT; i++)
		check(sqn_check(seq, sqn[i], SQN_DELTA, 0) == REJECTED);
	check_ok(sqn_next(last, -1, &last));
	check_ok(sqn_check(seq, last, SQN_DELTA, 0));

	test("sqn_check: with one IND what was overtaken is not fresh");
	memset(seq, 0, sizeof(seq));
	sqn_accept(seq, SQN(2, 9));
	check_fail(sqn_check(seq, SQN(1, 9), SQN_DELTA, 0), REJECTED,
	    "sqn: SEQ 1 IND 9 is not fresh, expected SEQ over 2");
}

int
main(int argc, char **argv)
{
	struct card c;
	struct csv csv;

	test_init(argc, argv);
	csv_open(&csv, "milenage_35208.csv");
	while (card_next(&csv, &c)) {
		test_generate(&c, false);
		test_generate(&c, true);
		test_verify_flips(&c, false);
		test_verify_flips(&c, true);
		test_auts(&c);
	}
	test_auts_osmocom();
	test_tuak();
	test_sqn_next();
	test_sqn_resync();
	test_sqn_check();
	test_sqn_array();
	return test_end();
}
