/* tuak.c: TS 35.233, sets 1 to 6, in tests/vectors; and Keccak-f[1600]. */
#include <stdlib.h>
#include <string.h>

#include "crypto/af.h"
#include "crypto/crypto.h"
#include "crypto/keccak.h"
#include "crypto/tuak.h"
#include "test.h"

/* KeccakF-1600-IntermediateValues.txt of the Keccak team: from all zeros. */
static void
test_keccak_zeros(void)
{
	uint8_t state[200] = { 0 };

	test("keccak_f1600: the permutation of zeros");
	keccak_f1600(state);
	check_hex(state,
	    "e7dde140798f25f18a47c033f9ccd584eea95aa61e2698d54d49806f304715bd"
	    "57d05362054e288bd46f8e7f2da497ffc44746a4a0e5fe90762e19d60cda5b8c"
	    "9c05191bf7a630ad64fc8fd0b75a933035d617233fa95aeb0321710d26e6a6a9"
	    "5f55cfdb167ca58126c84703cd31b8439f56a5111a2ff20161aed9215a63e505"
	    "f270c98cf2febe641166c47b95703661cb0ed04f555a7cb8c832cf1c8ae83e8c"
	    "14263aae22790c94e409c5a224f94118c26504e72635f5163ba1307fe944f675"
	    "49a2ec5c7bfff1ea");
}

/* One permutation of a padded block is SHAKE256, which OpenSSL has. */
static void
test_keccak_shake(void)
{
	uint8_t state[200] = { 0 }, out[136];

	test("keccak_f1600: against SHAKE256 of OpenSSL");
	for (size_t i = 0; i < 96; i++)
		state[i] = (uint8_t)(i * 7 + 3);
	check_ok(shake256(state, 96, out, sizeof(out)));
	state[96] = 0x1f;
	state[135] = 0x80;
	keccak_f1600(state);
	check(memcmp(state, out, sizeof(out)) == 0);
}

/* Lengths are what the row has. */
static void
test_tuak(const struct csv *csv)
{
	uint8_t k[32], top[32], topc[32], rand[16], sqn[6], amf[2];
	uint8_t mac[32], res[32], ck[32], ik[32], ak[6];
	struct tuak t = { .k = k, .topc = topc };

	test("tuak: %s", csv_text(csv, "name"));
	t.k_len = csv_octets(csv, "K", k, sizeof(k));
	t.mac_len = strlen(csv_text(csv, "f1")) / 2;
	t.res_len = strlen(csv_text(csv, "f2_RES")) / 2;
	t.ck_len = strlen(csv_text(csv, "f3_CK")) / 2;
	t.ik_len = strlen(csv_text(csv, "f4_IK")) / 2;
	t.iterations = (unsigned)atoi(csv_text(csv, "iterations"));
	csv_octets(csv, "TOP", top, sizeof(top));
	csv_octets(csv, "RAND", rand, sizeof(rand));
	csv_octets(csv, "SQN", sqn, sizeof(sqn));
	csv_octets(csv, "AMF", amf, sizeof(amf));

	check_ok(tuak_topc(&t, top, topc));
	check_hex(topc, csv_text(csv, "TOPc"));
	check_ok(tuak_f1(&t, false, rand, sqn, amf, mac));
	check_hex(mac, csv_text(csv, "f1"));
	check_ok(tuak_f1(&t, true, rand, sqn, amf, mac));
	check_hex(mac, csv_text(csv, "f1star"));
	check_ok(tuak_f2345(&t, rand, res, ck, ik, ak));
	check_hex(res, csv_text(csv, "f2_RES"));
	check_hex(ck, csv_text(csv, "f3_CK"));
	check_hex(ik, csv_text(csv, "f4_IK"));
	check_hex(ak, csv_text(csv, "f5_AK"));
	check_ok(tuak_f5star(&t, rand, ak));
	check_hex(ak, csv_text(csv, "f5star_AK"));
}

/* What af.h offers of a set; sets of other lengths have other INSTANCEs. */
static void
test_af(const struct csv *csv)
{
	struct af af = { .algorithm = AF_TUAK };
	uint8_t top[32], rand[16], sqn[6], amf[2], mac[8], ak[6];
	uint8_t res[8], ck[16], ik[16];
	struct af_vector v;

	test("af: %s", csv_text(csv, "name"));
	af.k_len = csv_octets(csv, "K", af.k, sizeof(af.k));
	af.iterations = (unsigned)atoi(csv_text(csv, "iterations"));
	csv_octets(csv, "TOP", top, sizeof(top));
	csv_octets(csv, "RAND", rand, sizeof(rand));
	csv_octets(csv, "SQN", sqn, sizeof(sqn));
	csv_octets(csv, "AMF", amf, sizeof(amf));

	check_ok(af_opc(&af, top, af.opc));
	check_hex(af.opc, csv_text(csv, "TOPc"));
	check_ok(af_f5star(&af, rand, ak));
	check_hex(ak, csv_text(csv, "f5star_AK"));
	if (strlen(csv_text(csv, "f1")) != 16)
		return;
	check_ok(af_f1(&af, false, rand, sqn, amf, mac));
	check_hex(mac, csv_text(csv, "f1"));
	check_ok(af_vector(&af, rand, sqn, amf, &v));
	check_hex(v.mac, csv_text(csv, "f1"));
	check_ok(af_f2345(&af, rand, res, ck, ik, ak));
	check(memcmp(v.res, res, 8) == 0 && memcmp(v.ck, ck, 16) == 0);
	check(memcmp(v.ik, ik, 16) == 0 && memcmp(v.ak, ak, 6) == 0);
	check_ok(af_f1(&af, true, rand, sqn, amf, mac));
	check_hex(mac, csv_text(csv, "f1star"));
}

/* Set 2 is the one with RES of 64 bits and CK and IK of 128. */
static void
test_af_f2345(void)
{
	struct af af = { .algorithm = AF_TUAK, .iterations = 1 };
	uint8_t rand[16], res[8], ck[16], ik[16], ak[6];
	struct csv csv;

	test("af_f2345: TS 35.233 Section 6.4 Test Set 2");
	csv_find(&csv, "tuak_35233.csv", "name",
	    "TS 35.233 Section 6.4 Test Set 2");
	af.k_len = csv_octets(&csv, "K", af.k, sizeof(af.k));
	csv_octets(&csv, "TOPc", af.opc, sizeof(af.opc));
	csv_octets(&csv, "RAND", rand, sizeof(rand));
	check_ok(af_f2345(&af, rand, res, ck, ik, ak));
	check_hex(res, csv_text(&csv, "f2_RES"));
	check_hex(ck, csv_text(&csv, "f3_CK"));
	check_hex(ik, csv_text(&csv, "f4_IK"));
	check_hex(ak, csv_text(&csv, "f5_AK"));
	csv_close(&csv);
}

int
main(int argc, char **argv)
{
	struct csv csv;

	test_init(argc, argv);
	test_keccak_zeros();
	test_keccak_shake();
	csv_open(&csv, "tuak_35233.csv");
	while (csv_next(&csv)) {
		test_tuak(&csv);
		test_af(&csv);
	}
	test_af_f2345();
	return test_end();
}
