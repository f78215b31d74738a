/* connection_line.c: what a server says of a connection that has ended. */
#include <inttypes.h>
#include <string.h>

#include "connection/connection_line.h"
#include "record/show.h"

static void
put_string(struct text *t, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	text_put(t, "\"%s\":", name);
	text_json_string(t, value, strlen(value));
	text_char(t, ',');
}

static void
put_data(struct text *t, const uint8_t *v, size_t len)
{
	bool text = utf8_valid(v, len);

	text_put(t, ",\"%s\":", text ? "data" : "data_hex");
	if (text) {
		text_json_string(t, (const char *)v, len);
		return;
	}
	text_char(t, '"');
	hex_encode(t->v + t->len, v, len);
	t->len += 2 * len;
	text_char(t, '"');
}

enum status
connection_line_put(const struct connection_line *line,
    struct line_writer *lines)
{
	/* six characters are the longest that JSON makes of one octet */
	struct text t = { .max = 6 * line->len + 4096 };

	if ((t.v = line_writer_room(lines, t.max)) == NULL)
		return fail(FAILED, "line: no memory");
	text_char(&t, '{');
	put_string(&t, "p_tid", line->p_tid);
	put_string(&t, "ue_id", line->ue_id.v);
	if (line->trigger_ind != 0)
		text_put(&t, "\"trigger_ind\":%" PRIu64 ",",
		    line->trigger_ind);
	put_string(&t, "state", field_word(KEY_STATE, line->state));
	put_string(&t, "detail", line->detail);
	text_put(&t, "\"octets\":%" PRIu64, line->octets);
	if (line->has_data)
		put_data(&t, line->data, line->len);
	text_put(&t, "}\n");
	line_writer_add(lines, t.len);
	return OK;
}
