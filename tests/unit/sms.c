/*
 * sms.c: GPIs as short messages and back, against the vectors of gpi.csv, the
 * parts that Kannel 1.4.5 makes, the MMS notification of Android's GsmSmsTest,
 * and WAP Pushes that tshark 4.0 reads as said here.
 */
#include <stdlib.h>
#include <string.h>

#include "sms/sms.h"
#include "../fuzz/vector.h"

#define FROM "+491700000001"

static struct sms_joiner joiner;
static uint8_t got[GPI_ROOM];
static size_t got_len;

/* Joins a copy, so that nothing stands behind it. */
static enum status
join_at(const struct sms_params *f, const char *from, uint64_t now_ms,
    const uint8_t *ud, size_t len)
{
	uint8_t *exact = malloc(len + 1);
	struct sms_message m = { .from = from, .ud = exact + 1, .len = len,
	    .udhi = true, .data = true, .port = -1 };
	enum status status;

	memcpy(exact + 1, ud, len);
	status = sms_join(&joiner, f, now_ms, &m);
	free(exact);
	got_len = joiner.gpi_count > 0 ? joiner.gpi[0].len : 0;
	memcpy(got, joiner.gpi[0].v, got_len);
	return status;
}

static enum status
join_hex(const struct sms_params *f, const char *hex)
{
	uint8_t v[512];

	return join_at(f, FROM, 0, v, unhex(v, sizeof(v), hex));
}

static struct sms_params
form(const char *params)
{
	struct sms_params f;

	check_ok(sms_params_parse(&f, params));
	return f;
}

static bool
is_gpi(const struct out *gpi)
{
	return got_len == gpi->len && memcmp(got, gpi->v, got_len) == 0;
}

/* ---- what a URI asks ---- */

static void
test_form_defaults(void)
{
	struct sms_params f;

	test("sms_params_parse: nothing");
	f = form(NULL);
	check_uint(f.port, 16223);
	check_uint(f.from_port, 16223);
	check_uint(f.window, 10);
	check_uint(f.receipt, 0);
	check(!f.wap && !f.deliver && !f.modem && f.content_code == 0);
	check(f.from[0] == '\0' && f.to[0] == '\0');
	f = form("");
	check_uint(f.port, 16223);

	test("sms_params_parse: WAP Push");
	f = form("wap");
	check(f.wap);
	check_uint(f.port, 2948);
	check_uint(f.from_port, 9200);
	check(strcmp(f.app_id, WAP_APP_ID) == 0);
	f = form("port=16000&wap=0x9081&type=0x0320");
	check_uint(f.port, 16000);
	check_uint(f.from_port, 9200);
	check(strcmp(f.app_id, "0x9081") == 0);
	check_uint(f.content_code, 0x320);

	test("sms_params_parse: all the others");
	f = form("from=12345&to=+491700000001&receipt=60&window=1&deliver&"
	    "modem&from-port=1&port=65535");
	check(strcmp(f.from, "12345") == 0);
	check(strcmp(f.to, "+491700000001") == 0);
	check_uint(f.receipt, 60);
	check_uint(f.window, 1);
	check(f.deliver && f.modem);
	check_uint(f.port, 65535);
	check_uint(f.from_port, 1);

	test("sms_params_parse: what SMPP has besides");
	f = form("modem");
	check(f.from_ton == -1 && f.data_coding == -1);
	check(f.interface_version == -1);
	check_uint(f.validity, SMS_VALIDITY_KEY);
	f = form("system-type=WW%57&service-type=CMT&address-range=%5e49%26&"
	    "from=MTC&from-ton=5&from-npi=0&to-ton=0xfF&data-coding=0xf5&"
	    "interface-version=0x33&validity=none");
	check(strcmp(f.system_type, "WWW") == 0);
	check(strcmp(f.service_type, "CMT") == 0);
	check(strcmp(f.address_range, "^49&") == 0);
	check(strcmp(f.from, "MTC") == 0);
	check(f.from_ton == 5 && f.from_npi == 0 && f.to_ton == 255);
	check(f.data_coding == 0xf5 && f.interface_version == 0x33);
	check_uint(f.validity, 0);
}

