/*
 * tpdu.c: TPDUs against octets of others: an AT+CMGS example, the MMS
 * notification of Android's GsmSmsTest, and some that tshark reads as said.
 */
#include <stdlib.h>
#include <string.h>

#include "sms/tpdu.h"
#include "../fuzz/made.h"
#include "test.h"

/* Decode a copy, so that nothing stands behind it. */
static enum status
decode_tpdu(struct tpdu *t, const uint8_t *in, size_t len)
{
	uint8_t *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, in, len);
	status = tpdu_decode(t, exact + 1, len);
	free(exact);
	return status;
}

static enum status
decode_hex(struct tpdu *t, const char *hex)
{
	uint8_t v[256];

	return decode_tpdu(t, v, unhex(v, sizeof(v), hex));
}

/* A message of five octets. */
#define HELLO .ud_len = 5, .ud = "hello"

static const struct known {
	const char *hex;
	bool one_way;		/* to be read, not written like that */
	struct tpdu t;
} known[] = {
	/* an AT+CMGS example: CSMS length 17, for four days */
	{ "11000781214365f700f6aa0568656c6c6f", false,
	  { .dcs = 0xf6, .number = "1234567", .validity = 4 * 86400, HELLO } },
	/* Android's GsmSmsTest.testUdh, without its user data */
	{ "440a8111110301003bf5608020713023" "8a" "0100", true,
	  { .deliver = true, .udhi = true, .pid = 0x3b, .dcs = 0xf5,
	    .number = "1111301000", .time = 1154563412, .ud_len = 1 } },
	/* what follows, tshark 4.0 reads so */
	{ "71070c9194710000001048040c0568656c6c6f", false,
	  { .udhi = true, .report = true, .pid = PID_TRIGGER, .dcs = DCS_DATA,
	    .mr = 7, .number = "+491700000001", .validity = 3900, HELLO } },
	{ "0100038121f3000400", false,
	  { .dcs = DCS_DATA, .number = "123" } },
	{ "640c9194710000001048043211412231020005" "68656c6c6f", false,
	  { .deliver = true, .udhi = true, .report = true, .pid = PID_TRIGGER,
	    .dcs = DCS_DATA, .number = "+491700000001", .time = 1700000000,
	    HELLO } },
	{ "040481ba21000400101000000000" "00", false,
	  { .deliver = true, .dcs = DCS_DATA, .number = "*#12",
	    .time = 946684800 } },
	{ "4406d0cde61400f502107191142340" "01ff", true,
	  { .deliver = true, .udhi = true, .dcs = 0xf5, .number = "MMS",
	    .time = 1579286492, .ud_len = 1, .ud = "\377" } },
	/* absolute and enhanced TP-VP */
	{ "19000781214365f70004320111223344550568656c6c6f", true,
	  { .dcs = DCS_DATA, .number = "1234567", HELLO } },
	{ "09000781214365f70004000000000000000568656c6c6f", true,
	  { .dcs = DCS_DATA, .number = "1234567", HELLO } },
};

static bool
same_tpdu(const struct tpdu *a, const struct tpdu *b)
{
	return a->deliver == b->deliver && a->udhi == b->udhi &&
	    a->report == b->report && a->pid == b->pid && a->dcs == b->dcs &&
	    a->mr == b->mr && strcmp(a->number, b->number) == 0 &&
	    a->time == b->time && a->validity == b->validity &&
	    a->ud_len == b->ud_len && memcmp(a->ud, b->ud, a->ud_len) == 0;
}

static void
test_known(const struct known *k)
{
	uint8_t v[256], out[TPDU_MAX];
	size_t len = unhex(v, sizeof(v), k->hex);
	struct tpdu t;

	test("tpdu_decode: %s", k->hex);
	check_ok(decode_tpdu(&t, v, len));
	check(same_tpdu(&t, &k->t));
	/* what is behind does not count; what is cut does, but in TP-UD */
	memset(v + len, 0xff, 8);
	check_ok(decode_tpdu(&t, v, len + 8));
	check(same_tpdu(&t, &k->t));
	for (size_t cut = 0; cut < len; cut++)
		check(decode_tpdu(&t, v, cut) == (cut < len - k->t.ud_len ?
		    MALFORMED : OK));
	if (k->one_way)
		return;
	test("tpdu_encode: %s", k->hex);
	check_uint(tpdu_encode(&k->t, out), len);
	check_hex(out, k->hex);
}

