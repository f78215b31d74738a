/*
 * cbor.h: CBOR items on the way in, by libcbor's streaming decoder: where one
 * ends in a sequence (RFC 8742), and the tokens it is made of.  On the way out
 * cbor_encode_*() of libcbor write heads in their shortest form, which is the
 * deterministic one (RFC 8949 clause 4.2.1).
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

/* Whether OCTET is a number below 24, as half of all tokens of records are. */
static inline bool
token_small(struct token *t, uint8_t octet)
{
	t->kind = TOKEN_UINT;
	t->wide = false;
	t->n = octet;
	return octet < 24;
}

size_t token_decode(struct token *t, const uint8_t *in, size_t len);

/*
 * Read one token off IN; returns its octets, or 0 where IN ends before it or
 * has none.
 */
static inline size_t
token_read(struct token *t, const uint8_t *in, size_t len)
{
	return len > 0 && token_small(t, in[0]) ? 1 : token_decode(t, in, len);
}

/* What a token is, for messages: "bytes", "a map" ... */
const char *token_name(const struct token *);

#endif