#define KNOWN "; use one of port, from-port, wap, type, from, to, receipt, " \
	"window, deliver, modem, validity, service-type, data-coding, " \
	"from-ton, from-npi, to-ton, to-npi, system-type, address-range, " \
	"address-ton, address-npi, interface-version"
#define NUMBERS " is not a number of + and 3 to 15 digits, or of 3 to 20 " \
	"digits"
#define TEXT_OF(n) " is not a text of 1 to " n " ASCII characters, each " \
	"perhaps as %XX"
#define OCTET_ONLY " is not a number from 0 to 255, or 0x and two hex digits"
#define CODE " is not 0x and up to 4 hex digits"

static void
test_form_refusals(void)
{
	static const struct {
		const char *params, *text;
	} t[] = {
		{ "ports=1", "unknown parameter 'ports'" KNOWN },
		{ "&", "unknown parameter ''" KNOWN },
		{ "wap&", "unknown parameter ''" KNOWN },
		{ "wap&&modem", "unknown parameter ''" KNOWN },
		{ "=1", "unknown parameter ''" KNOWN },
		{ "Wap", "unknown parameter 'Wap'" KNOWN },
		{ "modem&modem", "modem is given twice" },
		{ "port=1&port=1", "port is given twice" },
		{ "wap&wap=a", "wap is given twice" },
		{ "modem=1", "modem takes no value, such as '1'" },
		{ "port", "port needs a value" },
		{ "port=", "port: '' is not a number from 1 to 65535" },
		{ "port=0", "port: '0' is not a number from 1 to 65535" },
		{ "port=65536",
		    "port: '65536' is not a number from 1 to 65535" },
		{ "from-port=-1",
		    "from-port: '-1' is not a number from 1 to 65535" },
		{ "window=1001",
		    "window: '1001' is not a number from 1 to 1000" },
		{ "window=1x", "window: '1x' is not a number from 1 to 1000" },
		{ "receipt=86401",
		    "receipt: '86401' is not a number from 1 to 86400" },
		{ "receipt=99999999999999999999", "receipt: "
		    "'99999999999999999999' is not a number from 1 to 86400" },
		{ "type=320", "type: '320'" CODE ", other than 0" },
		{ "type=0x0", "type: '0x0'" CODE ", other than 0" },
		{ "from=12", "from: '12'" NUMBERS },
		{ "from=MTC", "from: 'MTC'" NUMBERS },
		{ "from=", "from: ''" TEXT_OF("20") },
		{ "system-type=1234567890123",
		    "system-type: '1234567890123'" TEXT_OF("12") },
		{ "system-type=%0a", "system-type: '%0a'" TEXT_OF("12") },
		{ "system-type=%4", "system-type: '%4'" TEXT_OF("12") },
		{ "from-ton=256", "from-ton: '256'" OCTET_ONLY },
		{ "from-ton=0x100", "from-ton: '0x100'" OCTET_ONLY },
		{ "from-ton=0x", "from-ton: '0x'" OCTET_ONLY },
		{ "validity=0",
		    "validity: '0' is not a number from 1 to 4294967295" },
		{ "to=+1234567890123456",
		    "to: '+1234567890123456'" NUMBERS },
		{ "to=123456789012345678901",
		    "to: '123456789012345678901'" NUMBERS },
		{ "to=12a", "to: '12a'" NUMBERS },
		{ "to=++123", "to: '++123'" NUMBERS },
		{ "wap=", "wap: ''" CODE ", or up to 64 characters" },
		{ "wap=0x12345", "wap: '0x12345'" CODE ", or up to 64 characters" },
		{ "wap=a b", "wap: 'a b'" CODE ", or up to 64 characters" },
	};
	char longer[160];
	struct sms_params f;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("sms_params_parse: %s", t[i].params);
		check_fail(sms_params_parse(&f, t[i].params), USAGE, t[i].text);
	}
	test("sms_params_parse: too long");
	memset(longer, 'a', sizeof(longer));
	longer[129] = '\0';
	check_fail(sms_params_parse(&f, longer), USAGE,
	    "a parameter has 129 characters; 128 are possible");
	longer[69] = '\0';
	memcpy(longer, "wap=", 4);
	check(sms_params_parse(&f, longer) == USAGE);
	longer[68] = '\0';
	check_ok(sms_params_parse(&f, longer));
}

