/*
 * push_info.c: requests, responses and problems of TS 29.309 as JSON: what is
 * written, to the octet; what is read; and what is refused, in which words.
 */
#include <stdlib.h>
#include <string.h>

#include "nbsp/push_info.h"
#include "../fuzz/vector.h"

#define AUTS "bb52e91c747ac3ab2a5c23d15ee3"
#define RAND "23553cbe9637a89d218ae64dae47bf35"
#define KEY32 "000102030405060708090a0b0c0d0e0f" \
    "101112131415161718191a1b1c1d1e1f"
#define NAF "\"nafId\":{\"nafFqdn\":\"mtc.example.org\"," \
    "\"uaSecProtId\":\"0100000007\"}"
#define ID "\"ueId\":\"sip:a@b\",\"ueIdType\":\"PUBLIC\","
#define REST "\"ptId\":\"p-1\",\"uiccOrMe\":\"GBA_ME\"," \
    "\"requestedLifeTime\":\"2030-01-01T00:00:00Z\""
#define REQUEST "{" ID "\"uiccAppLabel\":\"\"," NAF "," REST

static struct record r;
static struct push_info_asked asked;
static struct push_info_problem problem;

/* Read a copy, so that nothing stands behind it. */
static enum status
read_request(const char *json)
{
	size_t len = strlen(json);
	char *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, json, len);
	status = push_info_read_request(&r, &asked, &problem, exact + 1, len);
	free(exact);
	return status;
}

/* What is there besides what every request has. */
static enum status
read_more(const char *more)
{
	char json[1024];

	snprintf(json, sizeof(json), REQUEST "%s}", more);
	return read_request(json);
}

static void
set(struct record *to, enum key key, const char *text)
{
	if (record_set(to, key, text) != OK)
		abort();
}

/* The request of a draft of gpi.csv. */
static void
request_of(const struct gpi_vector *w, struct record *request)
{
	record_init(request, RECORD_REQUEST);
	record_copy(request, &w->draft, HAS(APP_LBL) | HAS(UM) | HAS(NAF_ID) |
	    HAS(KEY_LT) | HAS(P_TID) | HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) |
	    HAS(TRIGGER_MODE));
	set(request, KEY_UE_ID, "sip:a@b");
}

/* ---- requests ---- */

static void
check_written(const struct record *request, const char *want)
{
	char out[PUSH_INFO_ROOM];
	struct record again;
	size_t len;

	check_ok(push_info_write_request(request, out, &len));
	check_uint(len, strlen(want));
	check(strcmp(out, want) == 0);
	check_ok(read_request(out));
	again = *request;
	if (!record_has(&again, HAS(UE_ID_TYPE)))
		record_put_uint(&again, KEY_UE_ID_TYPE, ID_PUBLIC);
	check(asked.private_id == record_has(&again, HAS(UE_PRIV_ID)));
	check(asked.gba_u_aware == (again.um == GBA_U));
	again.has &= ~(HAS(UE_PRIV_ID) | HAS(UE_TRP));
	check(same(&r, &again));
	check_ok(record_check(&r));
}

