/* cbor.c: CBOR items on the way in. */
#include <cbor.h>

#include "record/cbor.h"

/*
 * libcbor 0.8 does not know the simple values that RFC 8949 leaves open and
 * cannot skip an item without building it, so items are measured here.
 */
struct head {
	unsigned major;
	bool indefinite;
	bool wide;
	uint64_t value;
	size_t len;
};

struct level {
	unsigned major;
	bool indefinite;
	uint64_t left;		/* items still to come, where definite */
};

/* Returns false where the octets are no head; H->len is 0 where cut. */
static inline bool
read_head(struct head *h, const uint8_t *in, size_t len)
{
	unsigned info;
	size_t extra;

	h->len = 0;
	if (len == 0)
		return true;
	h->major = in[0] >> 5;
	info = in[0] & 31;
	h->indefinite = h->wide = false;
	h->value = info;
	if (info < 24) {
		h->len = 1;
		return true;
	}
	h->indefinite = info == 31;
	if (info >= 28 && !h->indefinite)
		return false;
	if (h->indefinite && (h->major < MAJOR_BYTES || h->major == MAJOR_TAG))
		return false;
	extra = h->indefinite ? 0 : (size_t)1 << (info - 24);
	if (len < 1 + extra)
		return true;
	if (extra > 0)
		h->value = extra == 1 ? in[1] : be_read(in + 1, extra);
	if (h->major == MAJOR_SIMPLE && extra == 1 && h->value < 32)
		return false;
	h->wide = extra == 1 ? h->value < 24 :
	    extra > 1 && h->value >> 4 * extra == 0;
	h->len = 1 + extra;
	return true;
}

static inline bool
is_string(unsigned major)
{
	return major == MAJOR_BYTES || major == MAJOR_TEXT;
}

/* A chunk of an indefinite string is a definite string of its kind. */
static bool
fits(const struct level *in, const struct head *h)
{
	if (h->major == MAJOR_SIMPLE && h->indefinite)
		return in->indefinite &&
		    (in->major != MAJOR_MAP || in->left % 2 == 0);
	if (in->indefinite && is_string(in->major))
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
	if (h->major == MAJOR_SIMPLE && h->indefinite)
		return depth - 1;
	top->left += top->indefinite ? 1 : (uint64_t)-1;
	if (is_string(h->major) && !h->indefinite)
		*at = h->value > ITEM_MAX ? ITEM_MAX + 1 : *at + h->value;
	if (h->indefinite || h->major >= MAJOR_ARRAY) {
		level[++depth] = (struct level){ h->major, h->indefinite, 0 };
		if (h->major == MAJOR_TAG)
			level[depth].left = 1;
		else if (h->major != MAJOR_SIMPLE && !h->indefinite)
			level[depth].left = h->major == MAJOR_MAP &&
			    h->value <= ITEM_MAX ? 2 * h->value : h->value;
	}
	return depth;
}

/*
 * Measure a map or an array of integers and strings, such as a record: what
 * nearly all items are.  Returns 0 where it is another, or cut.
 */
static size_t
measure_flat(const uint8_t *in, size_t len)
{
	uint64_t left;
	struct head h;
	size_t at;

	if (!read_head(&h, in, len) || h.len == 0 || h.indefinite ||
	    (h.major != MAJOR_MAP && h.major != MAJOR_ARRAY) ||
	    h.value > ITEM_MAX)
		return 0;
	at = h.len;
	for (left = h.major == MAJOR_MAP ? 2 * h.value : h.value; left > 0;
	    left--) {
		if (!read_head(&h, in + at, len - at) || h.len == 0 ||
		    h.indefinite || h.major > MAJOR_TEXT)
			return 0;
		at += h.len;
		if (h.major >= MAJOR_BYTES && h.value > len - at)
			return 0;
		at += h.major >= MAJOR_BYTES ? h.value : 0;
	}
	return at <= ITEM_MAX ? at : 0;
}

enum status
cbor_measure(const uint8_t *in, size_t len, size_t *n)
{
	struct level level[ITEM_MAX + 2];
	struct head h;
	size_t at = 0;
	int depth = 0;

	if ((*n = measure_flat(in, len)) > 0)
		return OK;
	level[0] = (struct level){ MAJOR_ARRAY, false, 1 };
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

/* What only has to be told from the rest is measured by libcbor. */
static size_t
other_read(struct token *t, const uint8_t *in, size_t len)
{
	struct cbor_decoder_result r;

	r = cbor_stream_decode(in, len, &cbor_empty_callbacks, NULL);
	if (r.status == CBOR_DECODER_FINISHED) {
		if (in[0] == 0xf6)
			t->kind = TOKEN_NULL;
		return r.read;
	}
	/* a simple value that libcbor does not know is another kind */
	if (len == 0 || in[0] >> 5 != MAJOR_SIMPLE ||
	    r.status == CBOR_DECODER_NEDATA)
		return 0;
	return in[0] != 0xf8 ? 1 : len > 1 ? 2 : 0;
}

static const uint8_t kind[8] = { [MAJOR_UINT] = TOKEN_UINT,
    [MAJOR_BYTES] = TOKEN_BYTES, [MAJOR_TEXT] = TOKEN_TEXT,
    [MAJOR_ARRAY] = TOKEN_ARRAY, [MAJOR_MAP] = TOKEN_MAP };

static size_t
any_read(struct token *t, const uint8_t *in, size_t len)
{
	struct head h;

	*t = (struct token){ .kind = TOKEN_OTHER };
	if (len == 0 || kind[in[0] >> 5] == TOKEN_OTHER ||
	    !read_head(&h, in, len) || h.indefinite)
		return other_read(t, in, len);
	if (h.len == 0 || (is_string(h.major) && h.value > len - h.len))
		return 0;
	t->kind = kind[h.major];
	t->wide = h.wide;
	t->n = h.value;
	if (!is_string(h.major))
		return h.len;
	t->v = in + h.len;
	return h.len + h.value;
}

/* Nearly all heads have an octet or two: those are not worth a detour. */
size_t
token_read(struct token *t, const uint8_t *in, size_t len)
{
	size_t head;

	if (len < 2 || (in[0] & 31) > 24 || kind[in[0] >> 5] == TOKEN_OTHER)
		return any_read(t, in, len);
	head = (in[0] & 31) == 24 ? 2 : 1;
	t->kind = kind[in[0] >> 5];
	t->wide = head == 2 && in[1] < 24;
	t->n = head == 2 ? in[1] : in[0] & 31;
	t->v = NULL;
	if (!is_string(in[0] >> 5))
		return head;
	if (t->n > len - head)
		return any_read(t, in, len);
	t->v = in + head;
	return head + t->n;
}

const char *
token_name(const struct token *t)
{
	static const char *const name[] = { "another kind", "an integer",
	    "bytes", "text", "an array", "a map", "null" };

	return name[t->kind];
}