/* ---- both ways ---- */

/* Split a GPI, then join its parts from the last to the first, one twice. */
static void
test_both_ways(const char *params, const struct gpi_vector *w, size_t want)
{
	struct sms_params f = form(params);
	struct sms_part p[SMS_PARTS_MAX];
	size_t n, octets = 0;

	test("sms_split: %s in %zu with \"%s\"", w->name, want, params);
	check_ok(sms_split(&f, 0x1207, w->gpi.v, w->gpi.len, p, &n));
	check_uint(n, want);
	for (size_t i = 0; i < n; i++) {
		check(p[i].len <= 140);
		check(i + 1 == n || p[i].len == 140);
		check_uint(p[i].v[0], n > 1 ? 11 : 6);
		octets += p[i].len - 1 - p[i].v[0];
	}
	check(f.wap || octets == w->gpi.len);

	test("sms_join: %s of %zu with \"%s\"", w->name, want, params);
	for (size_t i = n; i-- > 0;) {
		check_ok(join_at(&f, FROM, 0, p[i].v, p[i].len));
		check(i > 0 ? got_len == 0 : is_gpi(&w->gpi));
		if (i == 0)
			sms_join_answered(&joiner, joiner.gpi[0].number, OK);
		if (n == 1)
			break;
		check_ok(join_at(&f, FROM, 0, p[n - 1].v, p[n - 1].len));
		check_uint(got_len, 0);
	}
}

static void
test_vectors(void)
{
	struct gpi_vector w;
	struct csv csv;

	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, &w)) {
		size_t n = w.gpi.len <= 133 ? 1 : (w.gpi.len + 127) / 128;

		test_both_ways("", &w, n);
		test_both_ways("wap", &w, n == 1 ? 2 : n);
		/* TS 24.109 J.2.2 NOTE 1: in one, where both are short */
		test_both_ways("wap=0x9081&type=0x0320", &w, w.gpi.len <= 119 ?
		    1 : (w.gpi.len + 14 + 127) / 128);
	}
}

/* 112 octets, and the UDH that TS 23.040 9.2.3.24.4 wants before them. */
static void
test_one(void)
{
	struct sms_params f = form("port=16106&from-port=9200");
	struct sms_part p[SMS_PARTS_MAX];
	struct gpi_vector w;
	size_t n;

	test("sms_split: the GPI of 112 octets is one short message");
	vector_find(&w, "full");
	check_ok(sms_split(&f, 1, w.gpi.v, w.gpi.len, p, &n));
	check_uint(w.gpi.len, 112);
	check_uint(n, 1);
	check_uint(p[0].len, 119);
	check_hex(p[0].v, "0605043eea23f0880150");
	check(memcmp(p[0].v + 7, w.gpi.v, 112) == 0);

	test("sms_split: 133 octets are one, and 134 are two");
	memset(w.gpi.v, 0x61, sizeof(w.gpi.v));
	check_ok(sms_split(&f, 1, w.gpi.v, 133, p, &n));
	check_uint(n, 1);
	check_uint(p[0].len, 140);
	check_ok(sms_split(&f, 1, w.gpi.v, 134, p, &n));
	check_uint(n, 2);
	check_uint(p[1].len, 18);

	test("sms_split: 200 octets as Kannel splits them, 128 and 72");
	check_ok(sms_split(&f, 2, w.gpi.v, 200, p, &n));
	check_uint(n, 2);
	check_uint(p[0].len, 140);
	check_hex(p[0].v, "0b05043eea23f0" "0003020201" "6161");
	check_uint(p[1].len, 84);
	check_hex(p[1].v, "0b05043eea23f0" "0003020202" "6161");

	test("sms_split: 1024 octets, more, and none");
	check_ok(sms_split(&f, 1, w.gpi.v, GPI_MAX, p, &n));
	check_uint(n, 8);
	check_fail(sms_split(&f, 1, w.gpi.v, GPI_MAX + 1, p, &n), REJECTED,
	    "gpi: found 1025 octets, expected 1 to 1024");
	check_fail(sms_split(&f, 1, w.gpi.v, 0, p, &n), REJECTED,
	    "gpi: found 0 octets, expected 1 to 1024");
	f = form("wap");
	check_ok(sms_split(&f, 1, w.gpi.v, GPI_MAX, p, &n));
	check_uint(n, 9);
}