static void
test_written(void)
{
	struct gpi_vector w;
	struct record request;

	test("a request: least");
	vector_find(&w, "no-trigger");
	request_of(&w, &request);
	check_written(&request, "{" ID "\"uiccAppLabel\":\"\"," NAF ",\"ptId\":"
	    "\"05tnq4m0b41g3c8eq10s\",\"uiccOrMe\":\"GBA_ME\","
	    "\"requestedLifeTime\":\"2030-01-01T00:00:00Z\"}");

	test("a request: all there is");
	vector_find(&w, "app-lbl");
	request_of(&w, &request);
	set(&request, KEY_UE_ID, "a\"b\\c");
	set(&request, KEY_UE_ID_TYPE, "private");
	set(&request, KEY_UE_PRIV_ID, "i@j");
	set(&request, KEY_UE_TRP, "udp://a:1");
	set(&request, KEY_UM, "u");
	set(&request, KEY_RAND, RAND);
	set(&request, KEY_AUTS, AUTS);
	check_written(&request, "{\"ueId\":\"a\\\"b\\\\c\",\"ueIdType\":"
	    "\"PRIVATE\",\"uiccAppLabel\":\"a0000000871002ff49ff0589\"," NAF
	    ",\"ptId\":\"05tnq4m0b41g3c8eq10s\",\"uiccOrMe\":\"GBA_U\","
	    "\"requestedLifeTime\":\"2030-01-01T00:00:00Z\","
	    "\"privateIdRequest\":true,\"gbaUAware\":true,"
	    "\"auts\":\"" AUTS "\",\"rand\":\"" RAND "\","
	    "\"mtcTrigger\":{\"indication\":2,\"time\":30,\"mode\":\"FULL\"}}");

	test("a request: the longest there is");
	make(&request, RECORD_REQUEST, true, true);
	memset(request.naf_id.v, 'c', FQDN_MAX);
	for (size_t i = 63; i < FQDN_MAX; i += 64)
		request.naf_id.v[i] = '.';
	check_ok(push_info_write_request(&request, (char[PUSH_INFO_ROOM]){ "" },
	    &(size_t){ 0 }));

	test("a request: a name that is no FQDN there");
	set(&request, KEY_NAF_ID, "localhost/0100000007");
	check_fail(push_info_write_request(&request,
	    (char[PUSH_INFO_ROOM]){ "" }, &(size_t){ 0 }), REJECTED,
	    "naf_id: found localhost, expected an FQDN of two labels or more, "
	    "the last of letters");
}

static void
test_read(void)
{
	char fqdn[FQDN_MAX + 1];

	test("a request: what is not known, and what no record has");
	check_ok(read_more(",\"privateIdRequest\":false,\"gbaUAware\":true,"
	    "\"gsIds\":[0,4294967295],\"securityFeaturesRequest\":[\"GPL_U\","
	    "\"X\"],\"supportedFeatures\":{\"a\":[{\"b\":\"}\\\"\"}]}"));
	check(!asked.private_id && asked.gba_u_aware);
	check(r.has == (HAS(TYPE) | HAS(UE_ID) | HAS(UE_ID_TYPE) | HAS(UM) |
	    HAS(APP_LBL) | HAS(NAF_ID) | HAS(P_TID) | HAS(KEY_LT)));
	check(r.ue_id_type == ID_PUBLIC && r.um == GBA_ME);
	check_uint(r.key_lt, 1893456000);

	test("a request: an FQDN in capitals, with a dot at its end");
	check_ok(read_request("{" ID "\"uiccAppLabel\":\"A0fF\",\"nafId\":{"
	    "\"nafFqdn\":\"MTC.Exa-mple.oRG.\",\"uaSecProtId\":\"01000000aF\"},"
	    REST "}"));
	check(strcmp(record_naf_fqdn(&r, fqdn), "mtc.exa-mple.org") == 0);
	check_hex(record_ua(&r), "01000000af");
	check_hex(r.app_lbl.v, "a0ff");

	test("a request: a trigger");
	check_ok(read_more(",\"mtcTrigger\":{\"indication\":256,\"more\":1}"));
	check(r.trigger_ind == 256);
	check((r.has & (HAS(TRIGGER_TIME) | HAS(TRIGGER_MODE))) == 0);
	check_ok(read_more(",\"mtcTrigger\":{\"indication\":1,\"time\":7,"
	    "\"mode\":\"INTEGRITY\"}"));
	check(r.trigger_time == 7 && r.trigger_mode == MODE_INTEGRITY);
}

