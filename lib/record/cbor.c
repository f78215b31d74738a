/*
 * cbor.c: CBOR items on the way in.  libcbor decodes one token at a time into
 * struct token: it allocates nothing, and believes no length that a stranger
 * declares, as cbor_load() would.
 */
#include <cbor.h>

#include "record/cbor.h"

/* ---- tokens ---- */

#define ON_NUMBER(name, type, kind_of) \
	static void name(void *arg, type n) \
	{ \
		struct token *t = arg; \
		t->kind = kind_of; \
		t->n = n; \
	}
#define ON_STRING(name, kind_of) \
	static void name(void *arg, cbor_data v, size_t n) \
	{ \
		struct token *t = arg; \
		t->kind = kind_of; \
		t->n = n; \
		t->v = v; \
	}
#define ON_SIMPLE(name, kind_of) \
	static void name(void *arg) \
	{ \
		struct token *t = arg; \
		t->kind = kind_of; \
	}

ON_NUMBER(on_uint8, uint8_t, TOKEN_UINT)
ON_NUMBER(on_uint16, uint16_t, TOKEN_UINT)
ON_NUMBER(on_uint32, uint32_t, TOKEN_UINT)
ON_NUMBER(on_uint64, uint64_t, TOKEN_UINT)
ON_NUMBER(on_array, size_t, TOKEN_ARRAY)
ON_NUMBER(on_map, size_t, TOKEN_MAP)
ON_NUMBER(on_tag, uint64_t, TOKEN_TAG)
ON_STRING(on_bytes, TOKEN_BYTES)
ON_STRING(on_text, TOKEN_TEXT)
ON_SIMPLE(on_null, TOKEN_NULL)
ON_SIMPLE(on_open_bytes, TOKEN_OPEN_BYTES)
ON_SIMPLE(on_open_text, TOKEN_OPEN_TEXT)
ON_SIMPLE(on_open_array, TOKEN_OPEN_ARRAY)
ON_SIMPLE(on_open_map, TOKEN_OPEN_MAP)
ON_SIMPLE(on_break, TOKEN_BREAK)

/* The token stays TOKEN_OTHER where libcbor's own callbacks do nothing. */
static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8, .uint16 = on_uint16, .uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = cbor_null_negint8_callback,
	.negint16 = cbor_null_negint16_callback,
	.negint32 = cbor_null_negint32_callback,
	.negint64 = cbor_null_negint64_callback,
	.byte_string = on_bytes, .byte_string_start = on_open_bytes,
	.string = on_text, .string_start = on_open_text,
	.array_start = on_array, .indef_array_start = on_open_array,
	.map_start = on_map, .indef_map_start = on_open_map,
	.tag = on_tag,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.float8 = cbor_null_float8_callback,
	.undefined = cbor_null_undefined_callback,
	.null = on_null,
	.boolean = cbor_null_boolean_callback,
	.indef_break = on_break,
};

/*
 * libcbor 0.8 knows neither tags 6 to 20 nor the simple values that RFC 8949
 * leaves open; of those in two octets the first 32 are malformed.
 */
static struct cbor_decoder_result
decode_unknown(struct token *t, const uint8_t *in, size_t len)
{
	bool tag = in[0] >= 0xc6 && in[0] <= 0xd4;
	struct cbor_decoder_result r = { .status = CBOR_DECODER_FINISHED };

	if (tag)
		on_tag(t, in[0] - UINT64_C(0xc0));
	if (tag || (in[0] >= 0xe0 && in[0] <= 0xf3)) {
		r.read = 1;
	} else if (in[0] == 0xf8 && len < 2) {
		r.status = CBOR_DECODER_NEDATA;
		r.required = 2;
	} else if (in[0] == 0xf8 && in[1] >= 32) {
		r.read = 2;
	} else {
		r.status = CBOR_DECODER_ERROR;
	}
	return r;
}

static inline bool
is_string(enum token_kind kind)
{
	return kind == TOKEN_BYTES || kind == TOKEN_TEXT;
}

static inline struct cbor_decoder_result
decode(struct token *t, const uint8_t *in, size_t len)
{
	struct cbor_decoder_result r;

	t->kind = TOKEN_OTHER;
	t->n = 0;
	r = cbor_stream_decode(in, len, &callbacks, t);
	if (r.status == CBOR_DECODER_ERROR)
		r = decode_unknown(t, in, len);
	return r;
}

/* Octets of the shortest head with N. */
static inline size_t
head_len(uint64_t n)
{
	return n < 24 ? 1 : n <= UINT8_MAX ? 2 : n <= UINT16_MAX ? 3 :
	    n <= UINT32_MAX ? 5 : 9;
}