/* ---- user data headers ---- */

#define AT "0605043f5f3f5f"	/* for port 16223 */

static void
test_headers(void)
{
	static const struct {
		const char *hex, *text;	/* NULL: a GPI of 88 01 */
	} t[] = {
		{ AT "8801", NULL },
		/* unknown elements are skipped, and the last port counts */
		{ "09" "7001ff" "05043f5f3f5f" "8801", NULL },
		{ "0a" "7000" "7000" "05043f5f3f5f" "8801", NULL },
		{ "0c" "05041234ffff" "05043f5f3f5f" "8801", NULL },
		{ "0a" "0402f0f0" "05043f5f3f5f" "8801", NULL },
		/* one part of one */
		{ "0b" "05043f5f3f5f" "0003070101" "8801", NULL },
		{ "0c" "05043f5f3f5f" "080400070101" "8801", NULL },
		/* 9.2.3.24.1 wants 0 of 0, 0 of 2 and 3 of 2 ignored:
		   onomondo/onomondo-uicc#158 */
		{ "0b" "05043f5f3f5f" "0003070000" "8801", NULL },
		{ "0b" "05043f5f3f5f" "0003070200" "8801", NULL },
		{ "0b" "05043f5f3f5f" "0003070203" "8801", NULL },
		{ "0c" "05043f5f3f5f" "080401070203" "8801", NULL },
		/* and 9.2.3.24 elements of another length, and a cut one */
		{ "0c" "05043f5f3f5f" "000400070201" "8801", NULL },
		{ "0b" "05043f5f3f5f" "0803070201" "8801", NULL },
		{ "0b" "05043f5f3f5f" "0503123456" "8801", NULL },
		{ "07" "05043f5f3f5f" "00" "8801", NULL },
		{ "08" "05043f5f3f5f" "7001" "8801", NULL },

		{ "", "port: found none, expected 16223 or 2948" },
		{ "07" "05043f5f3f5f", "port: found none, expected 16223 or "
		    "2948" },
		{ "ff" "05043f5f3f5f", "port: found none, expected 16223 or "
		    "2948" },
		{ "05" "05043f5f3f5f8801", "port: found none, expected 16223 "
		    "or 2948" },
		{ "05" "05033f5f3f8801", "port: found none, expected 16223 or "
		    "2948" },
		{ "03" "0401f08801", "port: found none, expected 16223 or "
		    "2948" },
		{ "00" "8801", "port: found none, expected 16223 or 2948" },
		{ "05" "0003070101" "8801", "port: found none, expected "
		    "16223 or 2948" },
		{ "06" "05041234ffff" "8801", "port: found 4660, expected "
		    "16223 or 2948" },
		{ "04" "0402f0f0" "8801", "port: found 240 of 8 bits, "
		    "expected 16223 or 2948" },
		{ "0a" "05043f5f3f5f" "0402f0f0" "8801", "port: found 240 of "
		    "8 bits, expected 16223 or 2948" },
		{ "0b" "05043f5f3f5f" "0003071101" "8801", "parts: found 17, "
		    "expected at most 16" },
		{ AT, "gpi: found 0 octets, expected 1 to 1024" },
		{ "060504" "0b84" "23f0", "wap push: found 0 octets, expected "
		    "at least 2" },
	};
	struct sms_params f = form(NULL);
	uint8_t v[1032] = { 6, 5, 4, 0x3f, 0x5f };

	for (size_t i = 0; i < COUNT(t); i++) {
		test("sms_join: %s: %s", t[i].hex, t[i].text != NULL ?
		    t[i].text : "good");
		if (t[i].text != NULL) {
			check_fail(join_hex(&f, t[i].hex), MALFORMED,
			    t[i].text);
		} else {
			check_ok(join_hex(&f, t[i].hex));
			check_uint(got_len, 2);
			check_hex(got, "8801");
		}
	}
	test("sms_join: 140 octets, and more by SMPP");
	check_ok(join_at(&f, FROM, 0, v, 140));
	check_uint(got_len, 133);
	check_ok(join_at(&f, FROM, 0, v, 1031));
	check_uint(got_len, 1024);
	check_fail(join_at(&f, FROM, 0, v, 1032), MALFORMED, "gpi: found 1025 "
	    "octets, expected 1 to 1024");
	f = form("wap");
	check_fail(join_hex(&f, AT "8801"), MALFORMED, "port: found 16223, "
	    "expected 2948");
}