/* ---- fields ---- */

/* 9.2.3.12.1: seconds asked for, what is said, and what that means. */
static void
test_validity(void)
{
	static const struct {
		uint64_t want;
		uint8_t vp;
		uint64_t says;
	} t[] = {
		{ 1, 0, 300 }, { 300, 0, 300 }, { 599, 0, 300 },
		{ 600, 1, 600 }, { 43200, 143, 43200 },
		{ 44999, 143, 43200 }, { 45000, 144, 45000 },
		{ 86400, 167, 86400 }, { 172799, 167, 86400 },
		{ 172800, 168, 172800 }, { 345600, 0xaa, 345600 },
		{ 2592000, 196, 2592000 }, { 3023999, 196, 2592000 },
		{ 3024000, 197, 3024000 }, { 38102400, 255, 38102400 },
		{ UINT64_MAX, 255, 38102400 },
	};
	struct tpdu p = { .dcs = DCS_DATA, .number = "123" }, again;
	uint8_t out[TPDU_MAX] = { 0 };

	for (size_t i = 0; i < COUNT(t); i++) {
		test("tp-vp: %llu seconds", (unsigned long long)t[i].want);
		p.validity = t[i].want;
		check_uint(tpdu_encode(&p, out), 10);
		check_uint(out[0], 0x11);
		check_uint(out[8], t[i].vp);
		check_ok(decode_tpdu(&again, out, 10));
		check_uint(again.validity, t[i].says);
	}
	test("tp-vp: every value");
	for (unsigned vp = 0; vp < 256; vp++) {
		out[8] = (uint8_t)vp;
		check_ok(decode_tpdu(&p, out, 10));
		check_uint(tpdu_encode(&p, out), 10);
		check_uint(out[8], vp);
	}
}

static void
test_dcs(void)
{
	uint8_t v[] = { 0x01, 0, 0x03, 0x81, 0x21, 0xf3, 0, 0, 0 };
	struct tpdu t;

	test("tp-dcs: 8-bit data and nothing else, TS 23.038 clause 4");
	for (unsigned dcs = 0; dcs < 256; dcs++) {
		bool general = dcs < 0x80 && (dcs & 0x20) == 0 &&
		    (dcs >> 2 & 3) == 1;
		bool class = dcs >= 0xf4 && dcs <= 0xf7;

		check(sms_is_data((uint8_t)dcs) == (general || class));
		v[7] = (uint8_t)dcs;
		check_ok(decode_tpdu(&t, v, sizeof(v)));
		check_uint(t.dcs, dcs);
	}
}

static void
test_numbers(void)
{
	static const char *const good[] = { "1", "12", "+1", "*#06#",
	    "01234567890123456789", "+123456789012345" };
	struct tpdu t = { .dcs = DCS_DATA }, again;
	uint8_t out[TPDU_MAX] = { 0 };

	for (size_t i = 0; i < COUNT(good); i++) {
		test("tp-da: %s", good[i]);
		strcpy(t.number, good[i]);
		check_ok(decode_tpdu(&again, out, tpdu_encode(&t, out)));
		check(strcmp(again.number, good[i]) == 0);
	}
	test("tp-da: other types of number, and other plans");
	check_ok(decode_hex(&t, "010003a121f3000400"));
	check(strcmp(t.number, "123") == 0);
	check_ok(decode_hex(&t, "0100039821f3000400"));
	check(strcmp(t.number, "+123") == 0);

	test("tp-oa: an alphanumeric one of 11 characters, TS 23.038 6.2.1");
	check_ok(decode_hex(&t, "0414d0004104a4d5e742c0fd00"
	    "00040010100000000000"));
	check(strcmp(t.number, "@$_ Zz9!???") == 0);
}

#define TWENTY "1111111111" "1111111111" "1111111111" "1111111111"

