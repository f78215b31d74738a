/*
 * gsup.c: the octets of GSUP.  A frame of IPA is the length of what follows the
 * third octet (2), the protocol (1), and that; what follows is TYPE and values
 * (CCM), or 05, TYPE and elements of tag, length and value (GSUP).
 */
#include <string.h>

#include "vectors/gsup.h"

#define FRAME_HEADER 3

enum { PROTOCOL_CCM = 0xfe, PROTOCOL_OSMOCOM = 0xee, EXTENSION_GSUP = 0x05 };
enum { CCM_PING = 0x00, CCM_PONG, CCM_ID_GET = 0x04, CCM_ID_RESP };
enum { CCM_TAG_SERIAL = 0x00, CCM_TAG_NAME, CCM_TAG_UNIT = 0x08 };
enum { SEND_AUTH_INFO = 0x08, SEND_AUTH_INFO_ERROR, SEND_AUTH_INFO_RESULT };
enum tag {
	TAG_IMSI = 0x01, TAG_CAUSE, TAG_TUPLE, TAG_RAND = 0x20, TAG_IK = 0x23,
	TAG_CK, TAG_AUTN, TAG_AUTS, TAG_SESSION = 0x30, TAG_SESSION_STATE,
	TAG_VECTORS = 0x52
};
enum { SESSION_END = 0x03 };

const uint8_t gsup_pong[GSUP_PONG_LEN] = { 0, 1, PROTOCOL_CCM, CCM_PONG };

/* ---- writing ---- */

static uint8_t *
put(uint8_t *at, enum tag tag, const void *v, size_t len)
{
	*at++ = (uint8_t)tag;
	*at++ = (uint8_t)len;
	memcpy(at, v, len);
	return at + len;
}

static uint8_t *
put_octet(uint8_t *at, enum tag tag, uint8_t v)
{
	return put(at, tag, &v, 1);
}

/* Digits in pairs, the first in the low half; F fills the last. */
static uint8_t *
put_imsi(uint8_t *at, const char *imsi)
{
	size_t n = strlen(imsi);
	uint8_t v[(IMSI_MAX + 1) / 2];

	for (size_t i = 0; i < n; i += 2)
		v[i / 2] = (uint8_t)((imsi[i] - '0') |
		    (i + 1 < n ? imsi[i + 1] - '0' : 0xf) << 4);
	return put(at, TAG_IMSI, v, (n + 1) / 2);
}

/* The frame from OUT to END is whole; returns its length. */
static size_t
finish(uint8_t *out, const uint8_t *end, uint8_t protocol)
{
	size_t len = (size_t)(end - out);

	be_write(out, 2, len - FRAME_HEADER);
	out[2] = protocol;
	return len;
}

/*
 * A session of one request ends at once.  The peer copies its number into the
 * answer, which says more than the IMSI.
 */
size_t
gsup_request(const struct gsup_request *r,
    uint8_t out[static GSUP_REQUEST_MAX])
{
	uint8_t *at = out + FRAME_HEADER, session[4];

	be_write(session, sizeof(session), r->session);
	*at++ = EXTENSION_GSUP;
	*at++ = SEND_AUTH_INFO;
	at = put_imsi(at, r->imsi);
	at = put_octet(at, TAG_VECTORS, 1);
	at = put(at, TAG_SESSION, session, sizeof(session));
	at = put_octet(at, TAG_SESSION_STATE, SESSION_END);
	if (r->auts != NULL) {
		at = put(at, TAG_AUTS, r->auts, 14);
		at = put(at, TAG_RAND, r->rand, 16);
	}
	return finish(out, at, PROTOCOL_OSMOCOM);
}

/* Here, a length has two octets, and counts the tag and a NUL as well. */
static uint8_t *
put_ccm(uint8_t *at, uint8_t tag, const char *text)
{
	size_t n = strlen(text) + 1;

	be_write(at, 2, n + 1);
	at[2] = tag;
	memcpy(at + 3, text, n);
	return at + 3 + n;
}

/* osmo-hlr wants a unit, but takes no notice of it. */
size_t
gsup_identity(const char *name, uint8_t out[static GSUP_IDENTITY_MAX])
{
	uint8_t *at = out + FRAME_HEADER;

	*at++ = CCM_ID_RESP;
	at = put_ccm(at, CCM_TAG_UNIT, "0/0/0");
	at = put_ccm(at, CCM_TAG_NAME, name);
	at = put_ccm(at, CCM_TAG_SERIAL, name);
	return finish(out, at, PROTOCOL_CCM);
}

/* ---- reading ---- */

enum status
gsup_measure(const uint8_t *v, size_t len, size_t *n)
{
	size_t whole;

	*n = 0;
	if (len < FRAME_HEADER)
		return OK;
	whole = (size_t)be_read(v, 2) + FRAME_HEADER;
	if (whole > GSUP_FRAME_MAX)
		return fail(MALFORMED, "GSUP: a frame of %zu octets; %d are "
		    "possible", whole, GSUP_FRAME_MAX);
	*n = whole <= len ? whole : 0;
	return OK;
}

struct element {
	uint8_t tag;
	size_t len;
	const uint8_t *v;
};

/* The element at *AT, before END.  OK or MALFORMED. */
static enum status
next(const uint8_t **at, const uint8_t *end, struct element *e)
{
	const uint8_t *v = *at;

	if (end - v < 2 || end - v - 2 < v[1])
		return fail(MALFORMED, "GSUP: an element is cut off");
	*e = (struct element){ v[0], v[1], v + 2 };
	*at = v + 2 + v[1];
	return OK;
}

static enum status
wrong_length(const struct element *e, const char *expected)
{
	return fail(MALFORMED, "GSUP: element %02x has %zu octet%s; expected "
	    "%s", e->tag, e->len, plural(e->len), expected);
}