/* ---- WAP Push ---- */

/* A notification in two parts, and the first octets of the second one. */
static const char *const android[] = {
	"0B05040B8423F000032A02010106276170706C69636174696F6E2F766E642E7761702E"
	"6D6D732D6D65737361676500AF848D0185B4848C8298524E453955304A6D713551414"
	"142666C414141414D7741414236514141414141008D908918802B3135313232393737"
	"3638332F545950453D504C4D4E008A808E022B918805810306977F83687474703A2F2"
	"F36",
	"0B05040B8423F000032A0202362E3130322E3137312E3135302F524E453955304A6D7"
	"135514141" "42666C414141414D774141423651414141414100",
};

static void
test_android(void)
{
	struct sms_params plain = form("port=2948"), f = form(NULL);

	test("sms_join: Android's WAP Push in two parts");
	memset(&joiner, 0, sizeof(joiner));
	check_ok(join_hex(&plain, android[1]));
	check_uint(got_len, 0);
	check_ok(join_hex(&plain, android[0]));
	check_uint(got_len, 175);
	check_hex(got, "0106276170706c69636174696f6e2f766e642e7761702e");
	check_hex(got + 128, "362e3130322e");

	test("sms_join: which is another application's");
	check_ok(join_hex(&f, android[0]));
	check_uint(got_len, 0);
	check_fail(join_hex(&f, android[1]), MALFORMED, "content type: found "
	    "application/vnd.wap.mms-message, expected "
	    "application/vnd.3gpp.gba.gpi");
	check_uint(got_len, 0);
}

#define TYPE "6170706c69636174696f6e2f766e642e336770702e6762612e67706900"
#define APP "af782d6762612d707573682e6d74632e756100"
#define WAP "expected application/vnd.3gpp.gba.gpi"

static void
test_wap_writing(void)
{
	static const struct {
		const char *params, *hex;
	} t[] = {
		{ "wap", "0706" "30" TYPE APP "01" "1207" "8801" },
		{ "wap=0x9081&type=0x0320", "0706" "08" "03020320"
		    "af029081" "01" "1207" "8801" },
		{ "wap=0x10&type=0x35", "0706" "03" "b5" "af90" "01" "1207"
		    "8801" },
		{ "wap=0x87&type=0x80", "0706" "06" "020180" "af0187" "01"
		    "1207" "8801" },
	};
	struct sms_part p[SMS_PARTS_MAX];
	const uint8_t gpi[] = { 0x88, 0x01 };
	struct sms_params f;
	char hex[300];
	size_t n;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("wap_wrap: %s", t[i].params);
		f = form(t[i].params);
		check_ok(sms_split(&f, 0x1207, gpi, sizeof(gpi), p, &n));
		snprintf(hex, sizeof(hex), "0605040b8423f0%s", t[i].hex);
		check_uint(p[0].len, strlen(hex) / 2);
		check_hex(p[0].v, hex);
		check_ok(join_at(&f, FROM, 0, p[0].v, p[0].len));
		check_uint(got_len, 2);
		for (size_t cut = 0; cut < p[0].len - 1; cut++)
			check(join_at(&f, FROM, 0, p[0].v, cut) == MALFORMED);
	}
}

