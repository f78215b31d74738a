/* item.c: CBOR items on the way in. */
#include <cbor.h>

#include "item.h"

/*
 * libcbor 0.8 does not know the simple values that RFC 8949 leaves open and
 * cannot skip an item without building it, so items are measured here.
 */
enum { BYTES = 2, STRING = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7 };

struct head {
	unsigned major;
	bool indefinite;
	uint64_t value;
	size_t len;
};

struct level {
	unsigned major;
	bool indefinite;
	uint64_t left;		/* items still to come, where definite */
};

/* Returns false where the octets are no head; H->len is 0 where cut. */
static bool
read_head(struct head *h, const uint8_t *in, size_t len)
{
	unsigned info;
	size_t extra;

	h->len = 0;
	if (len == 0)
		return true;
	h->major = in[0] >> 5;
	info = in[0] & 31;
	h->indefinite = info == 31;
	if (info >= 28 && !h->indefinite)
		return false;
	if (h->indefinite && (h->major < BYTES || h->major == TAG))
		return false;
	extra = info < 24 || h->indefinite ? 0 : (size_t)1 << (info - 24);
	if (len < 1 + extra)
		return true;
	h->value = extra == 0 ? info : be_read(in + 1, extra);
	if (h->major == SIMPLE && extra == 1 && h->value < 32)
		return false;
	h->len = 1 + extra;
	return true;
}

/* A chunk of an indefinite string is a definite string of its kind. */
static bool
fits(const struct level *in, const struct head *h)
{
	if (h->major == SIMPLE && h->indefinite)
		return in->indefinite &&
		    (in->major != MAP || in->left % 2 == 0);
	if (in->indefinite && (in->major == BYTES || in->major == STRING))
		return h->major == in->major && !h->indefinite;
	return true;
}

/* Account for one head; returns the new depth, -1 where it cannot stand. */
static int
step(struct level *level, int depth, const struct head *h, size_t *at)
{
	struct level *top = &level[depth];

	if (!fits(top, h))
		return -1;
	*at += h->len;
	if (h->major == SIMPLE && h->indefinite)
		return depth - 1;
	top->left += top->indefinite ? 1 : (uint64_t)-1;
	if ((h->major == BYTES || h->major == STRING) && !h->indefinite)
		*at = h->value > ITEM_MAX ? ITEM_MAX + 1 : *at + h->value;
	if (h->indefinite || h->major >= ARRAY) {
		level[++depth] = (struct level){ h->major, h->indefinite, 0 };
		if (h->major == TAG)
			level[depth].left = 1;
		else if (h->major != SIMPLE && !h->indefinite)
			level[depth].left = h->major == MAP &&
			    h->value <= ITEM_MAX ? 2 * h->value : h->value;
	}
	return depth;
}

enum status
item_measure(const uint8_t *in, size_t len, size_t *n)
{
	struct level level[ITEM_MAX + 2];
	struct head h;
	size_t at = 0;
	int depth = 0;

	level[0] = (struct level){ ARRAY, false, 1 };
	*n = 0;
	for (;;) {
		while (depth >= 0 && !level[depth].indefinite &&
		    level[depth].left == 0)
			depth--;
		if (at > ITEM_MAX)
			return fail(MALFORMED, "item: found over %d octets, "
			    "expected at most %d", ITEM_MAX, ITEM_MAX);
		if (depth < 0)
			break;
		if (!read_head(&h, in + at, at < len ? len - at : 0))
			return fail(MALFORMED, "item: found octet %02x at "
			    "offset %zu, expected CBOR", in[at], at);
		if (h.len == 0 && len < ITEM_MAX)
			return OK;
		if (h.len == 0)
			at = ITEM_MAX + 1;
		else if ((depth = step(level, depth, &h, &at)) < 0)
			return fail(MALFORMED, "item: found octet %02x out of "
			    "place, expected CBOR", in[at]);
	}
	*n = at <= len ? at : 0;
	return OK;
}

/* One callback for each kind that has a meaning here. */
static void
on_uint8(void *t, uint8_t n)
{
	*(struct token *)t = (struct token){ TOKEN_UINT, n, NULL };
}

static void
on_uint16(void *t, uint16_t n)
{
	*(struct token *)t = (struct token){ TOKEN_UINT, n, NULL };
}

static void
on_uint32(void *t, uint32_t n)
{
	*(struct token *)t = (struct token){ TOKEN_UINT, n, NULL };
}

static void
on_uint64(void *t, uint64_t n)
{
	*(struct token *)t = (struct token){ TOKEN_UINT, n, NULL };
}

static void
on_bytes(void *t, cbor_data v, size_t n)
{
	*(struct token *)t = (struct token){ TOKEN_BYTES, n, v };
}

static void
on_text(void *t, cbor_data v, size_t n)
{
	*(struct token *)t = (struct token){ TOKEN_TEXT, n, v };
}

static void
on_array(void *t, size_t n)
{
	*(struct token *)t = (struct token){ TOKEN_ARRAY, n, NULL };
}

static void
on_map(void *t, size_t n)
{
	*(struct token *)t = (struct token){ TOKEN_MAP, n, NULL };
}

static void
on_null(void *t)
{
	*(struct token *)t = (struct token){ TOKEN_NULL, 0, NULL };
}

size_t
token_read(struct token *t, const uint8_t *in, size_t len)
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
	*t = (struct token){ TOKEN_OTHER, 0, NULL };
	r = cbor_stream_decode(in, len, &on, t);
	if (r.status == CBOR_DECODER_FINISHED)
		return r.read;
	/* a simple value that libcbor does not know is another kind */
	if (len == 0 || in[0] >> 5 != SIMPLE ||
	    r.status == CBOR_DECODER_NEDATA)
		return 0;
	return in[0] != 0xf8 ? 1 : len > 1 ? 2 : 0;
}

const char *
token_name(const struct token *t)
{
	static const char *const name[] = { "another kind", "an integer",
	    "bytes", "text", "an array", "a map", "null" };

	return name[t->kind];
}
