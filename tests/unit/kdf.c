/* kdf.c: the keys of TS 33.220 Annex B, and the GPI's. */
#include <string.h>

#include "crypto/aka.h"
#include "crypto/kdf.h"
#include "test.h"

/*
 * gba_capture.csv: two runs of GBA_ME caught on the wire, fkgi/bag at
 * 3f3f86ec, whose Ua digest was made with this Ks_NAF.
 */
static void
test_capture(const struct csv *csv)
{
	uint8_t ks[32], rand[16], naf_id[260], out[32];
	size_t len = strlen(csv_text(csv, "NAF_FQDN"));

	test("kdf_ks_naf: %s", csv_text(csv, "IMPI"));
	csv_octets(csv, "CK", ks, 16);
	csv_octets(csv, "IK", ks + 16, 16);
	csv_octets(csv, "RAND", rand, sizeof(rand));
	memcpy(naf_id, csv_text(csv, "NAF_FQDN"), len);
	len += csv_octets(csv, "Ua_id_hex", naf_id + len, 5);
	check_ok(kdf_ks_naf(ks, rand, csv_text(csv, "IMPI"), naf_id, len,
	    out));
	check_hex(out, csv_text(csv, "Ks_NAF"));
}

/* The card of a set of TS 35.208, and what it has in common with the HSS. */
struct card {
	struct af af;
	uint8_t rand[16], amf[2];
	uint64_t sqn;
};

static void
card_read(struct card *c, const char *set)
{
	struct csv csv;
	uint8_t sqn[6];

	csv_find(&csv, "milenage_35208.csv", "set", set);
	memset(c, 0, sizeof(*c));
	c->af.k_len = csv_octets(&csv, "K", c->af.k, 16);
	csv_octets(&csv, "OPc", c->af.opc, 16);
	csv_octets(&csv, "RAND", c->rand, sizeof(c->rand));
	csv_octets(&csv, "AMF", c->amf, sizeof(c->amf));
	csv_octets(&csv, "SQN", sqn, sizeof(sqn));
	c->sqn = be_read(sqn, sizeof(sqn));
	csv_close(&csv);
}

/* Ks = CK || IK, which is the same whether or not AUTN is AUTN*. */
static void
make_ks(const struct card *c, uint8_t autn[16], uint8_t autn_star[16],
    uint8_t ks[32])
{
	struct aka a;

	check_ok(aka_generate(&c->af, c->rand, c->sqn, c->amf, true,
	    autn_star, &a));
	check_ok(aka_generate(&c->af, c->rand, c->sqn, c->amf, false, autn,
	    &a));
	memcpy(ks, a.ck, 16);
	memcpy(ks + 16, a.ik, 16);
}

/* gba_selfcomputed.csv: an independent computation over the sets. */
static void
test_gba(const struct csv *csv)
{
	uint8_t autn[16], autn_star[16], ks[32], naf_id[260], out[32];
	const char *impi = csv_text(csv, "IMPI");
	struct card c;
	size_t len;

	test("gba: gba_selfcomputed.csv set %s", csv_text(csv, "set"));
	card_read(&c, csv_text(csv, "set"));
	len = csv_octets(csv, "NAF_Id_hex", naf_id, sizeof(naf_id));
	make_ks(&c, autn, autn_star, ks);
	check_hex(c.rand, csv_text(csv, "RAND"));
	check_hex(autn, csv_text(csv, "AUTN"));
	check_hex(autn_star, csv_text(csv, "AUTN_star"));
	check_hex(ks, csv_text(csv, "Ks"));
	check_ok(kdf_ks_naf(ks, c.rand, impi, naf_id, len, out));
	check_hex(out, csv_text(csv, "Ks_NAF_or_ext"));
	check_ok(kdf_ks_int_naf(ks, c.rand, impi, naf_id, len, out));
	check_hex(out, csv_text(csv, "Ks_int_NAF"));
}

/* gpi.csv: made by an independent implementation; VER is its octet 1. */
static void
test_gpi(const struct csv *csv)
{
	uint8_t autn[16], autn_star[16], ks[32], naf_id[260], gpi[1024];
	uint8_t out[32];
	const char *impi = csv_text(csv, "impi");
	struct card c;
	size_t len;

	test("kdf: gpi.csv %s", csv_text(csv, "name"));
	card_read(&c, csv_text(csv, "set_35208"));
	csv_octets(csv, "gpi", gpi, sizeof(gpi));
	len = csv_octets(csv, "naf_id", naf_id, sizeof(naf_id));
	make_ks(&c, autn, autn_star, ks);
	check_ok(kdf_k_gpi(ks, c.rand, impi, csv_text(csv, "bsf"), gpi[1],
	    out));
	check_hex(out, csv_text(csv, "k_gpi"));
	check_ok(kdf_ks_naf(ks, c.rand, impi, naf_id, len, out));
	check_hex(out, csv_text(csv, "ks_naf"));
	check_ok(kdf_ks_int_naf(ks, c.rand, impi, naf_id, len, out));
	check_hex(out, csv_text(csv, "ks_int_naf"));
}

/* The known answers are of openssl(1), the commands as given. */
static void
test_string(void)
{
	uint8_t key[32] = "Jefe", out[32];

	test("kdf: S is FC alone where there is no parameter");
	check_ok(kdf(key, 0x77, NULL, 0, out));
	/* printf w | openssl dgst -sha256 -mac HMAC -macopt key:Jefe */
	check_hex(out, "2ad5636de0f08f7b0ecdec6db6102663"
	    "6820bb79bba11a13f30ea122f14ae4e2");

	test("kdf: an empty parameter still has its length");
	check_ok(kdf(key, 0x77, (struct kdf_param[]){ { "", 0 } }, 1, out));
	/* printf 'w\0\0' | openssl dgst, as above */
	check_hex(out, "c76636e9c41c3551c7184f34511c3192"
	    "3081112e83ace681e7a0663cd223b1e3");
}

int
main(int argc, char **argv)
{
	struct csv csv;

	test_init(argc, argv);
	test_string();
	csv_open(&csv, "gba_capture.csv");
	while (csv_next(&csv))
		test_capture(&csv);
	csv_open(&csv, "gba_selfcomputed.csv");
	while (csv_next(&csv))
		test_gba(&csv);
	csv_open(&csv, "gpi.csv");
	while (csv_next(&csv))
		test_gpi(&csv);
	return test_end();
}
