/* uicc.c: the commands to a UICC and its answers, and what a modem sends. */
#include <string.h>

#include "uicc/at.h"
#include "test.h"

#define RAND "23553cbe9637a89d218ae64dae47bf35"
#define AUTN "55f328b43577b9b94a9ffac354dfafb3"
#define CK "b40ba9a3c58b2a05bbf0d987b21bf8cb"
#define IK "f769bcd751044604127672711c6d3441"
#define AUTS "451e8beca43b0101010101010101"
#define IMPI "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"

static void
check_apdu(const struct apdu *a, const char *hex)
{
	check_uint(a->len, strlen(hex) / 2);
	check_hex(a->v, hex);
}

/* The answer HEX, SW1 SW2 and all. */
static struct answer_apdu
answer(const char *hex)
{
	struct answer_apdu a = { 0 };
	uint8_t v[ANSWER_MAX + 2];
	size_t len = unhex(v, sizeof(v), hex);

	a.len = len - 2;
	memcpy(a.v, v, a.len);
	a.sw = (unsigned)be_read(v + a.len, 2);
	return a;
}

/* ---- commands ---- */

static void
test_commands(void)
{
	uint8_t aid[AID_MAX], rand[16], autn[16];
	size_t len = unhex(aid, sizeof(aid), "a0000000871002");
	struct apdu a;

	unhex(rand, 16, RAND);
	unhex(autn, 16, AUTN);

	test("apdu: SELECT");
	apdu_select_aid(&a, aid, len);
	check_apdu(&a, "00a4040407a0000000871002");
	check(a.answers);
	apdu_select_file(&a, EF_GBABP_USIM);
	check_apdu(&a, "00a40004026fd6");

	test("apdu: VERIFY");
	apdu_verify(&a, NULL);
	check_apdu(&a, "0020000100");
	apdu_verify(&a, "1234");
	check_apdu(&a, "002000010831323334ffffffff");
	check(!a.answers);
	apdu_verify(&a, "12345678");
	check_apdu(&a, "00200001083132333435363738");

	test("apdu: AUTHENTICATE");
	apdu_authenticate_3g(&a, rand, autn);
	check_apdu(&a, "008800812210" RAND "10" AUTN);
	check(a.answers);
	apdu_bootstrap(&a, rand, autn);
	check_apdu(&a, "0088008423dd10" RAND "10" AUTN);
}

static void
test_naf_key(void)
{
	uint8_t naf_id[252];
	struct apdu a;

	test("apdu: AUTHENTICATE for a NAF's key");
	memset(naf_id, 'a', sizeof(naf_id));
	check_ok(apdu_naf_key(&a, (const uint8_t *)"n\1\0\0\0\7", 6, "a@b"));
	check_apdu(&a, "008800840cde066e01000000070361" "4062");
	check_ok(apdu_naf_key(&a, naf_id, 249, "a@b"));
	check_uint(a.len, 5 + 255);
	check_fail(apdu_naf_key(&a, naf_id, 250, "a@b"), REJECTED, "naf_id "
	    "and IMPI have 253 octets, a command to the card has room for 252");
}

/* ---- answers ---- */