/* HEADERS, of LEN octets, around 01 0001 88. */
static enum status
unwrap(const char *params, const char *headers)
{
	struct sms_params f = form(params);
	char hex[400];

	snprintf(hex, sizeof(hex), "0605040b8423f0" "0106" "%02zx%s" "010001"
	    "88", strlen(headers) / 2, headers);
	return join_hex(&f, hex);
}

static void
test_wap_good(void)
{
	static const struct {
		const char *params, *headers;
	} t[] = {
		{ "", TYPE }, { "", TYPE APP }, { "", TYPE APP APP },
		{ "wap", TYPE APP },
		/* another case; a general form with a parameter */
		{ "", "4150504c69636174696f6e2f766e642e336770702e6762612e67"
		    "706900" APP },
		{ "", "1f1f" TYPE "8184" APP },
		{ "", "1d" TYPE }, { "", "1f801d" TYPE },
		/* a short code, in each of its forms */
		{ "type=0x35", "b5" }, { "type=0x35", "01b5" },
		{ "type=0x35", "020135" }, { "type=0x35", "03020035" },
		{ "type=0x35", TYPE },
		{ "type=0x320", "03020320" },
		{ "wap=0x9081", TYPE "af029081" }, { "wap=0x7", TYPE "af87" },
		{ "wap=0x0", TYPE "af80" },
		/* other headers: known, named, long; other code pages */
		{ "", TYPE "8d0100" "b484" APP },
		{ "", TYPE "582d4100" "6200" APP },
		{ "", TYPE "582d4100" "0201ff" APP },
		{ "", TYPE "8d1f03010203" APP },
		{ "", TYPE "7f02" "af90" "7f01" APP },
		{ "", TYPE "02" "af90" "01" APP },
		/* ours by its name */
		{ "wap=b", TYPE "782d7761702d6170706c69636174696f6e2d696400"
		    "6200" },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		test("wap_unwrap: %s with \"%s\"", t[i].headers, t[i].params);
		check_ok(unwrap(t[i].params, t[i].headers));
		check_uint(got_len, 1);
		check_hex(got, "88");
	}
}

static void
test_wap_refusals(void)
{
	static const struct {
		const char *params, *headers, *text;
	} t[] = {
		{ "", "", "content type: found its end missing, " WAP },
		{ "", "6162", "content type: found its end missing, " WAP },
		{ "", "02b5", "content type: found its end missing, " WAP },
		{ "", "1f", "content type: found its end missing, " WAP },
		{ "", "1f8080808001", "content type: found its end missing, "
		    WAP },
		{ "", "1fffffffff7f", "content type: found its end missing, "
		    WAP },
		{ "", "00", "content type: found neither text nor a short "
		    "code, " WAP },
		{ "", "0100", "content type: found neither text nor a short "
		    "code, " WAP },
		{ "", "06050102030405", "content type: found neither text nor "
		    "a short code, " WAP },
		{ "", "02031d", "content type: found neither text nor a short "
		    "code, " WAP },
		{ "", "b5", "content type: found 0x35, " WAP },
		{ "type=0x35", "b6", "content type: found 0x36, " WAP },
		{ "", "03020320", "content type: found 0x320, " WAP },
		{ "", "612f621b00", "content type: found a/b?, " WAP },
		{ "", TYPE "af84", "x-wap-application-id: found 0x04, "
		    "expected x-gba-push.mtc.ua" },
		{ "wap=0x9081", TYPE "af029082", "x-wap-application-id: found "
		    "0x9082, expected 0x9081" },
		{ "wap=b", TYPE APP, "x-wap-application-id: found "
		    "x-gba-push.mtc.ua, expected b" },
		{ "wap=b", TYPE "582d5741502d6170706c69636174696f6e2d496400"
		    "6300", "x-wap-application-id: found c, expected b" },
		{ "", TYPE "af1f0100", "x-wap-application-id: found neither "
		    "text nor a short code, expected x-gba-push.mtc.ua" },
		{ "", TYPE "00", "headers: found 00, expected a header" },
		{ "", TYPE "7f", "headers: found 7f, expected a header" },
		{ "", TYPE "af", "headers: found the end of af missing, "
		    "expected a header" },
		{ "", TYPE "8d0203", "headers: found the end of 8d missing, "
		    "expected a header" },
		{ "", TYPE "6162", "headers: found the end of 61 missing, "
		    "expected a header" },
		{ "", TYPE "616200", "headers: found the end of 61 missing, "
		    "expected a header" },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		test("wap_unwrap: %s", t[i].text);
		check_fail(unwrap(t[i].params, t[i].headers), MALFORMED,
		    t[i].text);
	}
}

