/* parse.c: fields from text, and the parts of a NAF_Id. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "record/record.h"

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

static enum status
set_number(struct record *r, enum key key, const char *text)
{
	const struct field *f = &fields[key];
	enum status status;
	uint64_t n;

	if (!number_read(text, 0, UINT64_MAX, &n))
		return fail(MALFORMED, "%s: found \"%s\", expected a decimal "
		    "number", f->name, text);
	if ((status = field_check_number(f, n)) == OK)
		record_put_uint(r, key, n);
	return status;
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

	if (slash == NULL || n > FQDN_MAX || hex_decode(v + n, UA_LEN,
	    slash + 1, strlen(slash + 1)) != UA_LEN)
		return fail(MALFORMED, "%s: found \"%s\", expected FQDN/UA "
		    "with UA 10 hex digits", f->name, text);
	memcpy(v, text, n);
	if ((status = field_check_string(f, v, n + UA_LEN)) == OK)
		record_put(r, KEY_NAF_ID, v, n + UA_LEN);
	return status;
}

enum status
record_set(struct record *r, enum key key, const char *text)
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
		if (status == OK)
			record_put(r, key, text, strlen(text));
		return status;
	}
	n = hex_decode(v, sizeof(v), text, strlen(text));
	status = n < 0 ? fail(MALFORMED, "%s: found %zu characters, "
	    "expected hex, two digits an octet", f->name, strlen(text)) :
	    field_check_string(f, v, (uint64_t)n);
	if (status == OK)
		record_put(r, key, v, (size_t)n);
	wipe(v, sizeof(v));
	return status;
}

enum status
record_key(enum record_type type, const char *name, enum key *key)
{
	int found = field_find(name, strlen(name));

	if (found <= KEY_TYPE || fields[found].columns[type] == '.')
		return fail(MALFORMED, "%.40s: found, expected a field of a "
		    "%s", name, field_word(KEY_TYPE, type));
	*key = (enum key)found;
	return OK;
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
