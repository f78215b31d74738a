/*
 * made.h: records of every type, made from the table of fields but encoded by
 * hand: for the unit tests, and to begin fuzzing from.
 */
#ifndef GBA_MADE_H
#define GBA_MADE_H

#include <stdlib.h>
#include <string.h>

#include "record/record.h"

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
	static const char *const like[] = { [CHARSET_ANY] = "\xa5", [CHARSET_VISIBLE] = "\"",
	    [CHARSET_LINE] = " ", [CHARSET_TOKEN] = "_", [CHARSET_FQDN] = "a", [CHARSET_DIGITS] = "7",
	    [CHARSET_NAF_ID] = "b", [CHARSET_DL_SA_ID] = "c" };

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
	static const unsigned major[] = { [KIND_UINT] = 0, [KIND_BYTES] = 2,
	    [KIND_STRING] = 3, [KIND_WORDS] = 3 };

	put_head(o, major[fields[key].kind], n);
	if (fields[key].kind != KIND_UINT) {
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
		} else if (fields[k].kind == KIND_UINT) {
			put_head(o, 0, *number_at(r, &fields[k]));
		} else {
			const struct octets *s = octets_at(r, &fields[k]);

			put_head(o, fields[k].kind == KIND_BYTES ? 2 : 3, s->len);
			put(o, s->v, s->len);
		}
	}
	o->at[o->pairs] = o->len;
}

/* The same with N, or N octets, as the value of KEY. */
static inline void
write_with(struct out *o, const struct record *r, enum key key, uint64_t n)
{
	struct out value = { .len = 0 };

	put_value(&value, key, n);
	write_record(o, r, key, &value);
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
		if (key == KEY_STATE && type == RECORD_TRIGGER_RESPONSE)
			n = greatest;	/* accepted or refused */
		fill((enum key)key, v, f->kind == KIND_UINT ? 0 : n);
		if (f->kind == KIND_UINT)
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
	if (o.len > RECORD_MAX && r->type == RECORD_NAF_SA)
		r->enc_gpi.len -= (uint16_t)(o.len - RECORD_MAX);
	else if (o.len > RECORD_MAX)
		r->gpi.len -= (uint16_t)(o.len - RECORD_MAX);
}

/* Decode a copy, so that nothing stands behind it. */
static inline enum status
decode(struct record *r, const uint8_t *v, size_t len)
{
	uint8_t *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, v, len);
	status = record_decode(r, exact + 1, len);
	free(exact);
	return status;
}

/* Whether A and B have the same fields of the same values. */
static inline bool
same(const struct record *a, const struct record *b)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];
		const struct octets *x = octets_at(a, f), *y = octets_at(b, f);

		if ((a->has & BIT(key)) != 0 && (f->kind == KIND_UINT ?
		    *number_at(a, f) != *number_at(b, f) :
		    x->len != y->len || memcmp(x->v, y->v, x->len) != 0))
			return false;
	}
	return a->has == b->has;
}

/* ---- octets changed ---- */

/* O with the octets from AT to END replaced by those of PART. */
static inline struct out
splice(const struct out *o, size_t at, size_t end, const struct out *part)
{
	struct out new = { .len = 0 };

	put(&new, o->v, at);
	put(&new, part->v, part->len);
	put(&new, o->v + end, o->len - end);
	return new;
}

/* The head at AT in form WAY: of 1, 2, 4, 8 octets more, tagged, indefinite. */
static inline struct out
other_head(const struct out *o, size_t at, unsigned way)
{
	struct out part = { .len = 0 }, none = { .len = 0 };
	struct token t;
	size_t n = token_read(&t, o->v + at, o->len - at);
	bool string = t.kind == TOKEN_BYTES || t.kind == TOKEN_TEXT;
	size_t head = n - (string ? t.n : 0);

	if (way < 4) {
		put_wide(&part, o->v[at] >> 5, t.n, (size_t)1 << way);
		return part.len > head ? splice(o, at, at + head, &part) : none;
	}
	if (way == 4) {
		put_head(&part, 6, 24);
		return splice(o, at, at, &part);
	}
	put(&part, (uint8_t[]){ o->v[at] | 31 }, 1);
	put(&part, o->v + at, string ? n : 0);
	put(&part, "\xff", string);
	none = splice(o, at, at + n, &part);
	put(&none, "\xff", at == 0);
	return none;
}

/*
 * The Ith wrong way to write the record O of write_record(), empty where that
 * is none, to NEW: heads in other forms, each pair twice, each two pairs in
 * the other order.  Returns false where there are no more.
 */
static inline bool
other_encoding(struct out *new, const struct out *o, size_t i)
{
	struct out pair = { .len = 0 };
	struct token key;
	size_t spot = i / 6, at, end;

	if (spot <= 2 * o->pairs) {	/* the map, a key or a value */
		at = spot == 0 ? 0 : o->at[(spot - 1) / 2];
		if (spot > 0 && spot % 2 == 0)
			at += token_read(&key, o->v + at, o->len - at);
		*new = other_head(o, at, i % 6);
		return true;
	}
	i -= 6 * (2 * o->pairs + 1);
	if (i >= 2 * o->pairs)
		return false;
	at = o->at[i / 2];
	end = o->at[i / 2 + 1];
	put(&pair, o->v + at, end - at);
	if (i % 2 == 0) {
		*new = splice(o, at, at, &pair);
		new->v[o->at[0] - 1]++;	/* the last octet of the map's head */
	} else if (i > 1) {
		put(&pair, o->v + o->at[i / 2 - 1], at - o->at[i / 2 - 1]);
		*new = splice(o, o->at[i / 2 - 1], end, &pair);
	} else {
		new->len = 0;
	}
	return true;
}

/* Noise that is the same every time (xorshift64); X begins as not 0. */
static inline uint64_t
noise(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 8;
}

/* O with some octets flipped, set, lost, moved or twice. */
static inline void
mutate(struct out *o, uint64_t *x)
{
	size_t at = noise(x) % o->len, n = 1 + noise(x) % 20;
	size_t to = noise(x) % o->len;

	n = n < o->len - at ? n : o->len - at;
	n = n < o->len - to ? n : o->len - to;
	switch (noise(x) % 6) {
	case 0:
		o->v[at] ^= (uint8_t)(1 << noise(x) % 8);
		break;
	case 1:
		o->v[at] = (uint8_t)noise(x);
		break;
	case 2:
		o->v[at]++;
		break;
	case 3:
		memmove(o->v + at, o->v + at + n, o->len - at - n);
		o->len -= n < o->len ? n : 0;
		break;
	case 4:
		memmove(o->v + to, o->v + at, n);
		break;
	default:
		if (o->len + n > sizeof(o->v))
			break;
		memmove(o->v + at + n, o->v + at, o->len - at);
		o->len += n;
	}
}

#endif
