/* push_info.c: GPI requests and responses as JSON, TS 29.309 clause 6.1.6. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "gba/gpi.h"
#include "nbsp/member.h"
#include "record/show.h"

/* ---- members that are not a field each ---- */

static enum status
read_flag(struct reading *in, const struct member *m, const json_t *value)
{
	bool *flag = strcmp(m->name, "gbaUAware") == 0 ?
	    &in->asked->gba_u_aware : &in->asked->private_id;

	if (!json_is_boolean(value))
		return member_wrong(m, json_kind(value), "true or false");
	*flag = json_is_true(value);
	return OK;
}

/* A list of what this BSF has nothing of: USSs, features. */
static enum status
read_list(struct reading *in, const struct member *m, const json_t *value)
{
	bool numbers = strcmp(m->name, "gsIds") == 0;
	const json_t *one;
	size_t i;

	(void)in;
	if (!json_is_array(value) || json_array_size(value) == 0)
		return member_wrong(m, json_is_array(value) ? "an empty array" :
		    json_kind(value), "an array of one or more");
	json_array_foreach(value, i, one)
		if (!numbers ? !json_is_string(one) : !json_is_integer(one) ||
		    json_integer_value(one) < 0 ||
		    json_integer_value(one) > UINT32_MAX)
			return fail(MALFORMED, "%s: found %s in place %zu, "
			    "expected %s", m->name, json_is_integer(one) &&
			    numbers ? "a number out of range" : json_kind(one),
			    i, numbers ? "0 to 4294967295" : "a string");
	return OK;
}

/* ---- NAF_Id ---- */

/* One label of a domain name: the LEN characters V. */
static bool
is_label(const char *v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(v[i] >= '0' && v[i] <= '9') &&
		    !((v[i] | 0x20) >= 'a' && (v[i] | 0x20) <= 'z') &&
		    !(v[i] == '-' && i > 0 && i < len - 1))
			return false;
	return len > 0 && len <= 63;
}

/*
 * Whether NAME is an Fqdn of TS 29.571: labels, the last of them of letters
 * alone, and perhaps a dot at the end.  *LEN is its length without that.
 */
static bool
is_fqdn(const char *name, size_t *len)
{
	size_t n, at = 0;

	*len = strlen(name);
	if (*len < 4 || *len > FQDN_MAX)
		return false;
	*len -= name[*len - 1] == '.';
	while (n = strcspn(name + at, "."), at + n < *len) {
		if (!is_label(name + at, n))
			return false;
		at += n + 1;
	}
	if (at == 0 || *len < at + 2 || *len > at + 63)
		return false;
	for (size_t i = at; i < *len; i++)
		if ((name[i] | 0x20) < 'a' || (name[i] | 0x20) > 'z')
			return false;
	return true;
}

static enum status
read_fqdn(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);
	size_t len;

	if (text == NULL)
		return MALFORMED;
	if (!is_fqdn(text, &len))
		return fail(MALFORMED, "%s: found \"%.40s\", expected an FQDN "
		    "of two labels or more", m->name, text);
	for (size_t i = 0; i < len; i++)
		in->text.v[i] = (char)(text[i] | (text[i] >= 'A' &&
		    text[i] <= 'Z' ? 0x20 : 0));
	in->text.len = (uint16_t)len;
	return OK;
}

/* The last part of a NAF_Id, whose first part has been read. */
static enum status
read_ua(struct reading *in, const struct member *m, const json_t *value)
{
	uint8_t v[FQDN_MAX + UA_LEN];
	const char *text = member_text(m, value);
	size_t len = in->text.len;

	if (text == NULL)
		return MALFORMED;
	if (hex_decode(v + len, UA_LEN, text, strlen(text)) != UA_LEN)
		return fail(MALFORMED, "%s: found \"%.40s\", expected 10 hex "
		    "digits", m->name, text);
	memcpy(v, in->text.v, len);
	record_put(in->r, KEY_NAF_ID, v, len + UA_LEN);
	return OK;
}

/* ---- requests ---- */

static const char *const um_words[] = { "GBA_ME", "GBA_U", NULL };
static const char *const id_words[] = { "PRIVATE", "PUBLIC", NULL };
static const char *const mode_words[] = { "NONE", "INTEGRITY", "FULL", NULL };

static const struct member naf_members[] = {
	{ "nafFqdn", true, read_fqdn, 0, NULL, NULL },
	{ "uaSecProtId", true, read_ua, 0, NULL, NULL },
	{ 0 }
};

static const struct member trigger_members[] = {
	{ "indication", true, member_number, KEY_TRIGGER_IND, NULL, NULL },
	{ "time", false, member_number, KEY_TRIGGER_TIME, NULL, NULL },
	{ "mode", false, member_word, KEY_TRIGGER_MODE, mode_words, NULL },
	{ 0 }
};