static void
test_times(void)
{
	static const struct {
		const char *text;
		uint64_t seconds;	/* 0: none */
	} times[] = {
		/* RFC 3339 clause 5.8 */
		{ "1985-04-12T23:20:50.52Z", 482196050 },
		{ "1996-12-19T16:39:57-08:00", 851042397 },
		{ "1990-12-31T23:59:60Z", 662687999 },
		{ "1990-12-31T15:59:60-08:00", 662687999 },
		{ "1937-01-01T12:00:27.87+00:20", 0 },
		{ "2030-01-01t00:00:00z", 1893456000 },
		{ "2024-02-29T00:00:00+23:59", 1709078460 },
		{ "1970-01-01T00:00:01Z", 1 }, { "1970-01-01T00:00:00Z", 0 },
		{ "9999-12-31T23:59:59Z", UINT32_MAX },
		{ "2023-02-29T00:00:00Z", 0 }, { "2030-13-01T00:00:00Z", 0 },
		{ "2030-01-32T00:00:00Z", 0 }, { "2030-01-01T24:00:00Z", 0 },
		{ "2030-01-01T00:60:00Z", 0 }, { "2030-01-01T00:00:61Z", 0 },
		{ "2030-01-01T00:00:00", 0 }, { "2030-01-01 00:00:00Z", 0 },
		{ "2030-01-01T00:00:00.Z", 0 }, { "2030-01-01T00:00:00Zz", 0 },
		{ "2030-01-01T00:00:00+24:00", 0 }, { "2030-1-01T00:00:00Z", 0 },
		{ "2030-01-01T00:00:00+0100", 0 }, { "2030-01-01", 0 },
		{ "2030-01-01T00:00:00+01:60", 0 }, { "1893456000", 0 },
		{ "2030-01-01T00:00:00+01:00Z", 0 }, { "", 0 },
		{ "2030-00-01T00:00:00Z", 0 }, { "2030-01-00T00:00:00Z", 0 },
	};
	char json[512], text[128];

	for (size_t i = 0; i < COUNT(times); i++) {
		test("requestedLifeTime: \"%s\"", times[i].text);
		snprintf(json, sizeof(json), "{" ID "\"uiccAppLabel\":\"\"," NAF
		    ",\"ptId\":\"p-1\",\"uiccOrMe\":\"GBA_ME\","
		    "\"requestedLifeTime\":\"%s\"}", times[i].text);
		snprintf(text, sizeof(text), "requestedLifeTime: found \"%s\", "
		    "expected a date-time of RFC 3339 after 1970",
		    times[i].text);
		if (times[i].seconds == 0) {
			check_fail(read_request(json), MALFORMED, text);
		} else {
			check_ok(read_request(json));
			check_uint(r.key_lt, times[i].seconds);
		}
	}
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		bool good;
	} names[] = {
		{ "a.bc", true }, { "a.bc.", true }, { "0-9.a--b.org", true },
		{ "a.b", false }, { "a.b.", false }, { "abcd", false },
		{ "abcd.", false }, { "a..bc", false }, { ".a.bc", false },
		{ "-a.bc", false }, { "a-.bc", false }, { "a_b.cd", false },
		{ "a.bc..", false }, { "a.b1", false }, { "a.xn--p1ai", false },
		{ "10.0.0.1", false }, { "a.b\xc3\xa9", false },
		{ "....", false }, { "", false },
	};
	char json[512], text[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		test("nafFqdn: \"%s\"", names[i].name);
		snprintf(json, sizeof(json), "{" ID "\"uiccAppLabel\":\"\","
		    "\"nafId\":{\"nafFqdn\":\"%s\",\"uaSecProtId\":"
		    "\"0100000007\"}," REST "}", names[i].name);
		snprintf(text, sizeof(text), "nafFqdn: found \"%s\", expected "
		    "an FQDN of two labels or more", names[i].name);
		if (names[i].good)
			check_ok(read_request(json));
		else
			check_fail(read_request(json), MALFORMED, text);
	}
}

/* ---- requests that are refused ---- */

static void
check_refused(const char *json, const char *text, const char *cause,
    const char *param)
{
	test("a request is refused: %s", text);
	check_fail(read_request(json), MALFORMED, text);
	check(problem.cause != NULL && strcmp(problem.cause, cause) == 0);
	check(strcmp(problem.param, param) == 0);
}

static void
test_broken(void)
{
	static const char no_json[] = "INVALID_MSG_FORMAT";
	static char big[PUSH_INFO_MAX + 3];

	check_refused("", "the body is no JSON, at octet 0", no_json, "");
	check_refused("{\"a\":1", "the body is no JSON, at octet 6", no_json,
	    "");
	check_refused("[]", "the body is an array, expected an object",
	    no_json, "");
	check_refused("{\"a\":1,\"a\":1}", "the body has a member twice, at "
	    "octet 10", no_json, "");
	check_refused("{\"ueId\":\"\\u0000\"}",
	    "the body is no JSON, at octet 16", no_json, "");
	check_refused("{\"a\":[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]}", "the body is "
	    "longer than 16384 octets, or deeper than 16 objects", no_json,
	    "");
	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, "{}", 2);
	check_refused(big, "the body is longer than 16384 octets, or deeper "
	    "than 16 objects", no_json, "");
	test("a request: as deep, and as long, as may be");
	check_ok(read_more(",\"a\":[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]"));
	big[PUSH_INFO_MAX] = '\0';
	check_fail(read_request(big), MALFORMED,
	    "ueId: found nothing, expected it in the body");
}

