/*
 * oracle.h: records, GPIs and tokens by libcbor: another implementation of what
 * lib/item.c and lib/record.c do by hand.  It decodes leniently, and takes what
 * its own encoder would write just so; status and message have to be the same.
 */
#ifndef GBA_ORACLE_H
#define GBA_ORACLE_H

#include <assert.h>
#include <cbor.h>
#include <inttypes.h>
#include <string.h>

#include "gba/gpi.h"

/* ---- tokens ---- */

/* One callback for each kind that has a meaning here. */
static inline void
on_uint8(void *t, uint8_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_UINT, .n = n };
}

static inline void
on_uint16(void *t, uint16_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_UINT, .n = n };
}

static inline void
on_uint32(void *t, uint32_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_UINT, .n = n };
}

static inline void
on_uint64(void *t, uint64_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_UINT, .n = n };
}

static inline void
on_bytes(void *t, cbor_data v, size_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_BYTES, .n = n,
	    .v = v };
}

static inline void
on_text(void *t, cbor_data v, size_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_TEXT, .n = n,
	    .v = v };
}

static inline void
on_array(void *t, size_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_ARRAY, .n = n };
}

static inline void
on_map(void *t, size_t n)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_MAP, .n = n };
}

static inline void
on_null(void *t)
{
	*(struct token *)t = (struct token){ .kind = TOKEN_NULL };
}

static inline size_t
oracle_token(struct token *t, const uint8_t *in, size_t len)
{
	static struct cbor_callbacks on;
	struct cbor_decoder_result r;

	if (on.uint8 == NULL) {
		on = cbor_empty_callbacks;
		on.uint8 = on_uint8;
		on.uint16 = on_uint16;
		on.uint32 = on_uint32;
		on.uint64 = on_uint64;
		on.byte_string = on_bytes;
		on.string = on_text;
		on.array_start = on_array;
		on.map_start = on_map;
		on.null = on_null;
	}
	*t = (struct token){ .kind = TOKEN_OTHER };
	r = cbor_stream_decode(in, len, &on, t);
	if (r.status == CBOR_DECODER_FINISHED)
		return r.read;
	/* a simple value that libcbor does not know is another kind */
	if (len == 0 || in[0] >> 5 != 7 ||
	    r.status == CBOR_DECODER_NEDATA)
		return 0;
	return in[0] != 0xf8 ? 1 : len > 1 ? 2 : 0;
}

/* ---- records ---- */

static inline size_t
oracle_encode(const struct record *r, uint8_t out[static RECORD_MAX])
{
	const struct field *f;
	const struct octets *o;
	size_t n;

	n = cbor_encode_map_start((size_t)__builtin_popcountll(r->has), out,
	    RECORD_MAX);
	for (int key = 0; key < KEY_COUNT; key++) {
		if ((r->has & UINT64_C(1) << key) == 0)
			continue;
		f = &fields[key];
		n += cbor_encode_uint((uint64_t)key, out + n, RECORD_MAX - n);
		if (f->kind == KIND_UINT) {
			n += cbor_encode_uint(*number_at(r, f), out + n,
			    RECORD_MAX - n);
			continue;
		}
		o = octets_at(r, f);
		n += f->kind == KIND_BYTES ?
		    cbor_encode_bytestring_start(o->len, out + n,
		    RECORD_MAX - n) :
		    cbor_encode_string_start(o->len, out + n, RECORD_MAX - n);
		assert(n + o->len <= RECORD_MAX);
		memcpy(out + n, o->v, o->len);
		n += o->len;
	}
	return n;
}