/* Addresses as networks and tools make them; what follows is found. */
static void
test_senders(void)
{
	static const struct {
		const char *hex, *number;
	} t[] = {
		/* none: warthog618/sms, issue 3; gammu shows no number */
		{ "0080", "" }, { "0081", "" }, { "0091", "" },
		{ "00d0", "" }, { "0000", "" }, { "01d0ff", "" },
		/* any type and plan, without the bit that is always set */
		{ "03a121f3", "123" }, { "03b821f3", "123" },
		{ "03ff21f3", "123" }, { "030121f3", "123" },
		{ "039821f3", "+123" }, { "031121f3", "+123" },
		/* 9.1.2.3: a b c; fill in other places than the last */
		{ "0581badcfe", "*#abc" },
		{ "0381210f", "12" }, { "0481f1f2", "12" },
		{ "03812103", "123" }, { "0491ffff", "" },
		/* too many */
		{ "109121436587092143f5", "+123456789012345" },
		{ "16812143658709214365870921", "1234567890123456789012" },
		{ "2881" TWENTY,
		  "1111111111111111111111111111111" },
		{ "2891" TWENTY,
		  "+111111111111111111111111111111" },
		{ "ff", NULL }, { "ff91", NULL }, { "0481ff", NULL },
	};
	struct tpdu p;
	char hex[128];

	for (size_t i = 0; i < COUNT(t); i++) {
		test("tp-oa: %s", t[i].hex);
		snprintf(hex, sizeof(hex), "04%s%s", t[i].hex,
		    t[i].number == NULL ? "" : "3004" "00000000000000"
		    "028801");
		check(decode_hex(&p, hex) == (t[i].number == NULL ? MALFORMED :
		    OK));
		if (t[i].number == NULL)
			continue;
		check(strcmp(p.number, t[i].number) == 0);
		check_uint(p.pid, 0x30);
		check_uint(p.ud_len, 2);
		check_hex(p.ud, "8801");
	}
}

/* TP-UDL and what is there; eeeeeta/huawei-modem#23 */
static void
test_length(void)
{
	struct tpdu t;
	uint8_t v[200] = { 0x04, 0, 0x81, 0, 0x04 };

	test("tp-ud: rests of a longer one behind, and TP-UDL in septets");
	check_ok(decode_hex(&t, "0400810004" "00000000000000" "028801ffff"));
	check_uint(t.ud_len, 2);
	check_ok(decode_hex(&t, "0400810000" "00000000000000" "048801"));
	check_uint(t.ud_len, 2);
	v[12] = 160;
	check_ok(decode_tpdu(&t, v, 13 + 140));
	check_uint(t.ud_len, 140);
	check_fail(decode_tpdu(&t, v, 13 + 141), MALFORMED, "SMS-DELIVER: "
	    "tp-ud: found 141 octets, expected at most 140");

	test("tpdu: a reserved type is SMS-DELIVER, 9.2.3.1; other bits");
	check_ok(decode_hex(&t, "0700810004" "00000000000000" "028801"));
	check(t.deliver && !t.udhi);
	check_ok(decode_hex(&t, "fc00810004" "00000000000000" "028801"));
	check(t.deliver && t.udhi && t.report);
}

static void
test_largest(void)
{
	struct tpdu t = { .deliver = true, .dcs = DCS_DATA,
	    .number = "01234567890123456789", .ud_len = SMS_UD_MAX }, again;
	uint8_t out[TPDU_MAX] = { 0 };
	size_t len;

	test("tpdu_encode: the largest");
	memset(t.ud, 0xa5, sizeof(t.ud));
	len = tpdu_encode(&t, out);
	check_uint(len, 163);
	check_ok(decode_tpdu(&again, out, len));
	check(same_tpdu(&t, &again));
	t.deliver = false;
	t.validity = 300;
	check_uint(tpdu_encode(&t, out), 158);
}

/* ---- refusals ---- */

static void
test_refusals(void)
{
	static const struct {
		const char *hex, *text;
	} t[] = {
		{ "", "tpdu: found 0 octets, expected a TPDU" },
		{ "02", "tp-mti: found SMS-STATUS-REPORT or SMS-COMMAND, "
		    "expected SMS-DELIVER or SMS-SUBMIT" },
		{ "01", "SMS-SUBMIT: tp-mr: found 0 octets, expected 1" },
		{ "04", "SMS-DELIVER: tp-oa: found 0 octets, expected 2" },
		{ "0100038121", "SMS-SUBMIT: tp-da: found 1 octet, expected "
		    "2" },
		{ "0100038121f3", "SMS-SUBMIT: tp-pid: found 0 octets, "
		    "expected 1" },
		{ "0100038121f300", "SMS-SUBMIT: tp-dcs: found 0 octets, "
		    "expected 1" },
		{ "1900038121f30004000000000000", "SMS-SUBMIT: tp-vp: found 6 "
		    "octets, expected 7" },
		{ "0100038121f30004", "SMS-SUBMIT: tp-ud: found 0 octets, "
		    "expected 1" },
		{ "04038121f300040010", "SMS-DELIVER: tp-scts: found 2 octets, "
		    "expected 7" },
	};
	struct tpdu p;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("tpdu_decode: %s", t[i].text);
		check_fail(decode_hex(&p, t[i].hex), MALFORMED, t[i].text);
	}
}