static const struct member request_members[] = {
	{ "ueId", true, member_string, KEY_UE_ID, NULL, NULL },
	{ "ueIdType", true, member_word, KEY_UE_ID_TYPE, id_words, NULL },
	{ "uiccAppLabel", true, member_hex, KEY_APP_LBL, NULL, NULL },
	{ "nafId", true, member_object, 0, NULL, naf_members },
	{ "ptId", true, member_string, KEY_P_TID, NULL, NULL },
	{ "uiccOrMe", true, member_word, KEY_UM, um_words, NULL },
	{ "requestedLifeTime", true, member_time, KEY_KEY_LT, NULL, NULL },
	{ "privateIdRequest", false, read_flag, 0, NULL, NULL },
	{ "gbaUAware", false, read_flag, 0, NULL, NULL },
	{ "gsIds", false, read_list, 0, NULL, NULL },
	{ "auts", false, member_hex, KEY_AUTS, NULL, NULL },
	{ "rand", false, member_hex, KEY_RAND, NULL, NULL },
	{ "securityFeaturesRequest", false, read_list, 0, NULL, NULL },
	{ "mtcTrigger", false, member_object, 0, NULL, trigger_members },
	{ 0 }
};

enum status
push_info_read_request(struct record *request, struct push_info_asked *asked,
    struct push_info_problem *problem, const char *json, size_t len)
{
	struct reading in = { .r = request, .asked = asked,
	    .problem = problem };
	json_t *body = json_body(json, len);
	enum status status;

	record_init(request, RECORD_REQUEST);
	*asked = (struct push_info_asked){ 0 };
	*problem = (struct push_info_problem){ 0 };
	if (body == NULL) {
		problem->cause = "INVALID_MSG_FORMAT";
		return MALFORMED;
	}
	status = members_read(&in, request_members, body);
	json_decref(body);
	if (status == OK && record_has(request, HAS(RAND)) !=
	    record_has(request, HAS(AUTS))) {
		*problem = (struct push_info_problem){ "OPTIONAL_IE_INCORRECT",
		    "/auts" };
		status = fail(MALFORMED, "auts: found rand or auts alone, "
		    "expected both or neither");
	}
	return status;
}

/* ---- writing: nothing is allocated, since it may be a key ---- */

/* "NAME":, after a comma where it is not the first. */
static void
put_name(struct text *t, const char *name)
{
	text_put(t, "%s\"%s\":", t->v[t->len - 1] == '{' ? "" : ",", name);
}

static void
put_string(struct text *t, const char *name, const char *value)
{
	put_name(t, name);
	text_char(t, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			text_char(t, '\\');
		text_char(t, *value);
	}
	text_char(t, '"');
}

static void
put_hex(struct text *t, const char *name, const uint8_t *v, size_t len)
{
	put_name(t, name);
	text_char(t, '"');
	hex_encode(t->v + t->len, v, len);
	t->len += 2 * len;
	text_char(t, '"');
}

static void
put_number(struct text *t, const char *name, uint64_t n)
{
	put_name(t, name);
	text_put(t, "%llu", (unsigned long long)n);
}

static void
put_time(struct text *t, const char *name, uint64_t seconds)
{
	char date[CLOCK_DATE_MAX];

	put_string(t, name, clock_date(seconds, date));
}

static void
put_naf(struct text *t, const struct record *r, const char *fqdn)
{
	put_name(t, "nafId");
	text_char(t, '{');
	put_string(t, "nafFqdn", fqdn);
	put_hex(t, "uaSecProtId", record_ua(r), UA_LEN);
	text_char(t, '}');
}

static void
put_trigger(struct text *t, const struct record *r)
{
	put_name(t, "mtcTrigger");
	text_char(t, '{');
	put_number(t, "indication", r->trigger_ind);
	if (record_has(r, HAS(TRIGGER_TIME)))
		put_number(t, "time", r->trigger_time);
	if (record_has(r, HAS(TRIGGER_MODE)))
		put_string(t, "mode", mode_words[r->trigger_mode]);
	text_char(t, '}');
}

