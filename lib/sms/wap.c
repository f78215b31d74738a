/* wap.c: a GPI as a WAP Push.  Clauses are of WAP-230-WSP. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sms/wap.h"

#define CONTENT_TYPE "application/vnd.3gpp.gba.gpi"
#define APP_HEADER "x-wap-application-id"

enum {
	PUSH = 0x06,		/* table 34 */
	APP_FIELD = 0x2f,	/* table 39: X-Wap-Application-Id */
	LENGTH_QUOTE = 31,	/* 8.4.1.2: a uintvar follows */
	TEXT_FROM = 0x20,
	SHORT_FROM = 0x80,	/* 8.4.2.1: Short-integer */
	SHIFT = 0x7f,		/* 8.4.2.6: the octet after is a code page */
	ENVELOPE_VERSION = 1,
	ENVELOPE_HEAD = 3
};

bool
wap_code_read(const char *text, uint16_t *code)
{
	size_t n = strlen(text);

	if (n < 3 || n > 6 || strncmp(text, "0x", 2) != 0 ||
	    strspn(text + 2, "0123456789abcdefABCDEF") != n - 2)
		return false;
	*code = (uint16_t)strtoul(text + 2, NULL, 16);
	return true;
}

enum status
wap_app_id_valid(const char *app_id)
{
	size_t n = strlen(app_id);
	uint16_t code;

	for (size_t i = 0; i < n; i++)
		if (app_id[i] <= ' ' || app_id[i] > '~')
			n = 0;
	if (n == 0 || n > WAP_APP_ID_MAX ||
	    (strncmp(app_id, "0x", 2) == 0 && !wap_code_read(app_id, &code)))
		return fail(USAGE, "wap: '%s' is not 0x and up to 4 hex "
		    "digits, or up to %d characters", app_id,
		    WAP_APP_ID_MAX);
	return OK;
}

/* ---- writing ---- */

/* Clause 8.4.2.3: Integer-value. */
static size_t
put_integer(uint8_t *out, uint16_t code)
{
	if (code < SHORT_FROM) {
		out[0] = (uint8_t)(SHORT_FROM | code);
		return 1;
	}
	out[0] = code > UINT8_MAX ? 2 : 1;
	be_write(out + 1, out[0], code);
	return 1 + (size_t)out[0];
}

static size_t
put_text(uint8_t *out, const char *text)
{
	size_t n = strlen(text) + 1;

	memcpy(out, text, n);
	return n;
}

/* 8.4.2.24: Content-general-form has a length before a long integer. */
static size_t
put_content_type(uint8_t *out, uint16_t code)
{
	if (code == 0)
		return put_text(out, CONTENT_TYPE);
	if (code < SHORT_FROM)
		return put_integer(out, code);
	out[0] = (uint8_t)put_integer(out + 1, code);
	return 1 + (size_t)out[0];
}

size_t
wap_wrap(const char *app_id, uint16_t content_code, uint16_t session,
    const uint8_t *gpi, size_t len, uint8_t out[static WAP_MAX])
{
	size_t at = 3;
	uint16_t code;

	assert(len <= GPI_MAX && strlen(app_id) <= WAP_APP_ID_MAX);
	at += put_content_type(out + at, content_code);
	out[at++] = SHORT_FROM | APP_FIELD;
	at += wap_code_read(app_id, &code) ? put_integer(out + at, code) :
	    put_text(out + at, app_id);
	out[0] = (uint8_t)session;
	out[1] = PUSH;
	out[2] = (uint8_t)(at - 3);	/* below 128: a uintvar of one octet */
	out[at++] = ENVELOPE_VERSION;
	be_write(out + at, 2, session);
	memcpy(out + at + 2, gpi, len);
	return at + 2 + len;
}

/* ---- reading ---- */

struct span {
	const uint8_t *v;
	size_t len;
};

/* Clause 8.1.2: seven bits an octet.  Returns its octets, or 0 if it is cut. */
static size_t
read_uintvar(struct span in, size_t *value)
{
	*value = 0;
	for (size_t i = 0; i < in.len && i < 5; i++) {
		*value = *value << 7 | (in.v[i] & 0x7f);
		if ((in.v[i] & 0x80) == 0)
			return i + 1;
	}
	return 0;
}

/*
 * Clause 8.4.1.2: the length of a value, whatever it is.  Returns its octets,
 * *HEAD of them before its content, or 0 if it is cut.
 */
static size_t
measure_value(struct span in, size_t *head)
{
	const uint8_t *end;
	size_t n = 0;

	*head = 0;
	if (in.len == 0 || in.v[0] >= SHORT_FROM)
		return in.len > 0;
	if (in.v[0] >= TEXT_FROM) {
		end = memchr(in.v, '\0', in.len);
		return end != NULL ? (size_t)(end - in.v) + 1 : 0;
	}
	*head = 1;
	if (in.v[0] == LENGTH_QUOTE)
		*head += read_uintvar((struct span){ in.v + 1, in.len - 1 },
		    &n);
	else
		n = in.v[0];
	if ((in.v[0] == LENGTH_QUOTE && *head == 1) || n > in.len - *head)
		return 0;
	return *head + n;
}

