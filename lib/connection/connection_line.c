/* connection_line.c: what a server says of a connection that has ended. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/message.h"
#include "connection/connection_line.h"
#include "record/json.h"

#define SLACK 1024	/* octets by which a line may be longer than of hex */

/* NULL, which json_pack() leaves out, where V is empty. */
static json_t *
text_or_none(const char *v)
{
	return v[0] == '\0' ? NULL : json_text(v, strlen(v));
}

/* What a device sent may confuse a terminal: then it is \u009B. */
static char *
dump(const json_t *v)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	char *text = json_dumps(v, flags);

	if (text == NULL || message_is_clean(text))
		return text;
	free(text);
	return json_dumps(v, flags | JSON_ENSURE_ASCII);
}

/*
 * Whether DATA, of LEN octets, has much more of JSON than of hex: six octets
 * for each, at most.
 */
static bool
is_less_as_hex(const json_t *data, size_t len)
{
	char *text = 6 * len <= 2 * len + SLACK ? NULL : dump(data);
	bool less = text != NULL && strlen(text) > 2 * len + SLACK;

	free(text);
	return less;
}

/*
 * What the device sent: as text where it is UTF-8, else in hex; and in hex
 * where that is far less, so that nobody has it grow by more.
 */
static json_t *
data_of(const struct connection_line *line, const char **name)
{
	const char *v = line->len > 0 ? (const char *)line->data : "";
	json_t *data = json_stringn(v, line->len);
	char *hex;

	if (data != NULL && is_less_as_hex(data, line->len)) {
		json_decref(data);
		data = NULL;
	}
	hex = data == NULL ? malloc(HEX_LEN(line->len)) : NULL;

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
	json_t *object = json_pack("{s:I, s:s, s:s, s:o*, s:o*, s:o*, s:s, "
	    "s:o*, s:I}", "time", (json_int_t)clock_now(),
	    "peer", line->peer, "listener", line->listener,
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
	char *dumped = dump(object);
	size_t len = dumped == NULL ? 0 : strlen(dumped);
	char *v = len == 0 ? NULL : line_writer_room(lines, len + 1);

	if (v != NULL) {
		memcpy(v, dumped, len);
		v[len] = '\n';
		line_writer_add(lines, len + 1);
	}
	free(dumped);
	json_decref(object);
	return v != NULL ? OK : fail(FAILED, "line: no memory");
}