enum status
push_info_write_request(const struct record *r,
    char out[static PUSH_INFO_ROOM], size_t *len)
{
	bool private = record_has(r, HAS(UE_ID_TYPE)) &&
	    r->ue_id_type == ID_PRIVATE;
	struct text t = { out, 0, PUSH_INFO_ROOM };
	char fqdn[FQDN_MAX + 1];
	size_t unused;

	if (!is_fqdn(record_naf_fqdn(r, fqdn), &unused))
		return fail(REJECTED, "naf_id: found %s, expected an FQDN of "
		    "two labels or more, the last of letters", fqdn);
	text_char(&t, '{');
	put_string(&t, "ueId", r->ue_id.v);
	put_string(&t, "ueIdType", id_words[private ? ID_PRIVATE : ID_PUBLIC]);
	put_hex(&t, "uiccAppLabel", r->app_lbl.v, r->app_lbl.len);
	put_naf(&t, r, fqdn);
	put_string(&t, "ptId", r->p_tid.v);
	put_string(&t, "uiccOrMe", um_words[r->um]);
	put_time(&t, "requestedLifeTime", r->key_lt);
	if (record_has(r, HAS(UE_PRIV_ID)))
		text_put(&t, ",\"privateIdRequest\":true");
	if (r->um == GBA_U)
		text_put(&t, ",\"gbaUAware\":true");
	if (record_has(r, HAS(AUTS) | HAS(RAND))) {
		put_hex(&t, "auts", r->auts.v, r->auts.len);
		put_hex(&t, "rand", r->rand.v, r->rand.len);
	}
	if (record_has(r, HAS(TRIGGER_IND)))
		put_trigger(&t, r);
	text_char(&t, '}');
	*len = t.len;
	return OK;
}

/* ---- responses ---- */

size_t
push_info_write_response(const struct record *r, const char *impi,
    uint64_t created, char out[static PUSH_INFO_ROOM])
{
	struct text t = { out, 0, PUSH_INFO_ROOM };

	text_char(&t, '{');
	put_hex(&t, "meKeyMaterial", r->ks_naf.v, r->ks_naf.len);
	put_hex(&t, "gbaPushInfo", r->gpi.v, r->gpi.len);
	if (record_has(r, HAS(KS_INT_NAF)))
		put_hex(&t, "uiccKeyMaterial", r->ks_int_naf.v,
		    r->ks_int_naf.len);
	put_time(&t, "keyExpiryTime", r->key_lt);
	put_time(&t, "bootstrappingInfoCreationTime", created);
	put_string(&t, "gbaType", "3G_GBA");
	if (impi != NULL)
		put_string(&t, "impi", impi);
	text_char(&t, '}');
	return t.len;
}

/* The method has UMTS AKA alone. */
static enum status
read_gba_type(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);

	(void)in;
	return text == NULL ? MALFORMED : strcmp(text, "3G_GBA") == 0 ? OK :
	    fail(REJECTED, "%s: found \"%.40s\", expected 3G_GBA", m->name,
	    text);
}

static const struct member response_members[] = {
	{ "meKeyMaterial", true, member_hex, KEY_KS_NAF, NULL, NULL },
	{ "gbaPushInfo", true, member_hex, KEY_GPI, NULL, NULL },
	{ "uiccKeyMaterial", false, member_hex, KEY_KS_INT_NAF, NULL, NULL },
	{ "keyExpiryTime", false, member_time, KEY_KEY_LT, NULL, NULL },
	{ "gbaType", false, read_gba_type, 0, NULL, NULL },
	{ "impi", false, member_string, KEY_UE_PRIV_ID, NULL, NULL },
	{ 0 }
};

/* Whether the trigger of GPI G is what was asked for, or better protected. */
static enum status
check_trigger(const struct record *g, const struct record *request)
{
	bool found = record_has(g, HAS(TRIGGER_MODE));
	bool asked = record_has(request, HAS(TRIGGER_IND));
	uint64_t mode = record_has(request, HAS(TRIGGER_MODE)) ?
	    request->trigger_mode : MODE_FULL;

	if (found != asked)
		return fail(REJECTED, "gbaPushInfo: found %s trigger, expected "
		    "%s", found ? "a" : "no", found ? "none" : "one; does the "
		    "BSF know mtcTrigger?");
	if (!found)
		return OK;
	if (g->trigger_mode < mode)
		return fail(REJECTED, "gbaPushInfo: found trigger_mode %s, "
		    "expected %s", field_word(KEY_TRIGGER_MODE,
		    g->trigger_mode), field_word(KEY_TRIGGER_MODE, mode));
	if (g->trigger_mode != MODE_FULL &&
	    (g->trigger_ind != request->trigger_ind ||
	    record_has(g, HAS(TRIGGER_TIME)) !=
	    record_has(request, HAS(TRIGGER_TIME)) ||
	    (record_has(g, HAS(TRIGGER_TIME)) &&
	    g->trigger_time != request->trigger_time)))
		return fail(REJECTED, "gbaPushInfo: found another trigger, "
		    "expected the request's");
	return OK;
}

