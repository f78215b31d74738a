/* show.c: records as text and as JSON Lines, from the table of fields. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "record/json.h"
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

/* The words of the list V, with a space between two, as an array. */
static json_t *
json_words(const char *v)
{
	json_t *array = json_array();
	size_t n;

	for (; *v != '\0'; v += n + (v[n] == ' ')) {
		n = strcspn(v, " ");
		json_array_append_new(array, json_text(v, n));
	}
	return array;
}

static json_t *
json_value(const struct record *r, enum key key)
{
	const struct field *f = &fields[key];
	const struct octets *o = octets_at(r, f);
	char v[HEX_LEN(GPI_MAX)];
	struct text t = { v, 0, sizeof(v) };
	json_t *value;

	if (f->kind == KIND_UINT && f->words == NULL)
		return json_integer((json_int_t)*number_at(r, f));
	if (f->kind == KIND_WORDS)
		return json_words((const char *)o->v);
	put_bare(&t, r, key);
	value = json_text(v, t.len);
	wipe(v, t.len);
	return value;
}

json_t *
show_object(const struct record *r, bool secrets)
{
	json_t *object, *value;
	const struct field *f;

	object = json_object();
	for (int key = 0; key < KEY_COUNT; key++) {
		if ((r->has & UINT64_C(1) << key) == 0)
			continue;
		f = &fields[key];
		value = f->shown == SHOWN_SECRET && !secrets ?
		    json_string("(hidden)") : json_value(r, (enum key)key);
		(void)json_object_set_new(object, f->name, value);
	}
	return object;
}

void
show_line(struct text *t, json_t *object)
{
	size_t n, room = t->max - t->len;

	n = json_dumpb(object, t->v + t->len, room, JSON_COMPACT);
	t->len += n < room ? n : room - 1;
	t->v[t->len] = '\0';
	text_char(t, '\n');
	json_decref(object);
}

void
show_json(struct text *t, const struct record *r, bool secrets)
{
	show_line(t, show_object(r, secrets));
}

void
show_value(struct text *t, const struct record *r, enum key key, bool secrets)
{
	const struct field *f = &fields[key];
	char date[CLOCK_DATE_MAX];

	if (f->shown == SHOWN_SECRET && !secrets) {
		text_put(t, "(hidden)");
		return;
	}
	put_bare(t, r, key);
	if (f->shown == SHOWN_MOMENT)
		text_put(t, " (%s)", clock_date(*number_at(r, f), date));
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