static void
test_wap_frame(void)
{
	static const struct {
		const char *hex, *text;
	} t[] = {
		{ "", "wap push: found 0 octets, expected at least 2" },
		{ "01", "wap push: found 1 octet, expected at least 2" },
		{ "0107" "1d" TYPE "01000188", "pdu type: found 07, expected "
		    "06" },
		{ "0106", "headers length: found 0, expected at most 0" },
		{ "0106" "02b5", "headers length: found 2, expected at most "
		    "1" },
		{ "0106" "1d" TYPE, "gpi envelope: found 0 octets, expected "
		    "at least 3" },
		{ "0106" "1d" TYPE "0100", "gpi envelope: found 2 octets, "
		    "expected at least 3" },
		{ "0106" "1d" TYPE "02000188", "gpi envelope: found version "
		    "2, expected 1" },
		{ "0106" "1d" TYPE "010001", "gpi: found 0 octets, expected 1 "
		    "to 1024" },
	};
	struct sms_params f = form(NULL);
	char hex[300];

	for (size_t i = 0; i < COUNT(t); i++) {
		test("wap_unwrap: %s: %s", t[i].hex, t[i].text);
		snprintf(hex, sizeof(hex), "0605040b8423f0%s", t[i].hex);
		check_fail(join_hex(&f, hex), MALFORMED, t[i].text);
	}
	test("wap_unwrap: a length of two octets");
	check_ok(join_hex(&f, "0605040b8423f0" "0106" "801d" TYPE "01000188"));
	check_uint(got_len, 1);
}

/* ---- noise ---- */

static void
test_noise(void)
{
	static const char *const params[] = { "", "wap", "wap=0x9081&type=0x1"
	    };
	uint64_t x = 88172645463325252;
	struct sms_part p[SMS_PARTS_MAX];
	struct gpi_vector w;
	struct sms_params f;
	unsigned good = 0, bad = 0;
	struct out o;
	size_t n;

	test("sms_join: noise");
	vector_find(&w, "largest");
	for (unsigned run = 0; run < 60000; run++) {
		f = form(params[noise(&x) % 3]);
		check_ok(sms_split(&f, (uint16_t)(noise(&x) % 8), w.gpi.v,
		    noise(&x) % 3 == 0 ? 100 : w.gpi.len, p, &n));
		n = noise(&x) % n;
		o.len = p[n].len;
		memcpy(o.v, p[n].v, o.len);
		/* most of it in front, where the headers are */
		if (run % 4 == 0 || o.len < 20)
			mutate(&o, &x);
		else
			o.v[noise(&x) % 20] = (uint8_t)noise(&x);
		n = (size_t)join_at(&f, FROM, run, o.v, o.len);
		check(n == OK || n == MALFORMED);
		check(got_len <= GPI_MAX && (n == OK || got_len == 0));
		good += got_len > 0;
		bad += n != OK;
	}
	check(good > 1000 && bad > 10000);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_form_defaults();
	test_form_refusals();
	test_vectors();
	test_one();
	test_headers();
	test_android();
	test_wap_writing();
	test_wap_good();
	test_wap_refusals();
	test_wap_frame();
	test_noise();
	return test_end();
}