static void
test_answers(void)
{
	struct authentication out;
	struct answer_apdu a;

	test("answer: CK and IK, without Kc and with it");
	a = answer("db08a54211d5e3ba50bf10" CK "10" IK "9000");
	check_ok(answer_3g(&a, &out));
	check_hex(out.ck, CK);
	check_hex(out.ik, IK);
	check(out.auts == NULL);
	a = answer("db04a54211d510" CK "10" IK "08eae4be823af9a08b9110");
	check_ok(answer_3g(&a, &out));
	check_hex(out.ik, IK);

	test("answer: AUTS");
	a = answer("dc0e" AUTS "9000");
	check_fail(answer_3g(&a, &out), REJECTED,
	    "sqn: not fresh, says the card");
	check_hex(out.auts, AUTS);
	check_fail(answer_bootstrap(&a, &out), REJECTED,
	    "sqn: not fresh, says the card");
	check_hex(out.auts, AUTS);

	test("answer: of the GBA context");
	a = answer("db08a54211d5e3ba50bf9000");
	check_ok(answer_bootstrap(&a, &out));
	check(out.ck == NULL && out.auts == NULL);
	a = answer("db20" CK IK "9000");
	check_ok(answer_naf_key(&a, &out));
	check_hex(out.ks_ext_naf, CK IK);

	test("answer: a wrong MAC, and other refusals");
	a = answer("9862");
	check_fail(answer_3g(&a, &out), REJECTED,
	    "autn: MAC does not match this card");
	a = answer("6985");
	check_fail(answer_naf_key(&a, &out), REJECTED, "the card answered "
	    "AUTHENTICATE with SW 6985: the conditions of use are not met");
	a = answer("6f00");
	check_fail(answer_3g(&a, &out), REJECTED, "the card answered "
	    "AUTHENTICATE with SW 6F00: unexpected");
}

/* Each answer that is cut short, and some that are odd. */
static void
test_malformed(void)
{
	static const char text[] = "the card answered AUTHENTICATE with "
	    "something else than TS 31.102 says";
	static const char *const odd[] = { "9000", "dd009000",
	    "db08a54211d5e3ba50bf0f" CK "10" IK "9000", "dc0d" AUTS "9000" };
	struct answer_apdu a = answer("db08a54211d5e3ba50bf10" CK "10" IK
	    "9000"), nafs = answer("db20" CK IK "9000"), auts = answer("dc0e"
	    AUTS "9000");
	struct authentication out;

	test("answer: cut short");
	while (a.len-- > 0)
		check_fail(answer_3g(&a, &out), REJECTED, text);
	while (nafs.len-- > 0)
		check_fail(answer_naf_key(&nafs, &out), REJECTED, text);
	while (auts.len-- > 0) {
		check_fail(answer_bootstrap(&auts, &out), REJECTED, text);
		check(out.auts == NULL);
	}

	test("answer: something else");
	for (size_t i = 0; i < COUNT(odd); i++) {
		a = answer(odd[i]);
		check_fail(answer_3g(&a, &out), REJECTED, text);
	}
	a = answer("dc0e" AUTS "9000");
	check_fail(answer_naf_key(&a, &out), REJECTED, text);
}

/* ---- files ---- */

static void
test_fcp(void)
{
	struct answer_apdu a = answer("62178202412183026f07a5038001718a01058b0"
	    "36f0601800200099000");
	size_t size = 0;

	test("fcp: the size of a file");
	check_ok(fcp_size(&a, &size));
	check_uint(size, 9);

	test("fcp: without a size");
	while (a.len-- > 0)
		check_fail(fcp_size(&a, &size), FAILED,
		    "the card does not say how long the file is");
}

static void
test_identity(void)
{
	uint8_t imsi[9], ad[4] = { 0, 0, 0, 2 }, ef[64];
	char out[IMPI_MAX + 1];
	size_t len;

	test("identity: EF_IMSI and EF_AD");
	unhex(imsi, 9, "080910101032547698");
	check_ok(impi_of_usim(imsi, 9, ad, 4, out));
	check(strcmp(out, IMPI) == 0);
	/* 310150123456789 with a MNC of 3 digits, TS 23.003 clause 13.3 */
	unhex(imsi, 9, "083901511032547698");
	ad[3] = 3;
	check_ok(impi_of_usim(imsi, 9, ad, 4, out));
	check(strcmp(out, "310150123456789@ims.mnc150.mcc310.3gppnetwork.org")
	    == 0);
	/* 14 digits, and F for the last */
	unhex(imsi, 9, "0801101010325476f8");
	check_ok(impi_of_usim(imsi, 9, ad, 4, out));
	check(strcmp(out, "00101012345678@ims.mnc010.mcc001.3gppnetwork.org")
	    == 0);
	check_fail(impi_of_usim(imsi, 8, ad, 4, out), FAILED,
	    "EF_IMSI has no IMSI");

	test("identity: none in EF_IMSI, or no length of the MNC");
	memset(imsi, 0xff, sizeof(imsi));
	check_fail(impi_of_usim(imsi, 9, ad, 4, out), FAILED,
	    "EF_IMSI has no IMSI");
	unhex(imsi, 9, "080910101032547698");
	check_fail(impi_of_usim(imsi, 9, ad, 3, out), FAILED, "EF_AD does not "
	    "say whether the MNC has 2 or 3 digits; give --impi");

	test("identity: EF_IMPI");
	len = unhex(ef, sizeof(ef), "8003614062ffff");
	check_ok(impi_of_isim(ef, len, out));
	check(strcmp(out, "a@b") == 0);
	check_fail(impi_of_isim(ef, 4, out), FAILED,
	    "EF_IMPI has no identity");
	len = unhex(ef, sizeof(ef), "800361206200");
	check_fail(impi_of_isim(ef, len, out), FAILED, "EF_IMPI: found other "
	    "characters, expected visible ASCII");
}

