/* connection_line.c: what a server says of a connection that has ended. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "connection/connection_line.h"
#include "record/json.h"

#define SLACK 1024	/* octets by which a line may be longer than of hex */

/* ---- texts ---- */

/* Nearly all are, and need none of jansson's objects. */
static bool
is_plain(const char *v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (v[i] < ' ' || v[i] > '~' || v[i] == '"' || v[i] == '\\')
			return false;
	return true;
}

static char *
quote_plain(const char *v, size_t len)
{
	char *text = malloc(len + sizeof("\"\""));

	if (text == NULL)
		return NULL;
	text[0] = text[len + 1] = '"';
	memcpy(text + 1, v, len);
	text[len + 2] = '\0';
	return text;
}

/*
 * VALUE as JSON, for the caller to free, or NULL where it is none.  What a
 * device sent may confuse a terminal: then it is \u009B.
 */
static char *
quote(json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	char *text = json_dumps(value, flags);

	if (text != NULL && !message_is_clean(text)) {
		free(text);
		text = json_dumps(value, flags | JSON_ENSURE_ASCII);
	}
	json_decref(value);
	return text;
}

/*
 * What the device sent: as text where it is UTF-8, else NULL; and where it has
 * much more of JSON than of hex, so that nobody has it grow by more: six octets
 * for each, at most.
 */
static char *
quote_data(const char *v, size_t len)
{
	char *text = is_plain(v, len) ? quote_plain(v, len) :
	    quote(json_stringn(v, len));

	if (text == NULL || 6 * len <= 2 * len + SLACK ||
	    strlen(text) <= 2 * len + SLACK)
		return text;
	free(text);
	return NULL;
}

/* ---- members ---- */

static bool
put(struct line_writer *lines, const char *v, size_t len)
{
	char *room = line_writer_room(lines, len);

	if (room == NULL)
		return false;
	memcpy(room, v, len);
	line_writer_add(lines, len);
	return true;
}

/* VALUE is freed. */
static bool
put_member(struct line_writer *lines, const char *name, char *value)
{
	bool done = value != NULL && put(lines, ",\"", 2) &&
	    put(lines, name, strlen(name)) && put(lines, "\":", 2) &&
	    put(lines, value, strlen(value));

	free(value);
	return done;
}

/* One that is empty is left out. */
static bool
put_text(struct line_writer *lines, const char *name, const char *v)
{
	size_t len = strlen(v);

	return len == 0 || put_member(lines, name, is_plain(v, len) ?
	    quote_plain(v, len) : quote(json_text(v, len)));
}

static bool
put_number(struct line_writer *lines, const char *name, uint64_t n)
{
	char v[80];
	int len = snprintf(v, sizeof(v), ",\"%s\":%" PRIu64, name, n);

	return put(lines, v, (size_t)len);
}

static bool
put_data(struct line_writer *lines, const struct connection_line *line)
{
	const char *v = line->len > 0 ? (const char *)line->data : "";
	char *text = quote_data(v, line->len), *hex;
	bool done;

	if (text != NULL)
		return put_member(lines, "data", text);
	if ((hex = malloc(HEX_LEN(line->len))) == NULL)
		return false;
	hex_encode(hex, line->data, line->len);
	done = put_text(lines, "data_hex", hex);
	free(hex);
	return done;
}

static bool
put_line(struct line_writer *lines, const struct connection_line *line)
{
	char v[40];
	int len = snprintf(v, sizeof(v), "{\"time\":%" PRIu64,
	    clock_now());

	return put(lines, v, (size_t)len) &&
	    put_text(lines, "peer", line->peer) &&
	    put_text(lines, "listener", line->listener) &&
	    put_text(lines, "p_tid", line->p_tid) &&
	    put_text(lines, "ue_id", line->ue_id.v) &&
	    (line->trigger_ind == 0 || put_number(lines, "trigger_ind",
	    line->trigger_ind)) &&
	    put_text(lines, "state", field_word(KEY_STATE, line->state)) &&
	    put_text(lines, "detail", line->detail) &&
	    put_number(lines, "octets", line->octets) &&
	    (!line->has_data || put_data(lines, line)) &&
	    put(lines, "}\n", 2);
}

enum status
connection_line_put(const struct connection_line *line,
    struct line_writer *lines)
{
	size_t before = lines->len;

	if (put_line(lines, line))
		return OK;
	lines->len = before;
	return fail(FAILED, "line: no memory");
}
