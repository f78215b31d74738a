/*
 * made.h: records of every type, made from the table of fields but encoded by
 * hand: for the unit tests, and to begin fuzzing from.
 */
#ifndef GBA_MADE_H
#define GBA_MADE_H

#include <string.h>

#include "../../lib/record.h"

#define BIT(key) (UINT64_C(1) << (key))

/* Octets in the making; AT is where each pair of a record begins. */
struct out {
	uint8_t v[2 * RECORD_MAX];
	size_t len, pairs, at[KEY_COUNT + 2];
};

/* A head of WIDTH octets after the first, 0 where the first says it all. */
static inline void
put_wide(struct out *o, unsigned major, uint64_t n, size_t width)
{
	static const uint8_t info[] = { 0, 24, 25, 0, 26, 0, 0, 0, 27 };

	o->v[o->len++] = (uint8_t)(major << 5 | (width > 0 ? info[width] : n));
	be_write(o->v + o->len, width, n);
	o->len += width;
}

static inline void
put_head(struct out *o, unsigned major, uint64_t n)
{
	put_wide(o, major, n, n < 24 ? 0 : n < 256 ? 1 : n < 65536 ? 2 :
	    n <= UINT32_MAX ? 4 : 8);
}

static inline void
put(struct out *o, const void *v, size_t len)
{
	memcpy(o->v + o->len, v, len);
	o->len += len;
}

/* N octets or characters such as the field of KEY wants. */
static inline void
fill(enum key key, uint8_t *v, size_t n)
{
	static const char *const like[] = { [ANY] = "\xa5", [VISIBLE] = "\"",
	    [LINE] = " ", [TOKEN] = "_", [FQDN] = "a", [DIGITS] = "7",
	    [NAF_ID] = "b", [DL_SA_ID] = "c" };

	memset(v, like[fields[key].charset][0], n);
	if (key == KEY_NAF_ID && n > UA_LEN)
		memcpy(v + n - UA_LEN, "\1\0\0\0\7", UA_LEN);
	if (key == KEY_DL_SA_ID && n > 32)
		v[32] = '@';
}

/* The value N of KEY, or N octets of it. */
static inline void
put_value(struct out *o, enum key key, uint64_t n)
{
	static const unsigned major[] = { [UINT] = 0, [BYTES] = 2,
	    [STRING] = 3, [WORDS] = 3 };

	put_head(o, major[fields[key].kind], n);
	if (fields[key].kind != UINT) {
		fill(key, o->v + o->len, n);
		o->len += n;
	}
}

/* R, but KEY (-1: none) with the item VALUE, whether R has it or not. */
static inline void
write_record(struct out *o, const struct record *r, int key,
    const struct out *value)
{
	uint64_t has = r->has | (key < 0 ? 0 : BIT(key));

	o->len = o->pairs = 0;
	put_head(o, 5, (uint64_t)__builtin_popcountll(has));
	for (int k = 0; k < KEY_COUNT; k++) {
		if ((has & BIT(k)) == 0)
			continue;
		o->at[o->pairs++] = o->len;
		put_head(o, 0, (uint64_t)k);
		if (k == key) {
			put(o, value->v, value->len);
		} else if (fields[k].kind == UINT) {
			put_head(o, 0, *number_at(r, &fields[k]));
		} else {
			const struct octets *s = octets_at(r, &fields[k]);

			put_head(o, fields[k].kind == BYTES ? 2 : 3, s->len);
			put(o, s->v, s->len);
		}
	}
	o->at[o->pairs] = o->len;
}

/* What TYPE has to, or also what it may have, all least or all greatest. */
static inline void
make(struct record *r, int type, bool may, bool greatest)
{
	uint8_t v[RECORD_MAX];

	memset(r, 0, sizeof(*r));
	record_init(r, (enum record_type)type);
	for (int key = KEY_TYPE + 1; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];
		uint64_t n = greatest ? f->max : f->min;

		if (f->columns[type] == '.' ||
		    (!may && f->columns[type] == 'o'))
			continue;
		if (key == KEY_STATE && type == TRIGGER_RESPONSE)
			n = greatest;	/* accepted or refused */
		fill((enum key)key, v, f->kind == UINT ? 0 : n);
		if (f->kind == UINT)
			record_put_uint(r, (enum key)key, n);
		else
			record_put(r, (enum key)key, v, n);
	}
}

/* The greatest GPI leaves room; the greatest gpi or enc_gpi may not. */
static inline void
shrink(struct record *r)
{
	struct out o;

	write_record(&o, r, -1, NULL);
	if (o.len > RECORD_MAX && r->type == NAF_SA)
		r->enc_gpi.len -= (uint16_t)(o.len - RECORD_MAX);
	else if (o.len > RECORD_MAX)
		r->gpi.len -= (uint16_t)(o.len - RECORD_MAX);
}

#endif