/* The members of a good request; without one of them, or with another value. */
static const char *const must[][2] = {
	{ "ueId", "\"sip:a@b\"" }, { "ueIdType", "\"PUBLIC\"" },
	{ "uiccAppLabel", "\"\"" },
	{ "nafId", "{\"nafFqdn\":\"a.bc\",\"uaSecProtId\":\"0100000007\"}" },
	{ "ptId", "\"p\"" }, { "uiccOrMe", "\"GBA_ME\"" },
	{ "requestedLifeTime", "\"2030-01-01T00:00:00Z\"" },
};

/* VALUE NULL: none; a name that is not among them stands at the end. */
static const char *
with(const char *name, const char *value, char json[1024])
{
	bool found = false;
	size_t n = 1;

	strcpy(json, "{");
	for (size_t i = 0; i < COUNT(must); i++) {
		bool it = strcmp(must[i][0], name) == 0;
		const char *v = it ? value : must[i][1];

		found = found || it;
		if (v != NULL)
			n += (size_t)snprintf(json + n, 1024 - n,
			    "%s\"%s\":%s", n > 1 ? "," : "", must[i][0], v);
	}
	if (!found)
		n += (size_t)snprintf(json + n, 1024 - n, ",\"%s\":%s", name,
		    value);
	snprintf(json + n, 1024 - n, "}");
	return json;
}

static void
test_missing(void)
{
	char json[1024], text[128], param[64];

	for (size_t i = 0; i < COUNT(must); i++) {
		snprintf(text, sizeof(text), "%s: found nothing, expected it "
		    "in the body", must[i][0]);
		snprintf(param, sizeof(param), "/%s", must[i][0]);
		check_refused(with(must[i][0], NULL, json), text,
		    "MANDATORY_IE_MISSING", param);
	}
	check_refused(with("nafId", "{\"uaSecProtId\":\"0100000007\"}", json),
	    "nafFqdn: found nothing, expected it in nafId",
	    "MANDATORY_IE_MISSING", "/nafId/nafFqdn");
	check_refused(with("nafId", "{\"nafFqdn\":\"a.bc\"}", json),
	    "uaSecProtId: found nothing, expected it in nafId",
	    "MANDATORY_IE_MISSING", "/nafId/uaSecProtId");
	check_refused(with("mtcTrigger", "{}", json),
	    "indication: found nothing, expected it in mtcTrigger",
	    "MANDATORY_IE_MISSING", "/mtcTrigger/indication");
}