static void
test_times(void)
{
	static const struct {
		const char *hex;
		uint64_t time;
	} t[] = {
		{ "99211332959500", 946684799 },
		{ "00101000000000", 946684800 },
		{ "00209200000000", 951782400 },
		/* a quarter of an hour behind UTC, and ahead of it */
		{ "00101000000018", 946684800 + 900 },
		{ "00101000000010", 946684800 - 900 },
		/* as late as it gets; semi-octets that are no digits */
		{ "96211332959500", 3155759999 },
		{ "0010100000f000", 946684800 },
		/* before 1970 in UTC */
		{ "07101000000010", 0 },
		/* no dates */
		{ "00000000000000", 0 }, { "32200300000000", 0 },
		{ "ffffffffffffff", 0 }, { "99999999999999", 0 },
	};
	uint8_t out[TPDU_MAX];
	char hex[64];
	struct tpdu p;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("tp-scts: %s", t[i].hex);
		snprintf(hex, sizeof(hex), "04038121f30004%s00", t[i].hex);
		check_ok(decode_hex(&p, hex));
		check_uint(p.time, t[i].time);
	}
	test("tpdu_encode: no time after 2069");
	p.time = UINT64_MAX;
	check_uint(tpdu_encode(&p, out), 15);
	check_hex(out + 7, "96211332959500");
}

/* Whatever is read, is written so that it reads the same. */
static void
test_noise(void)
{
	uint64_t x = 88172645463325252;
	struct tpdu t, again;
	unsigned read = 0;
	uint8_t v[TPDU_MAX];
	size_t len;

	test("tpdu_decode: noise, written and read again");
	for (int run = 0; run < 200000; run++) {
		const struct known *k = &known[noise(&x) % COUNT(known)];

		len = unhex(v, sizeof(v), k->hex);
		for (unsigned n = 1 + noise(&x) % 4; n > 0; n--)
			v[noise(&x) % len] = (uint8_t)noise(&x);
		if (decode_tpdu(&t, v, len) != OK)
			continue;
		check(strlen(t.number) <= SMS_FROM_MAX);
		if (strspn(t.number, "+0123456789*#") != strlen(t.number))
			continue;
		read++;
		check_ok(decode_tpdu(&again, v, tpdu_encode(&t, v)));
		check(same_tpdu(&t, &again));
	}
	check(read > 10000);
}

/* ---- SMSC addresses ---- */

static void
test_smsc(void)
{
	uint8_t v[16] = { 0 };
	size_t n;

	test("tpdu_smsc: none, and one of an AT+CMGS example");
	check_ok(tpdu_smsc(v, 1, &n));
	check_uint(n, 1);
	unhex(v, sizeof(v), "0791947101670000");
	check_ok(tpdu_smsc(v, 8, &n));
	check_uint(n, 8);
	v[0] = 11;
	check_ok(tpdu_smsc(v, sizeof(v), &n));
	check_uint(n, 12);

	test("tpdu_smsc: cut, and too long");
	check_fail(tpdu_smsc(v, 0, &n), MALFORMED, "smsc address: found 0 "
	    "octets, expected 1, at most 12");
	check_fail(tpdu_smsc(v, 11, &n), MALFORMED, "smsc address: found 11 "
	    "octets, expected 12, at most 12");
	v[0] = 12;
	check_fail(tpdu_smsc(v, sizeof(v), &n), MALFORMED, "smsc address: "
	    "found 16 octets, expected 13, at most 12");
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	for (size_t i = 0; i < COUNT(known); i++)
		test_known(&known[i]);
	test_validity();
	test_dcs();
	test_numbers();
	test_senders();
	test_length();
	test_largest();
	test_refusals();
	test_times();
	test_noise();
	test_smsc();
	return test_end();
}
