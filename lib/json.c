/* json.c: JSON Lines on the way in. */
#include <jansson.h>
#include <string.h>

#include "json.h"

#define VALUE_MAX 2048

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

static enum status
member(const char *name, const json_t *value, member_fn *each, void *arg)
{
	char text[VALUE_MAX];
	enum status status;

	if (json_is_string(value))
		return each(arg, name, json_string_value(value));
	if (json_is_integer(value))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	if (!json_is_integer(value) &&
	    (!json_is_array(value) || !join(value, text)))
		status = fail(MALFORMED, "%s: found another kind, expected a "
		    "string, an integer or an array of strings without "
		    "space", name);
	else
		status = each(arg, name, text);
	wipe(text, sizeof(text));
	return status;
}

enum status
json_members(const char *line, size_t len, member_fn *each, void *arg)
{
	enum status status = OK;
	json_error_t error;
	const char *name;
	json_t *object, *value;

	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(object)) {
		json_decref(object);
		/* jansson's own text quotes the input, which may be secret */
		return fail(MALFORMED, "line: found no JSON object (at "
		    "character %d), expected one", error.position);
	}
	json_object_foreach(object, name, value)
		if (status == OK)
			status = member(name, value, each, arg);
	json_decref(object);
	return status;
}