static void
test_values(void)
{
	static const struct {
		const char *name, *value, *text;
	} bad[] = {
		{ "ueId", "7", "ueId: found a number, expected a string" },
		{ "ueId", "null", "ueId: found null, expected a string" },
		{ "ueId", "\"\"", "ueId: found 0 characters, expected 1 to "
		  "255" },
		{ "ueId", "\"a b\"", "ueId: found other characters, expected "
		  "printable ASCII without space" },
		{ "ueIdType", "\"OTHER\"", "ueIdType: found \"OTHER\", "
		  "expected PRIVATE or PUBLIC" },
		{ "ueIdType", "true", "ueIdType: found true, expected a "
		  "string" },
		{ "uiccAppLabel", "[]", "uiccAppLabel: found an array, "
		  "expected a string" },
		{ "uiccAppLabel", "\"USIM\"", "uiccAppLabel: found other "
		  "characters, expected hex, two digits an octet" },
		{ "uiccAppLabel", "\"a00\"", "uiccAppLabel: found an odd "
		  "number of characters, expected hex, two digits an octet" },
		{ "uiccAppLabel", "\"0000000000000000000000000000000000\"",
		  "uiccAppLabel: found 17 octets, expected 0 to 16" },
		{ "nafId", "\"a.bc\"", "nafId: found a string, expected an "
		  "object" },
		{ "ptId", "\"a b\"", "ptId: found other characters, expected "
		  "letters, digits, - and _" },
		{ "uiccOrMe", "\"gba_me\"", "uiccOrMe: found \"gba_me\", "
		  "expected GBA_ME or GBA_U" },
		{ "requestedLifeTime", "1893456000", "requestedLifeTime: found "
		  "a number, expected a string" },
		{ "privateIdRequest", "\"true\"", "privateIdRequest: found a "
		  "string, expected true or false" },
		{ "gbaUAware", "1.5", "gbaUAware: found a fraction, expected "
		  "true or false" },
		{ "gsIds", "9", "gsIds: found a number, expected an array of "
		  "one or more" },
		{ "gsIds", "[]", "gsIds: found an empty array, expected an "
		  "array of one or more" },
		{ "gsIds", "[9,\"9\"]", "gsIds: found a string in place 1, "
		  "expected 0 to 4294967295" },
		{ "gsIds", "[4294967296]", "gsIds: found a number out of range "
		  "in place 0, expected 0 to 4294967295" },
		{ "gsIds", "[-1]", "gsIds: found a number out of range in "
		  "place 0, expected 0 to 4294967295" },
		{ "securityFeaturesRequest", "[{}]", "securityFeaturesRequest: "
		  "found an object in place 0, expected a string" },
		{ "auts", "\"00\"", "auts: found 1 octet, expected 14" },
		{ "rand", "false", "rand: found false, expected a string" },
		{ "mtcTrigger", "[]", "mtcTrigger: found an array, expected "
		  "an object" },
	};
	char json[1024], param[64];

	for (size_t i = 0; i < COUNT(bad); i++) {
		bool needed = i < 14;

		snprintf(param, sizeof(param), "/%s", bad[i].name);
		check_refused(with(bad[i].name, bad[i].value, json),
		    bad[i].text, needed ? "MANDATORY_IE_INCORRECT" :
		    "OPTIONAL_IE_INCORRECT", param);
	}
	check_refused(with("rand", "\"" RAND "\"", json), "auts: found rand or "
	    "auts alone, expected both or neither", "OPTIONAL_IE_INCORRECT",
	    "/auts");
}

static void
test_inner_values(void)
{
	static const struct {
		const char *name, *value, *text, *cause, *param;
	} bad[] = {
		{ "nafId", "{\"nafFqdn\":1}", "nafFqdn: found a number, "
		  "expected a string", "MANDATORY_IE_INCORRECT",
		  "/nafId/nafFqdn" },
		{ "nafId", "{\"nafFqdn\":\"a.bc\",\"uaSecProtId\":null}",
		  "uaSecProtId: found null, expected a string",
		  "MANDATORY_IE_INCORRECT", "/nafId/uaSecProtId" },
		{ "nafId", "{\"nafFqdn\":\"a.bc\",\"uaSecProtId\":\"01\"}",
		  "uaSecProtId: found \"01\", expected 10 hex digits",
		  "MANDATORY_IE_INCORRECT", "/nafId/uaSecProtId" },
		{ "mtcTrigger", "{\"indication\":0}", "indication: found 0, "
		  "expected 1 to 65535", "MANDATORY_IE_INCORRECT",
		  "/mtcTrigger/indication" },
		{ "mtcTrigger", "{\"indication\":-1}", "indication: found a "
		  "negative number, expected a whole number",
		  "MANDATORY_IE_INCORRECT", "/mtcTrigger/indication" },
		{ "mtcTrigger", "{\"indication\":\"1\"}", "indication: found a "
		  "string, expected a whole number", "MANDATORY_IE_INCORRECT",
		  "/mtcTrigger/indication" },
		{ "mtcTrigger", "{\"indication\":1,\"time\":4294967296}",
		  "time: found 4294967296, expected 1 to 4294967295",
		  "OPTIONAL_IE_INCORRECT", "/mtcTrigger/time" },
		{ "mtcTrigger", "{\"indication\":1,\"mode\":\"full\"}",
		  "mode: found \"full\", expected NONE or INTEGRITY or FULL",
		  "OPTIONAL_IE_INCORRECT", "/mtcTrigger/mode" },
	};
	char json[1024];

	for (size_t i = 0; i < COUNT(bad); i++)
		check_refused(with(bad[i].name, bad[i].value, json),
		    bad[i].text, bad[i].cause, bad[i].param);
}

/* ---- responses ---- */

static struct record request;
static struct gpi_vector vector;

