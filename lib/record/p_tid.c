/* p_tid.c: P-TIDs and their keys in stores. */
#include <string.h>

#include "record/p_tid.h"

/* base32hex, RFC 4648 clause 7 */
static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

char *
p_tid_text(const uint8_t key[static P_TID_OCTETS],
    char out[static P_TID_LEN + 1])
{
	/* 96 bits, and 4 zero bits to make 20 x 5 */
	uint8_t v[P_TID_OCTETS + 1] = { 0 }, *next = v;
	unsigned held = 0, bits = 0;

	memcpy(v, key, P_TID_OCTETS);
	for (size_t i = 0; i < P_TID_LEN; i++) {
		if (bits < 5) {
			held = held << 8 | *next++;
			bits += 8;
		}
		bits -= 5;
		out[i] = digits[held >> bits & 31];
	}
	out[P_TID_LEN] = '\0';
	return out;
}

void
p_tid_put(struct record *r, uint64_t ms,
    const uint8_t random[static P_TID_RANDOM])
{
	uint8_t key[P_TID_OCTETS];
	char p_tid[P_TID_LEN + 1];

	be_write(key, 6, ms);
	memcpy(key + 6, random, P_TID_RANDOM);
	record_put(r, KEY_P_TID, p_tid_text(key, p_tid), P_TID_LEN);
}

/* What the digit C stands for, or -1. */
static int
value_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

/* The octets of a P-TID as p_tid_put() makes it; false for any other. */
static bool
decode_p_tid(const char *p_tid, uint8_t out[static P_TID_OCTETS + 1])
{
	unsigned held = 0, bits = 0;
	int digit;

	for (size_t i = 0; i < P_TID_LEN; i++) {
		if ((digit = value_of(p_tid[i])) < 0)
			return false;
		held = held << 5 | (unsigned)digit;
		bits += 5;
		if (bits >= 8)
			*out++ = (uint8_t)(held >> (bits -= 8));
	}
	return p_tid[P_TID_LEN] == '\0' && (held & ((1u << bits) - 1)) == 0;
}

size_t
p_tid_key(const char *p_tid, uint8_t key[static P_TID_KEY_MAX])
{
	size_t len;

	if (decode_p_tid(p_tid, key) && key[0] != 0xff)
		return P_TID_OCTETS;
	len = strnlen(p_tid, P_TID_KEY_MAX - 1);
	key[0] = 0xff;
	memcpy(key + 1, p_tid, len);
	return 1 + len;
}
