/*
 * cbor.h: CBOR items on the way in, by libcbor's streaming decoder: where one
 * ends in a sequence (RFC 8742), and the tokens it is made of.  On the way out
 * cbor_encode_*() of libcbor write heads in their shortest form, which is the
 * deterministic one (RFC 8949 clause 4.2.1).  Heads of one octet, which most
 * heads of a record are, are read and written here.
 */
#ifndef GBA_CBOR_H
#define GBA_CBOR_H

#include "base/octets.h"
#include "base/status.h"

#define ITEM_MAX 2048	/* octets of the longest item of a sequence */
#define HEAD_MAX 9	/* octets of the longest head of an item */

/* The first octet of an item has its major type in its upper three bits. */
#define CBOR_IS_ARRAY(octet) ((octet) >> 5 == 4)
#define CBOR_IS_MAP(octet) ((octet) >> 5 == 5)

/*
 * Measure the first item of the LEN octets IN, whatever it is.  Sets *N to its
 * length, or to 0 where more octets are needed.  OK; MALFORMED where it is no
 * CBOR or longer than ITEM_MAX, which loses the place in the sequence.
 */
MUST_USE enum status cbor_measure(const uint8_t *in, size_t len, size_t *n);

/* One head, with the string behind it where it has one. */
struct token {
	enum token_kind {
		TOKEN_OTHER,	/* a negative number, float or simple value */
		TOKEN_UINT,	/* N is the value */
		TOKEN_BYTES,	/* N octets V */
		TOKEN_TEXT,	/* N octets V */
		TOKEN_NULL,
		/* containers: of a definite length, and until a break */
		TOKEN_ARRAY,	/* N elements follow */
		TOKEN_MAP,	/* N pairs follow */
		TOKEN_TAG,	/* an item follows */
		TOKEN_OPEN_BYTES,
		TOKEN_OPEN_TEXT,
		TOKEN_OPEN_ARRAY,
		TOKEN_OPEN_MAP,
		TOKEN_BREAK
	} kind;
	bool wide;	/* the head is longer than it had to be */
	uint64_t n;
	const uint8_t *v;
};

/*
 * Read a token whose head is one octet, as most are of records: a number below
 * 24, a short string, or where a short map or array begins.  Returns its
 * octets, or 0 where it is another, or IN ends before it.
 */
static inline size_t
token_short(struct token *t, const uint8_t *in, size_t len)
{
	static const enum token_kind kinds[8] = { [0] = TOKEN_UINT,
	    [2] = TOKEN_BYTES, [3] = TOKEN_TEXT, [4] = TOKEN_ARRAY,
	    [5] = TOKEN_MAP };
	size_t octets = 1;

	if (len == 0 || (in[0] & 31) >= 24)
		return 0;
	t->kind = kinds[in[0] >> 5];
	t->wide = false;
	t->n = in[0] & 31;
	t->v = in + 1;
	if (t->kind == TOKEN_BYTES || t->kind == TOKEN_TEXT)
		octets += t->n;
	return t->kind != TOKEN_OTHER && octets <= len ? octets : 0;
}

size_t token_decode(struct token *t, const uint8_t *in, size_t len);

/*
 * Read one token off IN; returns its octets, or 0 where IN ends before it or
 * has none.
 */
static inline size_t
token_read(struct token *t, const uint8_t *in, size_t len)
{
	size_t n = token_short(t, in, len);

	return n > 0 ? n : token_decode(t, in, len);
}

/* The major types that are written (RFC 8949 clause 3.1). */
enum major { MAJOR_UINT, MAJOR_BYTES = 2, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP };

/*
 * Write the head of MAJOR and N in at most ROOM octets.  Returns its octets, or
 * 0 where there is no room.
 */
size_t head_encode(uint8_t *out, size_t room, enum major, uint64_t n);

/* The same, without a call where the head is one octet. */
static inline size_t
head_put(uint8_t *out, size_t room, enum major major, uint64_t n)
{
	if (n >= 24 || room == 0)
		return head_encode(out, room, major, n);
	*out = (uint8_t)(major << 5 | n);
	return 1;
}

/* What a token is, for messages: "bytes", "a map" ... */
const char *token_name(const struct token *);

#endif