static enum status
read_response(const char *json)
{
	size_t len = strlen(json);
	char *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, json, len);
	status = push_info_read_response(&r, &request, exact + 1, len);
	free(exact);
	return status;
}

/* The GPI of a row of gpi.csv in a response that has MORE. */
static enum status
read_gpi(const char *name, const char *more)
{
	static char json[PUSH_INFO_MAX], hex[HEX_LEN(GPI_MAX)];

	vector_find(&vector, name);
	snprintf(json, sizeof(json), "{\"meKeyMaterial\":\"" KEY32 "\","
	    "\"gbaPushInfo\":\"%s\"%s}", hex_encode(hex, vector.gpi.v,
	    vector.gpi.len), more);
	return read_response(json);
}

static void
test_answers(void)
{
	struct gpi_vector w;

	vector_find(&w, "full");
	request_of(&w, &request);
	set(&request, KEY_UE_TRP, "udp://a:1");
	test("a response: least");
	check_ok(read_gpi("full", ""));
	check(r.has == (HAS(TYPE) | HAS(NAF_ID) | HAS(KEY_LT) | HAS(P_TID) |
	    HAS(UE_ID) | HAS(UE_TRP) | HAS(GPI) | HAS(KS_NAF)));
	check_ok(record_check(&r));
	check(strcmp(r.p_tid.v, request.p_tid.v) == 0);
	check(strcmp(r.ue_id.v, "sip:a@b") == 0);
	check(strcmp(r.ue_trp.v, "udp://a:1") == 0);
	check_uint(r.key_lt, request.key_lt);
	check_hex(r.ks_naf.v, KEY32);
	check(r.gpi.len == w.gpi.len && memcmp(r.gpi.v, w.gpi.v,
	    w.gpi.len) == 0);

	test("a response: all there is");
	check_ok(read_gpi("full", ",\"keyExpiryTime\":\"2029-12-31T23:59:59Z\","
	    "\"uiccKeyMaterial\":\"" KEY32 "\",\"gbaType\":\"3G_GBA\","
	    "\"bootstrappingInfoCreationTime\":7,\"impi\":\"x@y\","
	    "\"ussList\":[],\"securityFeaturesResponse\":[\"GPL_U\"]"));
	check_uint(r.key_lt, 1893455999);
	check((r.has & (HAS(KS_INT_NAF) | HAS(UE_PRIV_ID))) == 0);

	test("a response: the impi of the request");
	set(&request, KEY_UE_PRIV_ID, "x@y");
	check_ok(read_gpi("full", ",\"impi\":\"x@y\""));
	check(strcmp(r.ue_priv_id.v, "x@y") == 0);
	check_fail(read_gpi("full", ",\"impi\":\"x@z\""), REJECTED,
	    "impi: found x@z, expected x@y");
	check_fail(read_gpi("full", ""), REJECTED,
	    "impi: found nothing, expected x@y");

	test("a response: in GBA_U with the key of the UICC");
	vector_find(&w, "gba-u");
	request_of(&w, &request);
	check_ok(read_gpi("gba-u", ",\"uiccKeyMaterial\":\"" KEY32 "\""));
	check(record_has(&r, HAS(KS_INT_NAF)));
	check_hex(r.ks_int_naf.v, KEY32);
	check_ok(read_gpi("gba-u", ""));

	test("a response: a trigger that one can see");
	vector_find(&w, "none");
	request_of(&w, &request);
	check_ok(read_gpi("none", ""));
	check_ok(read_gpi("integrity", ""));
	check_ok(read_gpi("full", ""));
	vector_find(&w, "no-trigger");
	request_of(&w, &request);
	test("a response: no trigger");
	check_ok(read_gpi("no-trigger", ""));
}