static void
test_gbabp(void)
{
	uint8_t rand[16], out[64] = { 0 };

	test("gbabp");
	unhex(rand, 16, RAND);
	check_uint(gbabp_encode(rand, "p-tid", "2027-01-15T08:00:00Z", out,
	    sizeof(out)), 17 + 6 + 21);
	check_hex(out, "10" RAND "05702d7469641432303237"
	    "2d30312d31355430383a30303a30305a00");
	check_uint(gbabp_encode(rand, "p-tid", "2027-01-15T08:00:00Z", out,
	    43), 44);
}

/* ---- modems ---- */

/* TEXT comes in two pieces, cut anywhere. */
static void
test_modem(const char *name, const char *text, enum at_result result, const char *value)
{
	char got[AT_LINE_MAX];
	struct at_reader r = { 0 };
	enum at_result last;

	test("at: %s", name);
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		got[0] = '\0';
		at_reset(&r);
		last = at_read(&r, text, cut, "AT+CSIM=10,\"00\"", "+CSIM:",
		    got);
		if (last == AT_MORE)
			last = at_read(&r, text + cut, strlen(text) - cut,
			    "AT+CSIM=10,\"00\"", "+CSIM:", got);
		check(last == result);
		check(strcmp(got, value) == 0);
	}
}

static void
test_values(void)
{
	static const char *const odd[] = { "", "4", "4,", "4,900", "4,90zz",
	    "2,\"90\"", "6,\"9000\"", "4,\"9000\",1" };
	static char longest[AT_LINE_MAX + 8];
	struct answer_apdu a;

	test("at: the value of +CSIM");
	check_ok(at_apdu("4,\"9000\"", &a));
	check(a.len == 0 && a.sw == 0x9000);
	check_ok(at_apdu("10, DB0102612C", &a));
	check(a.len == 3 && a.sw == 0x612c);
	check_hex(a.v, "db0102");
	for (size_t i = 0; i < COUNT(odd); i++)
		check_fail(at_apdu(odd[i], &a), FAILED,
		    "the modem gives no answer of the card");
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest, "518,", 4);
	check(at_apdu(longest, &a) == FAILED);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_commands();
	test_naf_key();
	test_answers();
	test_malformed();
	test_fcp();
	test_identity();
	test_gbabp();
	test_modem("OK", "\r\nOK\r\n", AT_OK, "");
	test_modem("echo", "AT+CSIM=10,\"00\"\r\r\n+CSIM: 4,\"9000\"\r\n\r\n"
	    "OK\r\n", AT_OK, "4,\"9000\"");
	test_modem("unsolicited lines", "\r\nRING\r\n+CSIM:4,9000\r\n+CREG: 1"
	    "\r\nOK\r\n", AT_OK, "4,9000");
	test_modem("CME ERROR", "\n+CME ERROR: 13\n", AT_ERROR, "");
	test_modem("ERROR", "ERROR\r", AT_ERROR, "");
	test_modem("no end", "+CSIM: 4,\"9000\"\r\nOKAY\r\n", AT_MORE,
	    "4,\"9000\"");
	test_values();
	return test_end();
}
