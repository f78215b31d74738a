/* connection_line.c: what a server says of a connection that has ended. */
#include <string.h>

#include "connection/connection_line.h"
#include "record/json.h"

/* NULL, which json_pack() leaves out, where V is empty. */
static json_t *
text_or_none(const char *v)
{
	return v[0] == '\0' ? NULL : json_text(v, strlen(v));
}

/* Whether JSON, which escapes control characters in six, has less of hex. */
static bool
is_less_as_hex(const uint8_t *v, size_t len)
{
	size_t as_text = 0;

	for (size_t i = 0; i < len; i++)
		as_text += v[i] < ' ' && memchr("\b\f\n\r\t", v[i], 5) == NULL ?
		    6 : 1;
	return as_text > HEX_LEN(len);
}

/*
 * What the device sent: as text where it is UTF-8, else in hex; and in hex
 * where that is less, so that nobody has it grow by more.
 */
static json_t *
data_of(const struct connection_line *line, const char **name)
{
	const char *v = line->len > 0 ? (const char *)line->data : "";
	json_t *data = is_less_as_hex(line->data, line->len) ? NULL :
	    json_stringn(v, line->len);
	char *hex = data == NULL ? malloc(HEX_LEN(line->len)) : NULL;

	*name = data != NULL ? "data" : "data_hex";
	if (hex == NULL)
		return data;
	data = json_string(hex_encode(hex, line->data, line->len));
	free(hex);
	return data;
}

static json_t *
object_of(const struct connection_line *line)
{
	const char *name;
	json_t *data;
	json_t *object = json_pack("{s:o*, s:o*, s:o*, s:s, s:o*, s:I}",
	    "p_tid", text_or_none(line->p_tid),
	    "ue_id", text_or_none(line->ue_id.v),
	    "trigger_ind", line->trigger_ind == 0 ? NULL :
	    json_integer((json_int_t)line->trigger_ind),
	    "state", field_word(KEY_STATE, line->state),
	    "detail", text_or_none(line->detail),
	    "octets", (json_int_t)line->octets);

	if (object == NULL || !line->has_data)
		return object;
	data = data_of(line, &name);
	if (json_object_set_new(object, name, data) == 0)
		return object;
	json_decref(object);
	return NULL;
}

enum status
connection_line_put(const struct connection_line *line,
    struct line_writer *lines)
{
	json_t *object = object_of(line);
	size_t len = json_dumpb(object, NULL, 0, JSON_COMPACT);
	char *v = len == 0 ? NULL : line_writer_room(lines, len + 1);

	if (v != NULL) {
		json_dumpb(object, v, len, JSON_COMPACT);
		v[len] = '\n';
		line_writer_add(lines, len + 1);
	}
	json_decref(object);
	return v != NULL ? OK : fail(FAILED, "line: no memory");
}
