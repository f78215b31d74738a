/*
 * cbor.h: CBOR items on the way in: where one ends in a sequence (RFC 8742),
 * and the few kinds that records and GPIs are made of.
 */
#ifndef GBA_CBOR_H
#define GBA_CBOR_H

#include "base/octets.h"
#include "base/status.h"

#define ITEM_MAX 2048	/* octets of the longest item of a sequence */

/*
 * Measure the first item of the LEN octets IN, whatever it is.  Sets *N to its
 * length, or to 0 where more octets are needed.  OK; MALFORMED where it is no
 * CBOR or longer than ITEM_MAX, which loses the place in the sequence.
 */
MUST_USE enum status cbor_measure(const uint8_t *in, size_t len, size_t *n);

/* One head, with the string behind it where it has one. */
struct token {
	enum {
		TOKEN_OTHER,	/* none of those below */
		TOKEN_UINT,	/* N is the value */
		TOKEN_BYTES,	/* N octets V */
		TOKEN_TEXT,	/* N octets V */
		TOKEN_ARRAY,	/* N elements follow */
		TOKEN_MAP,	/* N pairs follow */
		TOKEN_NULL
	} kind;
	bool wide;	/* the head is longer than it had to be */
	uint64_t n;
	const uint8_t *v;
};

/* Read one token off IN; returns its octets, or 0 where IN ends before it. */
size_t token_read(struct token *, const uint8_t *in, size_t len);

/* What a token is, for messages: "bytes", "a map" ... */
const char *token_name(const struct token *);

/* ---- heads on the way out ---- */

enum { MAJOR_UINT = 0, MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_ARRAY = 4,
    MAJOR_MAP = 5, MAJOR_TAG = 6, MAJOR_SIMPLE = 7 };
#define SIMPLE_NULL 22

#define HEAD_MAX 9	/* octets */

/* Octets of the shortest head with N. */
static inline size_t
head_len(uint64_t n)
{
	return n < 24 ? 1 : n <= UINT8_MAX ? 2 : n <= UINT16_MAX ? 3 :
	    n <= UINT32_MAX ? 5 : 9;
}

/* Write the shortest head of a MAJOR type with N; returns its octets. */
static inline size_t
head_put(uint8_t *out, unsigned major, uint64_t n)
{
	size_t len = head_len(n);

	out[0] = (uint8_t)(major << 5 | (len == 1 ? n : len == 2 ? 24 :
	    len == 3 ? 25 : len == 5 ? 26 : 27));
	for (size_t i = len; i > 1; n >>= 8)
		out[--i] = (uint8_t)n;
	return len;
}

#endif
