/* show.c: records as text and as JSON Lines, from the table of fields. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record/show.h"

void
text_put(struct text *t, const char *fmt, ...)
{
	size_t room = t->max - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->v + t->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void
text_char(struct text *t, char c)
{
	if (t->len + 1 < t->max) {
		t->v[t->len++] = c;
		t->v[t->len] = '\0';
	}
}

static void
put_hex(struct text *t, const uint8_t *v, size_t len)
{
	size_t room = (t->max - t->len - 1) / 2, n = len < room ? len : room;

	hex_encode(t->v + t->len, v, n);
	t->len += 2 * n;
}

void
text_json_string(struct text *t, const char *v, size_t len)
{
	text_char(t, '"');
	for (size_t i = 0; i < len; i++) {
		if (v[i] == '"' || v[i] == '\\')
			text_char(t, '\\');
		if (v[i] == '\n')
			text_put(t, "\\n");
		else if ((uint8_t)v[i] < 0x20 || v[i] == 0x7f)
			text_put(t, "\\u%04x", (unsigned)v[i]);
		else
			text_char(t, v[i]);
	}
	text_char(t, '"');
}

/* The octets of one character of UTF-8, or 0. */
static size_t
utf8_length(const uint8_t *v, size_t len)
{
	static const struct {
		uint8_t low, high;	/* of the first octet */
		uint8_t low2, high2;	/* of the second */
		size_t n;
	} form[] = {			/* RFC 3629 clause 4 */
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < COUNT(form); i++) {
		if (v[0] < form[i].low || v[0] > form[i].high)
			continue;
		if (len < form[i].n)
			return 0;
		if (form[i].n > 1 &&
		    (v[1] < form[i].low2 || v[1] > form[i].high2))
			return 0;
		for (size_t k = 2; k < form[i].n; k++)
			if (v[k] < 0x80 || v[k] > 0xbf)
				return 0;
		return form[i].n;
	}
	return 0;
}

bool
utf8_valid(const uint8_t *v, size_t len)
{
	size_t n;

	for (; len > 0; v += n, len -= n)
		if ((n = utf8_length(v, len)) == 0)
			return false;
	return true;
}

/* A NAF_Id reads FQDN/UA. */
static void
put_naf_id(struct text *t, const struct octets *o)
{
	text_put(t, "%.*s/", o->len - UA_LEN, (const char *)o->v);
	put_hex(t, o->v + o->len - UA_LEN, UA_LEN);
}

/* The value alone, without quotes: what text and JSON have in common. */
static void
put_bare(struct text *t, const struct record *r, enum key key)
{
	const struct field *f = &fields[key];
	const struct octets *o = octets_at(r, f);

	if (f->kind == KIND_UINT && f->words != NULL)
		text_put(t, "%s", field_word(key, *number_at(r, f)));
	else if (f->kind == KIND_UINT)
		text_put(t, "%" PRIu64, *number_at(r, f));
	else if (key == KEY_NAF_ID)
		put_naf_id(t, o);
	else if (f->kind == KIND_BYTES)
		put_hex(t, o->v, o->len);
	else
		text_put(t, "%.*s", o->len, (const char *)o->v);
}

static void
put_json_value(struct text *t, const struct record *r, enum key key)
{
	const struct field *f = &fields[key];
	const struct octets *o = octets_at(r, f);
	const char *word = (const char *)o->v, *space;

	if (f->kind == KIND_STRING) {
		text_json_string(t, word, o->len);
	} else if (f->kind == KIND_WORDS) {
		text_char(t, '[');
		for (; (space = strchr(word, ' ')) != NULL; word = space + 1) {
			text_json_string(t, word, (size_t)(space - word));
			text_char(t, ',');
		}
		text_json_string(t, word, strlen(word));
		text_char(t, ']');
	} else {
		bool quoted = f->kind == KIND_BYTES || f->words != NULL;

		text_put(t, "%s", quoted ? "\"" : "");
		put_bare(t, r, key);
		text_put(t, "%s", quoted ? "\"" : "");
	}
}

void
show_json(struct text *t, const struct record *r, bool secrets)
{
	const char *comma = "{";

	for (int key = 0; key < KEY_COUNT; key++) {
		if ((r->has & UINT64_C(1) << key) == 0)
			continue;
		text_put(t, "%s\"%s\":", comma, fields[key].name);
		if (fields[key].shown == SHOWN_SECRET && !secrets)
			text_put(t, "\"(hidden)\"");
		else
			put_json_value(t, r, key);
		comma = ",";
	}
	text_put(t, "}\n");
}

void
show_value(struct text *t, const struct record *r, enum key key, bool secrets)
{
	const struct field *f = &fields[key];
	char date[32];
	struct tm tm;
	time_t when;

	if (f->shown == SHOWN_SECRET && !secrets) {
		text_put(t, "(hidden)");
		return;
	}
	put_bare(t, r, key);
	if (f->shown != SHOWN_MOMENT)
		return;
	when = (time_t)*number_at(r, f);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
	    gmtime_r(&when, &tm));
	text_put(t, " (%s)", date);	/* RFC 3339 */
}

void
show_text(struct text *t, const struct record *r, bool secrets)
{
	text_put(t, "%s\n", field_word(KEY_TYPE, r->type));
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		if ((r->has & UINT64_C(1) << key) == 0)
			continue;
		text_put(t, "  %-12s ", fields[key].name);
		show_value(t, r, key, secrets);
		text_char(t, '\n');
	}
	text_char(t, '\n');
}
