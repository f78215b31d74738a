/* json.c: JSON Lines on the way in. */
#include <stdlib.h>
#include <string.h>

#include "base/oddity.h"
#include "record/json.h"

#define VALUE_MAX 2048

/* ---- jansson ---- */

json_t *
json_text(const char *v, size_t len)
{
	json_t *text = json_stringn(v, len);
	char *ascii = text == NULL ? malloc(len + 1) : NULL;

	if (ascii == NULL)
		return text;
	for (size_t i = 0; i < len; i++)
		ascii[i] = (v[i] & 0x80) != 0 ? '?' : v[i];
	text = json_stringn(ascii, len);
	free(ascii);
	return text;
}

/* ---- in ---- */

/* Join the strings of ARRAY; false where one is none or they are too long. */
static bool
join(const json_t *array, char out[static VALUE_MAX])
{
	const json_t *element;
	size_t i, n = 0;

	out[0] = '\0';
	json_array_foreach(array, i, element) {
		if (!json_is_string(element) ||
		    json_string_length(element) == 0 ||
		    strchr(json_string_value(element), ' ') != NULL ||
		    n + json_string_length(element) + 2 > VALUE_MAX)
			return false;
		n += (size_t)snprintf(out + n, VALUE_MAX - n, "%s%s",
		    i > 0 ? " " : "", json_string_value(element));
	}
	return true;
}

/* What VALUE is, where it is nothing that a member may be. */
static const char *
kind_of(const json_t *value)
{
	return json_is_integer(value) ? "a number" :
	    json_is_real(value) ? "a number with a point or an exponent" :
	    json_is_null(value) ? "null" : json_is_boolean(value) ?
	    "true or false" : json_is_object(value) ? "an object" :
	    "an array of other things than strings without space";
}

/* What the member NAME is to be; one that nobody knows may be either. */
static enum { NUMBER, TEXT_OR_HEX, UNKNOWN }
kind_for(const char *name)
{
	/* what a subscriber has besides fields */
	static const char *const others[] = { "impi", "op", "top" };
	int key = field_find(name, strlen(name));

	if (key >= 0)
		return fields[key].kind == KIND_UINT ? NUMBER : TEXT_OR_HEX;
	for (size_t i = 0; i < COUNT(others); i++)
		if (strcmp(name, others[i]) == 0)
			return TEXT_OR_HEX;
	return UNKNOWN;
}

/*
 * A string, as it is; but other tools write a SQN as 12 hex digits in quotes,
 * which may have no letter.
 */
static enum status
string_member(const char *name, const char *text, member_fn *each, void *arg)
{
	if (kind_for(name) == NUMBER && strlen(text) == 12 &&
	    strspn(text, "0123456789") == 12)
		return fail(MALFORMED, "%s: found 12 digits in quotes, "
		    "expected a number without quotes, or 0x and hex", name);
	return each(arg, name, text);
}

static enum status
member(const char *name, const json_t *value, member_fn *each, void *arg)
{
	char text[VALUE_MAX];
	enum status status;

	if (json_is_string(value))
		return string_member(name, json_string_value(value), each,
		    arg);
	if (kind_for(name) != TEXT_OR_HEX && json_is_integer(value))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	else if (kind_for(name) == NUMBER || !json_is_array(value) ||
	    !join(value, text))
		return fail(MALFORMED, "%s: found %s, expected %s", name,
		    kind_of(value), kind_for(name) == NUMBER ?
		    "a whole number" : json_is_number(value) ?
		    "a string; its zeros are kept only in quotes" :
		    "a string");
	status = each(arg, name, text);
	wipe(text, sizeof(text));
	return status;
}

/* The text is: duplicate object key near '"NAME"'. */
static void
fail_twice(const json_error_t *error)
{
	const char *name = strchr(error->text, '"');
	const char *end = name == NULL ? NULL : strchr(name + 1, '"');

	if (end == NULL)
		fail_because("invalid JSON at column %d: a member twice",
		    error->column);
	else
		fail_because("invalid JSON at column %d: member %.*s twice",
		    error->column, (int)(end - name) + 1, name);
}