/* Everything that is no answer to the request of the row "integrity". */
static void
test_lies(void)
{
	static const struct {
		const char *gpi, *more;
		enum status status;
		const char *text;
	} lies[] = {
		{ "gba-u", "", REJECTED,
		  "gbaPushInfo: found um u, expected me" },
		{ "app-lbl", "", REJECTED, "gbaPushInfo: found app_lbl "
		  "\"a0000000871002ff49ff0589\", expected \"\"" },
		{ "no-trigger", "", REJECTED, "gbaPushInfo: found no trigger, "
		  "expected one; does the BSF know mtcTrigger?" },
		{ "none", "", REJECTED, "gbaPushInfo: found trigger_mode none, "
		  "expected integrity" },
		{ "full", ",\"keyExpiryTime\":\"2030-01-01T00:00:01Z\"",
		  REJECTED, "keyExpiryTime: found 2030-01-01T00:00:01Z, "
		  "expected at most 2030-01-01T00:00:00Z" },
		{ "full", ",\"keyExpiryTime\":\"soon\"", MALFORMED,
		  "keyExpiryTime: found \"soon\", expected a date-time of RFC "
		  "3339 after 1970" },
		{ "full", ",\"gbaType\":\"2G_GBA\"", REJECTED,
		  "gbaType: found \"2G_GBA\", expected 3G_GBA" },
		{ "full", ",\"gbaType\":null", MALFORMED,
		  "gbaType: found null, expected a string" },
		{ "full", ",\"uiccKeyMaterial\":\"00\"", MALFORMED,
		  "uiccKeyMaterial: found 1 octet, expected 32" },
		{ "full", ",\"impi\":\"\"", MALFORMED,
		  "impi: found 0 characters, expected 1 to 255" },
		{ "full", ",\"gbaType\":\"3G_GBA\",\"gbaType\":\"3G_GBA\"",
		  MALFORMED, NULL },
	};
	struct gpi_vector w;

	vector_find(&w, "integrity");
	request_of(&w, &request);
	for (size_t i = 0; i < COUNT(lies); i++) {
		test("no answer: %s %s", lies[i].gpi, lies[i].more);
		if (lies[i].text == NULL)
			check(read_gpi(lies[i].gpi, lies[i].more) ==
			    lies[i].status);
		else
			check_fail(read_gpi(lies[i].gpi, lies[i].more),
			    lies[i].status, lies[i].text);
	}
	test("no answer: another trigger");
	for (int i = 0; i < 3; i++) {
		request_of(&w, &request);
		request.trigger_ind += i == 0;
		request.trigger_time += i == 1;
		request.has &= ~(i == 2 ? HAS(TRIGGER_TIME) : 0);
		check_fail(read_gpi("integrity", ""), REJECTED, "gbaPushInfo: "
		    "found another trigger, expected the request's");
	}
	test("no answer: a trigger that nobody asked for");
	vector_find(&w, "no-trigger");
	request_of(&w, &request);
	check_fail(read_gpi("full", ""), REJECTED,
	    "gbaPushInfo: found a trigger, expected none");
	test("no answer: a mode that is full where it is not said");
	vector_find(&w, "integrity");
	request_of(&w, &request);
	request.has &= ~HAS(TRIGGER_MODE);
	check_fail(read_gpi("integrity", ""), REJECTED, "gbaPushInfo: found "
	    "trigger_mode integrity, expected full");
}

static void
test_garbage(void)
{
	test("no answer: no JSON, no keys, no GPI");
	check_fail(read_response("<html>"), MALFORMED,
	    "the body is no JSON, at octet 1");
	check_fail(read_response("{}"), MALFORMED,
	    "meKeyMaterial: found nothing, expected it in the body");
	check_fail(read_response("{\"meKeyMaterial\":\"" KEY32 "\"}"),
	    MALFORMED, "gbaPushInfo: found nothing, expected it in the body");
	check_fail(read_response("{\"meKeyMaterial\":\"" KEY32 "\","
	    "\"gbaPushInfo\":\"\"}"), MALFORMED,
	    "gbaPushInfo: found 0 octets, expected 1 to 1024");
	check_fail(read_response("{\"meKeyMaterial\":\"" KEY32 "\","
	    "\"gbaPushInfo\":\"8001\"}"), MALFORMED,
	    "gbaPushInfo: gpi: found another length, expected an array of 8");
	check_fail(read_response("{\"meKeyMaterial\":\"0g\"}"), MALFORMED,
	    "meKeyMaterial: found other characters, expected hex, two digits "
	    "an octet");
}