/* Take the value T of KEY into R. */
static inline enum status
oracle_take(struct record *r, uint64_t key, const struct token *t)
{
	const struct field *f;
	enum status status;

	if (key >= KEY_COUNT || key == KEY_C2)
		return fail(MALFORMED, "key %" PRIu64 ": found, expected a "
		    "key of gpi(5)", key);
	f = &fields[key];
	if (r->has >> key != 0)
		return fail(MALFORMED, "%s: found twice or after a greater "
		    "key, expected ascending keys", f->name);
	if (t->kind != (f->kind == KIND_UINT ? TOKEN_UINT :
	    f->kind == KIND_BYTES ? TOKEN_BYTES : TOKEN_TEXT))
		return fail(MALFORMED, "%s: found %s, expected %s", f->name,
		    token_name(t), f->kind == KIND_UINT ? "an integer" :
		    f->kind == KIND_BYTES ? "bytes" : "text");
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

/* Take the PAIRS of the map IN, the first of which is at AT. */
static inline enum status
oracle_pairs(struct record *r, uint64_t pairs, const uint8_t *in, size_t len,
    size_t at)
{
	struct token key, value;
	enum status status;
	size_t n, m;

	for (; pairs > 0; pairs--, at += n + m) {
		n = oracle_token(&key, in + at, len - at);
		m = n == 0 ? 0 : oracle_token(&value, in + at + n, len - at - n);
		if (m == 0)
			return fail(MALFORMED, "record: found its end after "
			    "%zu octets, expected more", len);
		if (key.kind != TOKEN_UINT)
			return fail(MALFORMED, "key: found %s, expected an "
			    "integer", token_name(&key));
		if ((status = oracle_take(r, key.n, &value)) != OK)
			return status;
		if (r->has != 0 && (r->has & HAS(TYPE)) == 0)
			return fail(MALFORMED, "type: found nothing, expected "
			    "first in a record");
	}
	if (at != len)
		return fail(MALFORMED, "record: found %zu octets after its "
		    "end, expected none", len - at);
	return OK;
}

static inline enum status
oracle_decode(struct record *r, const uint8_t *in, size_t len)
{
	uint8_t again[RECORD_MAX];
	struct token map;
	enum status status;
	size_t n;

	r->has = 0;
	n = len > RECORD_MAX ? 0 : oracle_token(&map, in, len);
	if (n == 0 || map.kind != TOKEN_MAP)
		return fail(MALFORMED, "record: found %s, expected a map of "
		    "at most %d octets", n == 0 ? "no such item" :
		    token_name(&map), RECORD_MAX);
	if ((status = oracle_pairs(r, map.n, in, len, n)) != OK)
		return status;
	if (r->has == 0 || r->type == RECORD_GPI)
		return fail(MALFORMED, "type: found none of a record, "
		    "expected 1 to %d", RECORD_TYPES - 1);
	if ((status = record_check_keys(r)) != OK)
		return status;
	/* one deterministic encoding: every other way to say it fails here */
	n = oracle_encode(r, again);
	if (n != len || memcmp(again, in, n) != 0)
		status = fail(MALFORMED, "record: found another encoding, "
		    "expected the deterministic one");
	wipe(again, sizeof(again));
	if (record_has(r, HAS(TRIGGER_IND)) && r->type != RECORD_TRIGGER_RESPONSE &&
	    !record_has(r, HAS(TRIGGER_MODE)))
		record_put_uint(r, KEY_TRIGGER_MODE, MODE_FULL);
	return status;
}

/* ---- GPIs ---- */

static inline size_t
oracle_bytes(uint8_t *out, const uint8_t *v, size_t len)
{
	size_t n = cbor_encode_bytestring_start(len, out, GPI_MAX);

	memcpy(out + n, v, len);
	return n + len;
}

static inline size_t
oracle_trigger(uint8_t *out, const struct record *g)
{
	bool timed = record_has(g, HAS(TRIGGER_TIME));
	size_t n;

	if (!record_has(g, HAS(TRIGGER_MODE)))
		return cbor_encode_null(out, GPI_MAX);
	n = cbor_encode_array_start(2, out, GPI_MAX);
	n += cbor_encode_uint(g->trigger_mode, out + n, GPI_MAX);
	if (g->trigger_mode == MODE_FULL)
		return n + oracle_bytes(out + n, g->c2.v, g->c2.len);
	n += cbor_encode_array_start(timed ? 2 : 1, out + n, GPI_MAX);
	n += cbor_encode_uint(g->trigger_ind, out + n, GPI_MAX);
	if (timed)
		n += cbor_encode_uint(g->trigger_time, out + n, GPI_MAX);
	return n;
}

/* The octets of the decoded GPI G. */
static inline size_t
oracle_gpi(const struct record *g, uint8_t out[static GPI_MAX])
{
	size_t n = cbor_encode_array_start(8, out, GPI_MAX);

	n += cbor_encode_uint(g->ver, out + n, GPI_MAX);
	n += oracle_bytes(out + n, g->rand.v, 16);
	n += oracle_bytes(out + n, g->autn.v, 16);
	n += oracle_bytes(out + n, g->app_lbl.v, g->app_lbl.len);
	n += cbor_encode_uint(g->um, out + n, GPI_MAX);
	n += oracle_bytes(out + n, g->enc_gpi.v, g->enc_gpi.len - MAC_LEN);
	n += oracle_trigger(out + n, g);
	return n + oracle_bytes(out + n, g->mac.v, MAC_LEN);
}

#endif
