/* parse.c: fields from text, and the parts of a NAF_Id. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/oddity.h"
#include "record/record.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"

static enum status
set_word(struct record *r, enum key key, const char *text)
{
	const struct field *f = &fields[key];
	char words[256] = "";
	size_t n = 0;

	for (uint64_t i = 0; f->words[i] != NULL; i++) {
		if (strcmp(f->words[i], text) == 0) {
			record_put_uint(r, key, i);
			return OK;
		}
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s",
		    i == 0 ? "" : f->words[i + 1] == NULL ? " or " : ", ",
		    f->words[i]);
	}
	return fail(MALFORMED, "%s: found \"%s\", expected %s", f->name,
	    text, words);
}

/*
 * Others write a SQN as 12 hex digits: with 0x that is clear, and with zeros
 * before it a number may be either.
 */
static enum status
check_sqn(const char *text)
{
	size_t len = strlen(text);

	if (strspn(text, "0123456789") == len ? text[0] == '0' && len > 1 :
	    strspn(text, HEX_DIGITS) == len)
		return fail(MALFORMED, "sqn: found \"%s\", expected a decimal "
		    "number without zeros before it, or 0x and hex", text);
	return OK;
}

/* TEXT is 0x and up to 12 digits. */
static bool
read_hex(const char *text, uint64_t *n)
{
	size_t len = strlen(text);

	if (len < 3 || len > 14 || text[0] != '0' ||
	    (text[1] != 'x' && text[1] != 'X') ||
	    strspn(text + 2, HEX_DIGITS) != len - 2)
		return false;
	*n = strtoull(text + 2, NULL, 16);
	return true;
}

static enum status
set_number(struct record *r, enum key key, const char *text)
{
	const struct field *f = &fields[key];
	enum status status;
	uint64_t n;

	if (key == KEY_SQN && (status = check_sqn(text)) != OK)
		return status;
	if (!number_read(text, 0, UINT64_MAX, &n) &&
	    !(key == KEY_SQN && read_hex(text, &n)))
		return fail(MALFORMED, "%s: found \"%s\", expected a decimal "
		    "number", f->name, text);
	if ((status = field_check_number(f, n)) == OK)
		record_put_uint(r, key, n);
	return status;
}

static enum status
check_dots(const struct field *f, const char *name, size_t len)
{
	return !fqdn_dots(name, len) ? OK : fail(MALFORMED, "%s: found a dot "
	    "at an end, or two in a row, expected them between words",
	    f->name);
}

/* TEXT is FQDN/UA, as show.c writes it. */
static enum status
set_naf_id(struct record *r, const char *text)
{
	const struct field *f = &fields[KEY_NAF_ID];
	uint8_t v[FQDN_MAX + UA_LEN];
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - text);
	enum status status;

	if (slash == NULL || n > FQDN_MAX || hex_read(v + n, UA_LEN,
	    slash + 1) != UA_LEN)
		return fail(MALFORMED, "%s: found \"%s\", expected FQDN/UA "
		    "with UA 10 hex digits", f->name, text);
	memcpy(v, text, n);
	if ((status = field_check_string(f, v, n + UA_LEN)) == OK)
		status = check_dots(f, text, n);
	if (status == OK)
		record_put(r, KEY_NAF_ID, v, n + UA_LEN);
	return status;
}

/* TEXT, which may be a key, is not shown. */
static enum status
no_hex(const struct field *f, const char *text)
{
	char odd[ODDITY_MAX];
	const char *found = oddity_in_hex(text, strlen(text), odd);

	if (strcmp(text, "(hidden)") == 0)
		return fail(MALFORMED, "%s: found (hidden), expected what -s "
		    "shows", f->name);
	if (found != NULL)
		return fail(MALFORMED, "%s: found %s, expected hex in one "
		    "piece, two digits an octet", f->name, found);
	return fail(MALFORMED, "%s: found %zu character%s, expected hex, two "
	    "digits an octet", f->name, strlen(text), plural(strlen(text)));
}

static enum status
set_text(struct record *r, enum key key, const char *text)
{
	const struct field *f = &fields[key];
	uint8_t v[GPI_MAX];
	enum status status;
	int n;

	if (f->kind == KIND_UINT)
		return f->words != NULL ? set_word(r, key, text) :
		    set_number(r, key, text);
	if (key == KEY_NAF_ID)
		return set_naf_id(r, text);
	if (f->kind != KIND_BYTES) {
		status = field_check_string(f, (const uint8_t *)text,
		    strlen(text));
		if (status == OK && f->charset == CHARSET_FQDN)
			status = check_dots(f, text, strlen(text));
		if (status == OK)
			record_put(r, key, text, strlen(text));
		return status;
	}
	n = hex_read(v, sizeof(v), text);
	status = n < 0 ? no_hex(f, text) :
	    field_check_string(f, v, (uint64_t)n);
	if (status == OK)
		record_put(r, key, v, (size_t)n);
	wipe(v, sizeof(v));
	return status;
}

/* Blanks around a value are no part of it, but where a line may have some. */
enum status
record_set(struct record *r, enum key key, const char *text)
{
	static const char blanks[] = " \t\r\n";
	size_t before = strspn(text, blanks), n = strlen(text);
	char v[2 * GPI_MAX + 3];
	enum status status;

	while (n > before && strchr(blanks, text[n - 1]) != NULL)
		n--;
	if (fields[key].charset == CHARSET_LINE || n - before >= sizeof(v) ||
	    n - before == strlen(text))
		return set_text(r, key, text);
	memcpy(v, text + before, n - before);
	v[n - before] = '\0';
	status = set_text(r, key, v);
	wipe(v, n - before);
	return status;
}

enum status
record_key(enum record_type type, const char *name, enum key *key)
{
	/* ue_id is the name of two: a subscriber may have several */
	for (int k = KEY_TYPE + 1; k < KEY_COUNT; k++)
		if (strcmp(fields[k].name, name) == 0 &&
		    fields[k].columns[type] != '.') {
			*key = (enum key)k;
			return OK;
		}
	return fail(MALFORMED, "%.40s: type %s has no such field", name,
	    field_word(KEY_TYPE, type));
}

char *
record_naf_fqdn(const struct record *r, char out[static FQDN_MAX + 1])
{
	size_t n = r->naf_id.len - UA_LEN;

	memcpy(out, r->naf_id.v, n);
	out[n] = '\0';
	return out;
}

const uint8_t *
record_ua(const struct record *r)
{
	return r->naf_id.v + r->naf_id.len - UA_LEN;
}

void
record_put_dl_sa_id(struct record *r, const uint8_t rand[static 16])
{
	char id[HEX_LEN(16) + 1 + FQDN_MAX];

	hex_encode(id, rand, 16);
	id[32] = '@';
	record_naf_fqdn(r, id + 33);
	record_put(r, KEY_DL_SA_ID, id, strlen(id));
}