static void
test_responses_written(void)
{
	static char out[PUSH_INFO_ROOM];
	struct gpi_vector w;
	struct record response;
	size_t len;

	test("a response as it is written, and read");
	record_init(&response, RECORD_RESPONSE);
	vector_find(&w, "gba-u");
	request_of(&w, &request);
	set(&request, KEY_UE_PRIV_ID, "a\\@\"b");
	record_copy(&response, &request, HAS(NAF_ID) | HAS(P_TID) |
	    HAS(UE_ID) | HAS(UE_PRIV_ID));
	set(&response, KEY_KEY_LT, "1893450000");
	set(&response, KEY_KS_NAF, KEY32);
	set(&response, KEY_KS_INT_NAF, KEY32);
	record_put(&response, KEY_GPI, "\x88\x01", 2);
	len = push_info_write_response(&response, NULL, 1800000000, out);
	check_uint(len, strlen(out));
	check(strcmp(out, "{\"meKeyMaterial\":\"" KEY32 "\",\"gbaPushInfo\":"
	    "\"8801\",\"uiccKeyMaterial\":\"" KEY32 "\",\"keyExpiryTime\":"
	    "\"2029-12-31T22:20:00Z\",\"bootstrappingInfoCreationTime\":"
	    "\"2027-01-15T08:00:00Z\",\"gbaType\":\"3G_GBA\"}") == 0);
	record_put(&response, KEY_GPI, w.gpi.v, w.gpi.len);
	len = push_info_write_response(&response, "a\\@\"b", 1, out);
	check_ok(push_info_read_response(&r, &request, out, len));
	check(same(&r, &response));

	test("a response: the longest there is");
	make(&response, RECORD_RESPONSE, true, true);
	len = push_info_write_response(&response, response.ue_priv_id.v,
	    UINT32_MAX, out);
	check(len < PUSH_INFO_ROOM - 1 && out[len - 1] == '}');
}

/* ---- problems ---- */

static void
check_problem(const char *json, const char *want)
{
	char words[PUSH_INFO_WORDS];

	check(strcmp(push_info_read_problem(json, strlen(json), words),
	    want) == 0);
}

static void
test_problems(void)
{
	static const unsigned codes[] = { 400, 401, 403, 404, 405, 411, 413,
	    415, 429, 431, 500, 501, 503, 599 };
	static char out[PUSH_INFO_ROOM], words[PUSH_INFO_WORDS];
	char longest[600];
	size_t len;

	test("a problem as it is written");
	len = push_info_write_problem(400, "a \"b\" \x1b\xc3", &(struct
	    push_info_problem){ "MANDATORY_IE_MISSING", "/ueId" }, out);
	check_uint(len, strlen(out));
	check(strcmp(out, "{\"title\":\"Bad Request\",\"status\":400,"
	    "\"detail\":\"a \\\"b\\\" ??\",\"cause\":\"MANDATORY_IE_MISSING\","
	    "\"invalidParams\":[{\"param\":\"/ueId\"}]}") == 0);
	check_problem(out, "a \"b\" ??");
	push_info_write_problem(503, NULL, NULL, out);
	check(strcmp(out, "{\"title\":\"Service Unavailable\","
	    "\"status\":503}") == 0);
	check_problem(out, "Service Unavailable");
	push_info_write_problem(431, NULL, NULL, out);
	check_problem(out, "Request Header Fields Too Large");
	push_info_write_problem(599, "", &(struct push_info_problem){ 0 },
	    out);
	check(strcmp(out, "{\"title\":\"Error\",\"status\":599}") == 0);
	memset(longest, '"', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < COUNT(codes); i++) {
		len = push_info_write_problem(codes[i], longest, NULL, out);
		check(out[len - 1] == '}');
		check(push_info_read_problem(out, len, words)[0] == '"');
	}

	test("a problem of others");
	check_problem("{\"cause\":\"NF_CONGESTION\"}", "NF_CONGESTION");
	check_problem("{\"title\":\"t\",\"cause\":\"c\"}", "t");
	check_problem("{\"detail\":\"\",\"title\":7,\"cause\":\"c\"}", "c");
	check_problem("{\"detail\":\"a\\u001b[2Jb\\u202ec\"}", "a?[2Jb?c");
	check_problem("{}", "");
	check_problem("<html>no</html>", "");
	check_problem("", "");
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_written();
	test_read();
	test_times();
	test_names();
	test_broken();
	test_missing();
	test_values();
	test_inner_values();
	test_answers();
	test_lies();
	test_garbage();
	test_responses_written();
	test_problems();
	return test_end();
}
