/*
 * gsup.c: GSUP against the octets of osmo-hlr 1.5.0, as captured; what hostile
 * ones come to; and whose IMSI an identity has.
 */
#include <stdlib.h>
#include <string.h>

#include "vectors/gsup.h"
#include "test.h"

#define VECTOR "03622010f9289e68f4b608e5e0ff97d112c6b4582104b1c5069d" \
    "220863efdd3d2ea927fa2310ec095174d0b04d20447de42315800734" \
    "2410102b7a99e5a55230dbb012f30e3c3fde" \
    "2510b8b7af43d1c40000b0cc9f99d022970d27087228154ac3ed13d7"
#define ANSWER "0079ee050a010800010100000000f1" VECTOR "300400000007310103"

/* Decode a copy, so that nothing stands behind it. */
static enum status
decode(struct gsup_frame *f, const uint8_t *in, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	enum status status;

	memcpy(exact, in, len);
	status = gsup_decode(f, exact, len);
	free(exact);
	return status;
}

/* The frame of what HEX says, after the three octets of its head. */
static enum status
decode_body(struct gsup_frame *f, const char *hex)
{
	uint8_t v[512];
	size_t len = unhex(v + 3, sizeof(v) - 3, hex);

	be_write(v, 2, len);
	v[2] = 0xee;
	return decode(f, v, 3 + len);
}

static enum status
decode_hex(struct gsup_frame *f, const char *hex)
{
	uint8_t v[512];

	return decode(f, v, unhex(v, sizeof(v), hex));
}

/* ---- octets that osmo-hlr took, and sent ---- */

static void
test_written(void)
{
	static const uint8_t rand[16], auts[14] = { 0xaa, [13] = 0xbb };
	uint8_t v[GSUP_IDENTITY_MAX];
	size_t len;

	test("gsup_request: as osmo-hlr answers it");
	len = gsup_request(&(struct gsup_request){ "001010000000001", 7, NULL,
	    NULL }, v);
	check_hex(v, "0018ee0508010800010100000000f1520101300400000007310103");
	check_uint(len, 27);

	test("gsup_request: 14 digits, AUTS and RAND");
	len = gsup_request(&(struct gsup_request){ "00101000000004", 9, rand,
	    auts }, v);
	check_hex(v, "0039ee05080107000101000000405201013004000000093101"
	    "03260eaa000000000000000000000000bb2010"
	    "00000000000000000000000000000000");
	check_uint(len, 60);

	test("gsup_identity: unit, name and serial number");
	len = gsup_identity("A", v);
	check_hex(v, "0014fe05000708302f302f30000003014100000300" "4100");
	check_uint(len, 23);
	check_hex(gsup_pong, "0001fe01");
}

static void
test_read(void)
{
	struct gsup_frame f;

	test("gsup_decode: a vector");
	check_ok(decode_hex(&f, ANSWER));
	check(f.kind == GSUP_VECTOR && f.has_keys);
	check(strcmp(f.imsi, "001010000000001") == 0);
	check(f.has_session && f.session == 7);
	check_hex(f.rand, "f9289e68f4b608e5e0ff97d112c6b458");
	check_hex(f.autn, "b8b7af43d1c40000b0cc9f99d022970d");
	check_hex(f.ck, "102b7a99e5a55230dbb012f30e3c3fde");
	check_hex(f.ik, "ec095174d0b04d20447de42315800734");

	test("gsup_decode: a vector of 2G, 14 digits");
	check_ok(decode_hex(&f, "002fee050a0107000101000000200322"
	    "201028d2c55b832e7b6b9fa90a577e4a55302104"
	    "1e5269552208" "83df703d6af41c00"));
	check(f.kind == GSUP_VECTOR && !f.has_keys && !f.has_session);
	check(strcmp(f.imsi, "00101000000002") == 0);

	test("gsup_decode: a refusal");
	check_ok(decode_hex(&f, "000fee0509010800010100000000f9020102"));
	check(f.kind == GSUP_REFUSAL && f.cause == 2);
	check(strcmp(gsup_cause(2), "IMSI unknown in HLR") == 0);
	check(strcmp(gsup_cause(1), "a cause without a name") == 0);

	test("gsup_decode: who are you, a ping, and what is of no interest");
	check_ok(decode_hex(&f, "0011fe0401080107010201030104010501010100"));
	check(f.kind == GSUP_WHO);
	check_ok(decode_hex(&f, "0001fe00"));
	check(f.kind == GSUP_PING);
	check_ok(decode_hex(&f, "0001fe06"));
	check(f.kind == GSUP_OTHER);
	check_ok(decode_hex(&f, "000fee0510010800010100000000f9020102"));
	check(f.kind == GSUP_OTHER);

	test("gsup_decode: of two vectors, the first");
	check_ok(decode_body(&f, "050a010800010100000000f1" VECTOR "03022000"));
	check_hex(f.rand, "f9289e68");
}