size_t
token_decode(struct token *t, const uint8_t *in, size_t len)
{
	/* libcbor has read nothing where it is not FINISHED */
	size_t n = decode(t, in, len).read;
	size_t head = is_string(t->kind) ? n - t->n : n;

	t->wide = head > 1 && t->kind != TOKEN_OTHER && head > head_len(t->n);
	return n;
}

const char *
token_name(const struct token *t)
{
	static const char *const name[] = { [TOKEN_UINT] = "an integer",
	    [TOKEN_BYTES] = "bytes", [TOKEN_TEXT] = "text",
	    [TOKEN_ARRAY] = "an array", [TOKEN_MAP] = "a map",
	    [TOKEN_NULL] = "null", [TOKEN_BREAK] = NULL };

	return name[t->kind] != NULL ? name[t->kind] : "another kind";
}

/* ---- heads that are written ---- */

size_t
head_encode(uint8_t *out, size_t room, enum major major, uint64_t n)
{
	switch (major) {
	case MAJOR_UINT:
		break;
	case MAJOR_BYTES:
		return cbor_encode_bytestring_start(n, out, room);
	case MAJOR_TEXT:
		return cbor_encode_string_start(n, out, room);
	case MAJOR_ARRAY:
		return cbor_encode_array_start(n, out, room);
	case MAJOR_MAP:
		return cbor_encode_map_start(n, out, room);
	}
	return cbor_encode_uint(n, out, room);
}

/* ---- items ---- */

/* A container that has not ended yet. */
struct level {
	enum token_kind kind;
	uint64_t left;	/* items to come; or that came, until a break */
};

static bool
is_open(enum token_kind kind)
{
	return kind >= TOKEN_OPEN_BYTES && kind <= TOKEN_OPEN_MAP;
}

static bool
is_container(enum token_kind kind)
{
	return kind >= TOKEN_ARRAY && kind <= TOKEN_OPEN_MAP;
}

/* Whether T may stand in a container, RFC 8949 clause 3.2. */
static bool
fits(const struct level *in, const struct token *t)
{
	if (t->kind == TOKEN_BREAK)
		return is_open(in->kind) &&
		    (in->kind != TOKEN_OPEN_MAP || in->left % 2 == 0);
	return in->kind == TOKEN_OPEN_BYTES ? t->kind == TOKEN_BYTES :
	    in->kind != TOKEN_OPEN_TEXT || t->kind == TOKEN_TEXT;
}

/* Go into the container T; returns the depth there. */
static int
enter(struct level *level, int depth, const struct token *t)
{
	uint64_t left = t->kind == TOKEN_TAG ? 1 : is_open(t->kind) ? 0 : t->n;

	if (t->kind == TOKEN_MAP && left <= ITEM_MAX)
		left *= 2;
	level[++depth] = (struct level){ t->kind, left };
	return depth;
}

/* Account for T in LEVEL[DEPTH]; returns the depth of what comes next. */
static inline int
step(struct level *level, int depth, const struct token *t)
{
	struct level *top = &level[depth];

	if (t->kind == TOKEN_BREAK)
		depth--;
	else
		top->left += is_open(top->kind) ? 1 : (uint64_t)-1;
	if (is_container(t->kind))
		depth = enter(level, depth, t);
	while (depth >= 0 && level[depth].left == 0 &&
	    !is_open(level[depth].kind))
		depth--;
	return depth;
}

enum status
cbor_measure(const uint8_t *in, size_t len, size_t *n)
{
	struct level level[ITEM_MAX + 2];
	struct cbor_decoder_result r;
	struct token t;
	size_t at = 0;
	int depth = 0;

	*n = 0;
	level[0] = (struct level){ TOKEN_ARRAY, 1 };
	for (; depth >= 0; at += r.read) {
		r = (struct cbor_decoder_result){ .read = token_short(&t,
		    in + at, len - at) };
		if (r.read == 0)
			r = decode(&t, in + at, len - at);
		if (r.status == CBOR_DECODER_ERROR)
			return fail(MALFORMED, "item: found octet %02x at "
			    "offset %zu, expected CBOR", in[at], at);
		/* a declared length and its head may sum up to very little */
		if (r.status == CBOR_DECODER_NEDATA && r.required <= len - at)
			r.required = ITEM_MAX + 1;
		if (r.read + r.required > ITEM_MAX - at)
			return fail(MALFORMED, "item: found over %d octets, "
			    "expected at most %d", ITEM_MAX, ITEM_MAX);
		if (r.status == CBOR_DECODER_NEDATA)
			return OK;
		if (!fits(&level[depth], &t))
			return fail(MALFORMED, "item: found octet %02x out of "
			    "place, expected CBOR", in[at]);
		depth = step(level, depth, &t);
	}
	*n = at;
	return OK;
}