/* jansson's own text quotes the input, which may be secret. */
static void
fail_invalid(const char *line, size_t len, const json_error_t *error)
{
	size_t at = error->position > 0 ? (size_t)error->position - 1 : 0;
	char odd[ODDITY_MAX];
	const char *found = NULL;

	/* it is behind all octets of the character */
	while (at > 0 && at < len && (line[at] & 0xc0) == 0x80)
		at--;
	if (json_error_code(error) == json_error_premature_end_of_input)
		fail_because("invalid JSON: the object does not end on its "
		    "line; 'jq -c' writes one a line");
	else if (json_error_code(error) == json_error_numeric_overflow)
		fail_because("invalid JSON at column %d: a number is too "
		    "large; it may want quotes", error->column);
	else if (at < len && (line[at] & 0x80) != 0 &&
	    (found = oddity(line + at, len - at, odd)) != NULL)
		fail_because("invalid JSON at column %d: %s", error->column,
		    found);
	else
		fail_because("invalid JSON at column %d", error->column);
}

/* LINE as an object, or NULL and why not. */
static json_t *
load(const char *line, size_t len)
{
	json_error_t error;
	json_t *object;

	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(object))
		return object;
	if (json_is_array(object))
		fail_because("a JSON array; 'jq -c .[]' writes its objects, "
		    "one a line");
	else if (json_error_code(&error) == json_error_duplicate_key)
		fail_twice(&error);
	else if (object != NULL || len == 0 || line[0] != '{')
		fail_because("not a JSON object%s", len > 0 && line[0] != '{' &&
		    (memchr(line, ',', len) != NULL ||
		    memchr(line, ';', len) != NULL) ?
		    ", but perhaps CSV; 'jq -R' makes JSON of it" : "");
	else
		fail_invalid(line, len, &error);
	json_decref(object);
	return NULL;
}

enum status
json_members(const char *line, size_t len, member_fn *each, void *arg)
{
	enum status status = OK;
	const char *name;
	json_t *object = load(line, len), *value;

	if (object == NULL)
		return MALFORMED;
	json_object_foreach(object, name, value)
		if (status == OK)
			status = member(name, value, each, arg);
	json_decref(object);
	return status;
}

enum status
json_string_of(const char *line, size_t len, const char *name, char *out,
    size_t room)
{
	json_t *object = load(line, len);
	const json_t *value = json_object_get(object, name);
	enum status status = OK;

	if (object == NULL)
		return MALFORMED;
	if (value == NULL)
		status = fail(MALFORMED, "the member %s is missing", name);
	else if (!json_is_string(value))
		status = fail(MALFORMED, "%s: found %s, expected a string",
		    name, json_is_array(value) ? "an array" : kind_of(value));
	else if (json_string_length(value) >= room)
		status = fail(MALFORMED, "%s: found %zu characters, expected "
		    "at most %zu", name, json_string_length(value), room - 1);
	else
		strcpy(out, json_string_value(value));
	json_decref(object);
	return status;
}

static enum status
set_field(void *record, const char *name, const char *value)
{
	struct record *r = record;
	enum status status;
	enum key key;

	if (strcmp(name, fields[KEY_TYPE].name) == 0)
		return OK;
	status = record_key(r->type, name, &key);
	return status == OK ? record_set(r, key, value) : status;
}

/* The type first: the other members mean what they mean in it. */
static enum status
set_all(struct record *r, const json_t *object)
{
	const char *type = json_string_value(json_object_get(object,
	    fields[KEY_TYPE].name)), *name;
	enum status status;
	json_t *value;

	if (type == NULL)
		return fail(MALFORMED, "the type is missing");
	if ((status = record_set(r, KEY_TYPE, type)) != OK)
		return status;
	json_object_foreach((json_t *)object, name, value)
		if (status == OK)
			status = member(name, value, set_field, r);
	return status == OK ? record_check(r) : status;
}

enum status
json_or_record(struct record *r, const uint8_t *item, size_t len)
{
	enum status status;
	json_t *object;

	if (!json_is(item, len))
		return record_decode(r, item, len);
	record_init(r, RECORD_GPI);
	if ((object = load((const char *)item, len)) == NULL)
		return MALFORMED;
	status = set_all(r, object);
	json_decref(object);
	return status;
}

enum status
json_or_record_as(struct record *r, enum record_type type,
    const uint8_t *item, size_t len)
{
	enum status status;

	if (!json_is(item, len))
		return record_decode_as(r, type, item, len);
	if ((status = json_or_record(r, item, len)) != OK || r->type == type)
		return status;
	return fail(MALFORMED, "type: found %s, expected %s",
	    field_word(KEY_TYPE, r->type), field_word(KEY_TYPE, type));
}