static enum status
read_imsi(const struct element *e, char imsi[static IMSI_MAX + 1])
{
	size_t n = 0;
	unsigned digit;

	if (e->len < 1 || e->len > (IMSI_MAX + 1) / 2)
		return wrong_length(e, "1 to 8");
	for (size_t i = 0; i < 2 * e->len; i++) {
		digit = i % 2 == 0 ? e->v[i / 2] & 0xf : e->v[i / 2] >> 4;
		if (digit == 0xf && i == 2 * e->len - 1)
			break;
		if (digit > 9 || n == IMSI_MAX)
			return fail(MALFORMED, "GSUP: the IMSI has other "
			    "characters than digits, or 16");
		imsi[n++] = (char)('0' + digit);
	}
	imsi[n] = '\0';
	return OK;
}

/* A tuple of 3G has all of these; others that it has are RES and 2G's. */
static enum status
read_tuple(const struct element *tuple, struct gsup_frame *f)
{
	const struct { uint8_t tag; uint8_t *to; } wanted[] = {
		{ TAG_RAND, f->rand }, { TAG_AUTN, f->autn },
		{ TAG_CK, f->ck }, { TAG_IK, f->ik } };
	const uint8_t *at = tuple->v, *end = at + tuple->len;
	enum status status;
	unsigned has = 0;
	struct element e;

	while (at < end) {
		if ((status = next(&at, end, &e)) != OK)
			return status;
		for (size_t i = 0; i < COUNT(wanted); i++) {
			if (wanted[i].tag != e.tag)
				continue;
			if (e.len != 16)
				return wrong_length(&e, "16");
			memcpy(wanted[i].to, e.v, 16);
			has |= 1u << i;
		}
	}
	f->has_keys = has == (1u << COUNT(wanted)) - 1;
	return OK;
}

/* Elements of no interest are skipped. */
static enum status
read_element(const struct element *e, bool *has_tuple, struct gsup_frame *f)
{
	switch (e->tag) {
	case TAG_IMSI:
		return read_imsi(e, f->imsi);
	case TAG_CAUSE:
		if (e->len != 1)
			return wrong_length(e, "1");
		f->cause = e->v[0];
		return OK;
	case TAG_SESSION:
		if (e->len != 4)
			return wrong_length(e, "4");
		f->session = (uint32_t)be_read(e->v, 4);
		f->has_session = true;
		return OK;
	case TAG_TUPLE:
		if (*has_tuple)
			return OK;
		*has_tuple = true;
		return read_tuple(e, f);
	default:
		return OK;
	}
}

static enum status
read_answer(struct gsup_frame *f, const uint8_t *at, const uint8_t *end)
{
	enum status status;
	bool has_tuple = false;
	struct element e;

	while (at < end)
		if ((status = next(&at, end, &e)) != OK ||
		    (status = read_element(&e, &has_tuple, f)) != OK)
			return status;
	if (f->imsi[0] == '\0')
		return fail(MALFORMED, "GSUP: an answer has no IMSI");
	return OK;
}

enum status
gsup_decode(struct gsup_frame *f, const uint8_t *v, size_t len)
{
	const uint8_t *end = v + len;

	*f = (struct gsup_frame){ .kind = GSUP_OTHER };
	if (len < FRAME_HEADER + 1u || be_read(v, 2) + FRAME_HEADER != len)
		return fail(MALFORMED, "GSUP: a frame of %zu octet%s", len,
		    plural(len));
	if (v[2] == PROTOCOL_CCM && v[3] == CCM_PING)
		f->kind = GSUP_PING;
	else if (v[2] == PROTOCOL_CCM && v[3] == CCM_ID_GET)
		f->kind = GSUP_WHO;
	if (v[2] != PROTOCOL_OSMOCOM || v[3] != EXTENSION_GSUP)
		return OK;
	if (len < FRAME_HEADER + 2u)
		return fail(MALFORMED, "GSUP: a message without a type");
	if (v[4] == SEND_AUTH_INFO_RESULT)
		f->kind = GSUP_VECTOR;
	else if (v[4] == SEND_AUTH_INFO_ERROR)
		f->kind = GSUP_REFUSAL;
	return f->kind == GSUP_OTHER ? OK : read_answer(f, v + 5, end);
}

/* ---- causes ---- */

const char *
gsup_cause(uint8_t cause)
{
	static const struct { uint8_t cause; const char *name; } names[] = {
		{ 2, "IMSI unknown in HLR" },
		{ 3, "illegal MS" },
		{ 6, "illegal ME" },
		{ 7, "GPRS services not allowed" },
		{ 8, "GPRS and non-GPRS services not allowed" },
		{ 9, "MS identity cannot be derived by the network" },
		{ 10, "implicitly detached" },
		{ 11, "PLMN not allowed" },
		{ 12, "location area not allowed" },
		{ 13, "roaming not allowed in this location area" },
		{ 14, "GPRS services not allowed in this PLMN" },
		{ 15, "no suitable cells in location area" },
		{ 16, "MSC temporarily not reachable" },
		{ 17, "network failure" },
		{ 20, "MAC failure" },
		{ 21, "synch failure" },
		{ 22, "congestion" },
		{ 23, "GSM authentication unacceptable" },
		{ 95, "semantically incorrect message" },
		{ 96, "invalid mandatory information" },
		{ 97, "message type non-existent or not implemented" },
		{ 98, "message type not compatible with the protocol state" },
		{ 99, "information element non-existent" },
		{ 100, "conditional IE error" },
		{ 101, "message not compatible with the protocol state" },
		{ 111, "protocol error, unspecified" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].cause == cause)
			return names[i].name;
	return "a cause without a name";
}