/* Check that V is TEXT or the Integer-value CODE; else say what it is. */
static enum status
match(const char *field, struct span v, const char *text, int code)
{
	char found[WAP_APP_ID_MAX + 1];
	size_t head, n = measure_value(v, &head), i;
	unsigned long number;

	if (n == 0 || (head > 0 && (head != 1 || n < 2 || n > 5)))
		return fail(MALFORMED, "%s: found neither text nor a short "
		    "code, expected %s", field, text);
	if (v.v[0] >= TEXT_FROM && v.v[0] < SHORT_FROM) {
		if (strcasecmp((const char *)v.v, text) == 0)
			return OK;
		for (i = 0; i < sizeof(found) - 1 && v.v[i] != '\0'; i++)
			found[i] = v.v[i] < ' ' || v.v[i] > '~' ? '?' :
			    (char)v.v[i];
		found[i] = '\0';
		return fail(MALFORMED, "%s: found %s, expected %s", field,
		    found, text);
	}
	number = head == 0 ? v.v[0] & 0x7fu : be_read(v.v + 1, n - 1);
	if (code >= 0 && number == (unsigned long)code)
		return OK;
	return fail(MALFORMED, "%s: found 0x%02lx, expected %s", field, number,
	    text);
}

static enum status
check_content_type(struct span in, uint16_t code, size_t *n)
{
	size_t head;

	if ((*n = measure_value(in, &head)) == 0)
		return fail(MALFORMED, "content type: found its end missing, "
		    "expected %s", CONTENT_TYPE);
	return match("content type", (struct span){ in.v + head, *n - head },
	    CONTENT_TYPE, code > 0 ? code : -1);
}

static enum status
check_application(struct span value, const char *app_id)
{
	uint16_t code;

	return match(APP_HEADER, value, app_id,
	    wap_code_read(app_id, &code) ? code : -1);
}

/* Read one header, *N octets, clause 8.4.2.6; *PAGE is the code page. */
static enum status
read_header(struct span in, const char *app_id, unsigned *page, size_t *n)
{
	size_t head, name = 1, value;
	bool ours = in.v[0] == (SHORT_FROM | APP_FIELD) && *page == 1;

	if (in.v[0] < TEXT_FROM || in.v[0] == SHIFT) {
		*n = in.v[0] == SHIFT ? 2 : 1;
		if (in.v[0] == 0 || *n > in.len)
			return fail(MALFORMED, "headers: found %02x, expected "
			    "a header", in.v[0]);
		*page = in.v[*n - 1];
		return OK;
	}
	if (in.v[0] < SHORT_FROM) {
		name = measure_value(in, &head);
		ours = name > 0 &&
		    strcasecmp((const char *)in.v, APP_HEADER) == 0;
	}
	value = name == 0 ? 0 : measure_value((struct span){ in.v + name,
	    in.len - name }, &head);
	if (value == 0)
		return fail(MALFORMED, "headers: found the end of %02x "
		    "missing, expected a header", in.v[0]);
	*n = name + value;
	return ours ? check_application((struct span){ in.v + name, value },
	    app_id) : OK;
}

static enum status
read_headers(struct span in, const char *app_id, uint16_t content_code)
{
	enum status status;
	unsigned page = 1;
	size_t n;

	status = check_content_type(in, content_code, &n);
	while (status == OK && n < in.len) {
		in = (struct span){ in.v + n, in.len - n };
		status = read_header(in, app_id, &page, &n);
	}
	return status;
}

enum status
wap_unwrap(const char *app_id, uint16_t content_code, const uint8_t *in,
    size_t len, const uint8_t **gpi, size_t *gpi_len)
{
	enum status status;
	size_t at = 2, headers, n;

	if (len < 2)
		return fail(MALFORMED, "wap push: found %zu octet%s, expected "
		    "at least 2", len, plural(len));
	if (in[1] != PUSH)
		return fail(MALFORMED, "pdu type: found %02x, expected %02x",
		    in[1], PUSH);
	n = read_uintvar((struct span){ in + at, len - at }, &headers);
	at += n;
	if (n == 0 || headers > len - at)
		return fail(MALFORMED, "headers length: found %zu, expected "
		    "at most %zu", headers, len - at);
	status = read_headers((struct span){ in + at, headers }, app_id,
	    content_code);
	if (status != OK)
		return status;
	at += headers;
	if (len - at < ENVELOPE_HEAD)
		return fail(MALFORMED, "gpi envelope: found %zu octet%s, "
		    "expected at least %d", len - at, plural(len - at),
		    ENVELOPE_HEAD);
	if (in[at] != ENVELOPE_VERSION)
		return fail(MALFORMED, "gpi envelope: found version %u, "
		    "expected %d", in[at], ENVELOPE_VERSION);
	*gpi = in + at + ENVELOPE_HEAD;
	*gpi_len = len - at - ENVELOPE_HEAD;
	return OK;
}