/* What can be seen of the GPI of R without its key is as REQUEST has it. */
static enum status
check_gpi(const struct record *r, const struct record *request)
{
	char found[HEX_LEN(16)], expected[HEX_LEN(16)];
	struct record g;
	enum status status;

	if ((status = gpi_decode(&g, r->gpi.v, r->gpi.len)) != OK)
		return fail_in(status, "gbaPushInfo");
	if (g.um != request->um)
		return fail(REJECTED, "gbaPushInfo: found um %s, expected %s",
		    field_word(KEY_UM, g.um), field_word(KEY_UM, request->um));
	if (g.app_lbl.len != request->app_lbl.len ||
	    memcmp(g.app_lbl.v, request->app_lbl.v, g.app_lbl.len) != 0)
		return fail(REJECTED, "gbaPushInfo: found app_lbl \"%s\", "
		    "expected \"%s\"", hex_encode(found, g.app_lbl.v,
		    g.app_lbl.len), hex_encode(expected, request->app_lbl.v,
		    request->app_lbl.len));
	return check_trigger(&g, request);
}

/*
 * R, with what its body had, is the answer to REQUEST.  An identity that the
 * request has, and the BSF does not confirm, is not known to be the same
 * subscriber's.
 */
static enum status
check_response(struct record *r, const struct record *request)
{
	char found[CLOCK_DATE_MAX], expected[CLOCK_DATE_MAX];

	if (record_has(request, HAS(UE_PRIV_ID)) &&
	    (!record_has(r, HAS(UE_PRIV_ID)) ||
	    strcmp(r->ue_priv_id.v, request->ue_priv_id.v) != 0))
		return fail(REJECTED, "impi: found %s, expected %s",
		    record_has(r, HAS(UE_PRIV_ID)) ? r->ue_priv_id.v :
		    "nothing", request->ue_priv_id.v);
	r->has &= ~HAS(UE_PRIV_ID);
	record_copy(r, request, HAS(UE_ID) | HAS(UE_PRIV_ID) | HAS(UE_TRP) |
	    HAS(NAF_ID) | HAS(P_TID));
	if (!record_has(r, HAS(KEY_LT)))
		record_put_uint(r, KEY_KEY_LT, request->key_lt);
	if (r->key_lt > request->key_lt)
		return fail(REJECTED, "keyExpiryTime: found %s, expected at "
		    "most %s", clock_date(r->key_lt, found),
		    clock_date(request->key_lt, expected));
	/* the key of a UICC is for GBA_U alone (TS 33.220 clause 5.3.2) */
	if (request->um == GBA_ME)
		r->has &= ~HAS(KS_INT_NAF);
	return check_gpi(r, request);
}

enum status
push_info_read_response(struct record *response, const struct record *request,
    const char *json, size_t len)
{
	struct push_info_problem unused = { 0 };
	struct reading in = { .r = response, .problem = &unused };
	json_t *body = json_body(json, len);
	enum status status;

	record_init(response, RECORD_RESPONSE);
	if (body == NULL)
		return MALFORMED;
	status = members_read(&in, response_members, body);
	json_decref(body);
	return status == OK ? check_response(response, request) : status;
}

/* ---- problems ---- */

/* The name of a status code that this service has: RFC 9110, RFC 6585. */
static const char *
title_of(unsigned code)
{
	static const struct {
		unsigned code;
		const char *title;
	} titles[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 411, "Length Required" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT(titles); i++)
		if (titles[i].code == code)
			return titles[i].title;
	return "Error";
}

size_t
push_info_write_problem(unsigned code, const char *detail,
    const struct push_info_problem *problem, char out[static PUSH_INFO_ROOM])
{
	struct text t = { out, 0, PUSH_INFO_ROOM };
	char clean[512];

	text_char(&t, '{');
	put_string(&t, "title", title_of(code));
	put_number(&t, "status", code);
	if (detail != NULL && detail[0] != '\0') {
		snprintf(clean, sizeof(clean), "%s", detail);
		message_clean(clean);
		put_string(&t, "detail", clean);
	}
	if (problem != NULL && problem->cause != NULL)
		put_string(&t, "cause", problem->cause);
	if (problem != NULL && problem->param[0] != '\0') {
		put_name(&t, "invalidParams");
		text_put(&t, "[{");
		put_string(&t, "param", problem->param);
		text_put(&t, "}]");
	}
	text_char(&t, '}');
	return t.len;
}

const char *
push_info_read_problem(const char *json, size_t len,
    char out[static PUSH_INFO_WORDS])
{
	static const char *const members[] = { "detail", "title", "cause" };
	json_t *body = json_body(json, len);
	const char *text;

	out[0] = '\0';
	for (size_t i = 0; i < COUNT(members) && out[0] == '\0'; i++) {
		text = json_string_value(json_object_get(body, members[i]));
		snprintf(out, PUSH_INFO_WORDS, "%s", text != NULL ? text : "");
	}
	message_clean(out);
	json_decref(body);
	return out;
}
