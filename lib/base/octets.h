/*
 * octets.h: octet and text strings that live inside their struct, so that a
 * record is a value: nothing to free, one wipe.
 */
#ifndef GBA_OCTETS_H
#define GBA_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OCTETS(max) struct { uint16_t len; uint8_t v[max]; }
#define TEXT(max) struct { uint16_t len; char v[(max) + 1]; }

#define HEX_LEN(n) (2 * (n) + 1)	/* room for N octets in hex, and NUL */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Write N octets of IN as lower-case hex and NUL to OUT; returns OUT. */
char *hex_encode(char *out, const uint8_t *in, size_t n);

/*
 * Read the LEN characters HEX as octets into OUT, which has room for MAX.
 * Returns how many, or -1 if HEX has odd length, is too long or is not hex.
 */
int hex_decode(uint8_t *out, size_t max, const char *hex, size_t len);

/*
 * The same as people write it: all of TEXT, in one piece, perhaps with 0x or \x
 * before it; or octet by octet, each perhaps with 0x or \x before it, and
 * between all of them blanks, or the same of : , and -.  Longer groups are not
 * joined: each could be a value.
 */
int hex_read(uint8_t *out, size_t max, const char *text);

/* Erase N octets; the compiler cannot remove this. */
void wipe(void *, size_t n);

/* Compare N octets in a time that does not depend on their values. */
bool same_octets(const void *, const void *, size_t n);

/*
 * OUT = A xor B, a block of 16 octets at once.  Two writes of 8 octets would
 * delay a following read of 16 in the processor.
 */
static inline void
xor_block(void *out, const void *a, const void *b)
{
	typedef uint64_t block __attribute__((vector_size(16)));
	block x, y;

	memcpy(&x, a, 16);
	memcpy(&y, b, 16);
	x ^= y;
	memcpy(out, &x, 16);
}

/* OUT = A xor B, N octets; OUT may be either. */
static inline void
xor_octets(void *out, const void *a, const void *b, size_t n)
{
	const uint8_t *from = a, *with = b;
	uint8_t *to = out;
	uint64_t x, y;

	for (; n >= 8; n -= 8, from += 8, with += 8, to += 8) {
		memcpy(&x, from, 8);
		memcpy(&y, with, 8);
		x ^= y;
		memcpy(to, &x, 8);
	}
	for (; n > 0; n--)
		*to++ = *from++ ^ *with++;
}

/* Read and write a big-endian number of N octets. */
uint64_t be_read(const uint8_t *in, size_t n);
void be_write(uint8_t *out, size_t n, uint64_t);

#endif
