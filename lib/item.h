/*
 * item.h: CBOR items on the way in: where one ends in a sequence (RFC 8742),
 * and the few kinds that records and GPIs are made of.
 */
#ifndef GBA_ITEM_H
#define GBA_ITEM_H

#include "octets.h"
#include "status.h"

#define ITEM_MAX 2048	/* octets of the longest item of a sequence */

/*
 * Measure the first item of the LEN octets IN, whatever it is.  Sets *N to its
 * length, or to 0 where more octets are needed.  OK; MALFORMED where it is no
 * CBOR or longer than ITEM_MAX, which loses the place in the sequence.
 */
MUST_USE enum status item_measure(const uint8_t *in, size_t len, size_t *n);

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
	uint64_t n;
	const uint8_t *v;
};

/* Read one token off IN; returns its octets, or 0 where IN ends before it. */
size_t token_read(struct token *, const uint8_t *in, size_t len);

/* What a token is, for messages: "bytes", "a map" ... */
const char *token_name(const struct token *);

#endif