/* ---- what is wrong ---- */

static void
test_wrong(void)
{
	static const struct { const char *name, *hex, *text; } wrong[] = {
		{ "no type", "05", "GSUP: a message without a type" },
		{ "no IMSI", "050a" VECTOR, "GSUP: an answer has no IMSI" },
		{ "an IMSI without digits", "050a0100" VECTOR,
		    "GSUP: element 01 has 0 octets; expected 1 to 8" },
		{ "an IMSI of 9 octets", "050a0109000101000000000000",
		    "GSUP: element 01 has 9 octets; expected 1 to 8" },
		{ "an IMSI of 16 digits", "050a01080001010000000001",
		    "GSUP: the IMSI has other characters than digits, or 16" },
		{ "an IMSI with letters", "050a010800010100000a00f1",
		    "GSUP: the IMSI has other characters than digits, or 16" },
		{ "a RAND of 15", "050a0104000101f1" "031120" "0f"
		    "000000000000000000000000000000",
		    "GSUP: element 20 has 15 octets; expected 16" },
		{ "a vector that is cut off", "050a0104000101f103032010aa",
		    "GSUP: an element is cut off" },
		{ "an element that is cut off", "050a0104000101f10380",
		    "GSUP: an element is cut off" },
		{ "a cause of 2", "05090104000101f102020002",
		    "GSUP: element 02 has 2 octets; expected 1" },
		{ "a session of 3", "05090104000101f13003000000",
		    "GSUP: element 30 has 3 octets; expected 4" },
	};
	struct gsup_frame f;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		test("gsup_decode: %s", wrong[i].name);
		check_fail(decode_body(&f, wrong[i].hex), MALFORMED,
		    wrong[i].text);
	}
}

static void
test_cut(void)
{
	uint8_t v[256];
	struct gsup_frame f;
	size_t len = unhex(v, sizeof(v), ANSWER), n;

	test("gsup_measure: a frame that is not whole, and two");
	for (size_t i = 0; i < len; i++) {
		check_ok(gsup_measure(v, i, &n));
		check_uint(n, 0);
	}
	check_ok(gsup_measure(v, sizeof(v), &n));
	check_uint(n, len);

	test("gsup_measure: a frame that is too long");
	check_fail(gsup_measure((const uint8_t *)"\xff\xff\xee", 3, &n),
	    MALFORMED, "GSUP: a frame of 65538 octets; 4096 are possible");

	test("gsup_decode: cut anywhere, its length wrong or made right");
	for (size_t i = 0; i < len; i++) {
		check(decode(&f, v, i) == MALFORMED);
		if (i < 3)
			continue;
		be_write(v, 2, i - 3);
		(void)!decode(&f, v, i);
		check(!f.has_keys || i >= 103);
		be_write(v, 2, len - 3);
	}
}

/* ---- identities ---- */

static void
test_imsi(void)
{
	static const char *const good[] = { "001010123456789",
	    "001010123456789@ims.mnc001.mcc001.3gppnetwork.org",
	    "001010123456789@ims.mnc010.mcc001.3gppnetwork.org",
	    "001010123456789@operator.example.org" };
	static const char *const none[] = { "12345@a", "1234567890123456@a",
	    "alice@a", "+4917212345", "" };
	static const char *const other[] = {
	    "001010123456789@ims.mnc002.mcc001.3gppnetwork.org",
	    "001010123456789@ims.mnc001.mcc002.3gppnetwork.org",
	    "001010123456789@mnc001.mcc001.3gppnetwork.org" };
	char imsi[IMSI_MAX + 1], text[256];

	test("identity_imsi: with its own realm, with another's, alone");
	for (size_t i = 0; i < COUNT(good); i++) {
		check_ok(identity_imsi(good[i], imsi));
		check(strcmp(imsi, "001010123456789") == 0);
	}
	test("identity_imsi: none");
	for (size_t i = 0; i < COUNT(none); i++) {
		snprintf(text, sizeof(text), "ue_priv_id: found %s, expected "
		    "an IMSI before the @", none[i]);
		check_fail(identity_imsi(none[i], imsi), REJECTED, text);
	}
	test("identity_imsi: a realm of another network");
	for (size_t i = 0; i < COUNT(other); i++) {
		snprintf(text, sizeof(text), "ue_priv_id: found %s, expected "
		    "the MNC and MCC of its IMSI after the @", other[i]);
		check_fail(identity_imsi(other[i], imsi), REJECTED, text);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_written();
	test_read();
	test_wrong();
	test_cut();
	test_imsi();
	return test_end();
}
