/* milenage.c: TS 35.208, sets 1 and 3 to 20, in tests/vectors. */
#include "crypto/af.h"
#include "crypto/milenage.h"
#include "test.h"

struct set {
	uint8_t k[16], op[16], opc[16], rand[16], sqn[6], amf[2];
};

static void
set_read(struct set *s, const struct csv *csv)
{
	csv_octets(csv, "K", s->k, sizeof(s->k));
	csv_octets(csv, "OP", s->op, sizeof(s->op));
	csv_octets(csv, "OPc", s->opc, sizeof(s->opc));
	csv_octets(csv, "RAND", s->rand, sizeof(s->rand));
	csv_octets(csv, "SQN", s->sqn, sizeof(s->sqn));
	csv_octets(csv, "AMF", s->amf, sizeof(s->amf));
}

static void
test_milenage(const struct set *s, const struct csv *csv)
{
	struct milenage_f2345 f;
	struct milenage_f1 f1;
	struct milenage m;
	uint8_t opc[16];

	test("milenage: TS 35.208 set %s", csv_text(csv, "set"));
	check_ok(milenage_opc(s->k, s->op, opc));
	check_hex(opc, csv_text(csv, "OPc"));
	check_ok(milenage_f1(s->k, opc, s->rand, s->sqn, s->amf, &f1));
	check_hex(f1.mac_a, csv_text(csv, "f1"));
	check_hex(f1.mac_s, csv_text(csv, "f1star"));
	check_ok(milenage_f2345(s->k, opc, s->rand, &f));
	check_hex(f.res, csv_text(csv, "f2_RES"));
	check_hex(f.ck, csv_text(csv, "f3_CK"));
	check_hex(f.ik, csv_text(csv, "f4_IK"));
	check_hex(f.ak, csv_text(csv, "f5_AK"));
	check_hex(f.ak_star, csv_text(csv, "f5star_AK"));

	test("milenage: TS 35.208 set %s, all at once", csv_text(csv, "set"));
	check_ok(milenage(s->k, opc, s->rand, s->sqn, s->amf, &m));
	check(memcmp(&m.f1, &f1, sizeof(f1)) == 0);
	check(memcmp(&m.f2345, &f, sizeof(f)) == 0);
}

static void
test_af(const struct set *s, const struct csv *csv)
{
	struct af af = { .algorithm = AF_MILENAGE, .k_len = 16 };
	uint8_t mac[8], res[8], ck[16], ik[16], ak[6];
	struct af_vector v;

	test("af: TS 35.208 set %s", csv_text(csv, "set"));
	csv_octets(csv, "K", af.k, 16);
	check_ok(af_opc(&af, s->op, af.opc));
	check_hex(af.opc, csv_text(csv, "OPc"));
	check_ok(af_f1(&af, false, s->rand, s->sqn, s->amf, mac));
	check_hex(mac, csv_text(csv, "f1"));
	check_ok(af_f1(&af, true, s->rand, s->sqn, s->amf, mac));
	check_hex(mac, csv_text(csv, "f1star"));
	check_ok(af_f2345(&af, s->rand, res, ck, ik, ak));
	check_hex(res, csv_text(csv, "f2_RES"));
	check_hex(ck, csv_text(csv, "f3_CK"));
	check_hex(ik, csv_text(csv, "f4_IK"));
	check_hex(ak, csv_text(csv, "f5_AK"));
	check_ok(af_f5star(&af, s->rand, ak));
	check_hex(ak, csv_text(csv, "f5star_AK"));
	check_ok(af_vector(&af, s->rand, s->sqn, s->amf, &v));
	check_hex(v.mac, csv_text(csv, "f1"));
	check_hex(v.res, csv_text(csv, "f2_RES"));
	check_hex(v.ck, csv_text(csv, "f3_CK"));
	check_hex(v.ik, csv_text(csv, "f4_IK"));
	check_hex(v.ak, csv_text(csv, "f5_AK"));
}

int
main(int argc, char **argv)
{
	struct csv csv;
	struct set s;

	test_init(argc, argv);
	csv_open(&csv, "milenage_35208.csv");
	while (csv_next(&csv)) {
		set_read(&s, &csv);
		test_milenage(&s, &csv);
		test_af(&s, &csv);
	}
	return test_end();
}
