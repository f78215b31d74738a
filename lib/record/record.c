/* record.c: records in and out of CBOR, all from the table of fields. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "record/record.h"

void
record_init(struct record *r, enum record_type type)
{
	r->has = HAS(TYPE);
	r->type = type;
}

void
record_wipe(struct record *r)
{
	/* R may be uninitialised, so any bit may be set */
	uint64_t left = r->has & (HAS(COUNT) - 1);
	const struct field *f;
	struct octets *o;

	for (; left != 0; left &= left - 1) {
		f = &fields[__builtin_ctzll(left)];
		o = octets_at(r, f);
		if (f->offset >= RECORD_LONG)
			wipe(o, sizeof(*o) + (o->len < f->max ? o->len :
			    f->max));
	}
	wipe(r, RECORD_LONG);
}

/* ---- encoding ---- */

/* Write one key and its value, in at most ROOM octets. */
static size_t
put_pair(uint8_t *out, size_t room, const struct record *r, int key)
{
	static const enum major major[] = { [KIND_UINT] = MAJOR_UINT,
	    [KIND_BYTES] = MAJOR_BYTES, [KIND_STRING] = MAJOR_TEXT,
	    [KIND_WORDS] = MAJOR_TEXT };
	const struct field *f = &fields[key];
	const struct octets *o = octets_at(r, f);
	size_t len = f->kind == KIND_UINT ? 0 : o->len;
	size_t n = head_put(out, room, MAJOR_UINT, (uint64_t)key);
	size_t head = head_put(out + n, room - n, major[f->kind],
	    f->kind == KIND_UINT ? *number_at(r, f) : len);

	assert(n > 0 && head > 0 && n + head + len <= room);
	memcpy(out + n + head, o->v, len);
	return n + head + len;
}

size_t
record_encode(const struct record *r, uint8_t out[static RECORD_MAX])
{
	size_t n = head_put(out, RECORD_MAX, MAJOR_MAP,
	    (uint64_t)__builtin_popcountll(r->has));

	for (uint64_t left = r->has; left != 0; left &= left - 1)
		n += put_pair(out + n, RECORD_MAX - n, r,
		    __builtin_ctzll(left));
	return n;
}

/* ---- decoding ---- */

static enum status
wrong_kind(const struct field *f, const struct token *t)
{
	return fail(MALFORMED, "%s: found %s, expected %s", f->name,
	    token_name(t), f->kind == KIND_UINT ? "an integer" :
	    f->kind == KIND_BYTES ? "bytes" : "text");
}

/* Store the value T of KEY in R. */
static enum status
take(struct record *r, uint64_t key, const struct token *t)
{
	static const int kind[] = { [KIND_UINT] = TOKEN_UINT,
	    [KIND_BYTES] = TOKEN_BYTES, [KIND_STRING] = TOKEN_TEXT,
	    [KIND_WORDS] = TOKEN_TEXT };
	const struct field *f;
	enum status status;

	if (key >= KEY_COUNT || key == KEY_C2)
		return fail(MALFORMED, "key %" PRIu64 ": found, expected a "
		    "key of gpi(5)", key);
	f = &fields[key];
	if (r->has >> key != 0)
		return fail(MALFORMED, "%s: found twice or after a greater "
		    "key, expected ascending keys", f->name);
	if ((int)t->kind != kind[f->kind])
		return wrong_kind(f, t);
	if (f->kind == KIND_UINT) {
		status = field_check_number(f, t->n);
		*number_at(r, f) = t->n;
	} else if ((status = field_check_string(f, t->v, t->n)) == OK) {
		record_put(r, key, t->v, t->n);
	}
	if (status == OK)
		r->has |= UINT64_C(1) << key;
	return status;
}

/*
 * Decode the PAIRS of the map IN from *AT on, and set that to where they end.
 * Keys that do not ascend and strings in chunks are refused.  So if no head is
 * WIDE either, the octets are those that record_encode() would write.
 */
static enum status
take_pairs(struct record *r, uint64_t pairs, const uint8_t *in, size_t len,
    size_t *at, bool *wide)
{
	struct token key, value;
	enum status status;
	size_t n, m;

	for (; pairs > 0; pairs--, *at += n + m) {
		n = token_read(&key, in + *at, len - *at);
		m = n == 0 ? 0 : token_read(&value, in + *at + n,
		    len - *at - n);
		if (m == 0)
			return fail(MALFORMED, "record: found its end after "
			    "%zu octet%s, expected more", len, plural(len));
		if (key.kind != TOKEN_UINT)
			return fail(MALFORMED, "key: found %s, expected an "
			    "integer", token_name(&key));
		if ((status = take(r, key.n, &value)) != OK)
			return status;
		*wide = *wide || key.wide || value.wide;
		if ((r->has & HAS(TYPE)) == 0)
			return fail(MALFORMED, "type: found nothing, expected "
			    "first in a record");
	}
	return OK;
}

/* People give a GPI, an array of 8, in place of a record. */
#define GPI_HEAD 0x88

enum status
record_read(struct record *r, const uint8_t *in, size_t len, size_t *n)
{
	struct token map;
	enum status status;
	bool wide;

	r->has = 0;
	len = len < RECORD_MAX ? len : RECORD_MAX;
	*n = token_read(&map, in, len);
	if (*n == 0 || map.kind != TOKEN_MAP)
		return fail(MALFORMED, len > 0 && in[0] == GPI_HEAD ?
		    "a GPI, not a record" : "not a record of these programs");
	wide = map.wide;
	if ((status = take_pairs(r, map.n, in, len, n, &wide)) != OK)
		return status;
	if (r->has == 0 || r->type == RECORD_GPI)
		return fail(MALFORMED, "type: found none of a record, "
		    "expected 1 to %d", RECORD_TYPES - 1);
	if ((status = record_check_keys(r)) != OK)
		return status;
	if (wide)
		return fail(MALFORMED, "record: found another encoding, "
		    "expected the deterministic one");
	if (record_has(r, HAS(TRIGGER_IND)) &&
	    r->type != RECORD_TRIGGER_RESPONSE && !record_has(r, HAS(
	    TRIGGER_MODE)))
		record_put_uint(r, KEY_TRIGGER_MODE, MODE_FULL);
	return OK;
}

enum status
record_decode(struct record *r, const uint8_t *in, size_t len)
{
	size_t n;
	enum status status = record_read(r, in, len > RECORD_MAX ? 0 : len,
	    &n);

	return status != OK || n == len ? status : fail(MALFORMED, "record: "
	    "found %zu octet%s after its end, expected none", len - n,
	    plural(len - n));
}

enum status
record_decode_as(struct record *r, enum record_type type, const uint8_t *in,
    size_t len)
{
	enum status status = record_decode(r, in, len);

	if (status == OK && r->type != type)
		return fail(MALFORMED, "type: found %s, expected %s",
		    field_word(KEY_TYPE, r->type), field_word(KEY_TYPE, type));
	return status;
}

/* ---- single fields ---- */

void
record_put(struct record *r, enum key key, const void *v, size_t len)
{
	const struct field *f = &fields[key];
	struct octets *o = octets_at(r, f);

	assert(f->kind != KIND_UINT && len <= f->max);
	memmove(o->v, v, len);
	if (f->kind != KIND_BYTES)
		o->v[len] = '\0';
	o->len = (uint16_t)len;
	r->has |= UINT64_C(1) << key;
}

void
record_put_uint(struct record *r, enum key key, uint64_t n)
{
	assert(fields[key].kind == KIND_UINT);
	*number_at(r, &fields[key]) = n;
	r->has |= UINT64_C(1) << key;
}

void
record_copy(struct record *to, const struct record *from, uint64_t mask)
{
	const struct field *f;
	const struct octets *o;

	for (mask &= from->has; mask != 0; mask &= mask - 1) {
		f = &fields[__builtin_ctzll(mask)];
		o = octets_at(from, f);
		if (f->kind == KIND_UINT)
			record_put_uint(to, f - fields, *number_at(from, f));
		else
			record_put(to, f - fields, o->v, o->len);
	}
}
