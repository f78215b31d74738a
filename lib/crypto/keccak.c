/* keccak.c: the permutation Keccak-f[1600], FIPS 202 clause 3. */
#include "crypto/keccak.h"

/* Iota, clause 3.2.5. */
static const uint64_t round_constant[24] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
	0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
	0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
	0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
	0x8000000000008080, 0x0000000080000001, 0x8000000080008008
};

/* Pi as one cycle through all lanes except the first; rho in that order. */
static const uint8_t pi[24] = {
	10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4,
	15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1
};
static const uint8_t rho[24] = {
	1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14,
	27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44
};

static uint64_t
rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
theta(uint64_t a[static 25], uint64_t c[static 5])
{
	uint64_t d;

	for (size_t x = 0; x < 5; x++)
		c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
	for (size_t x = 0; x < 5; x++) {
		d = c[(x + 4) % 5] ^ rotl(c[(x + 1) % 5], 1);
		for (size_t y = 0; y < 25; y += 5)
			a[x + y] ^= d;
	}
}

static void
rho_pi(uint64_t a[static 25])
{
	uint64_t lane = a[1], next;

	for (size_t i = 0; i < 24; i++) {
		next = a[pi[i]];
		a[pi[i]] = rotl(lane, rho[i]);
		lane = next;
	}
}

static void
chi(uint64_t a[static 25])
{
	uint64_t first, second;

	for (size_t y = 0; y < 25; y += 5) {
		first = a[y];
		second = a[y + 1];
		a[y] ^= ~a[y + 1] & a[y + 2];
		a[y + 1] ^= ~a[y + 2] & a[y + 3];
		a[y + 2] ^= ~a[y + 3] & a[y + 4];
		a[y + 3] ^= ~a[y + 4] & first;
		a[y + 4] ^= ~first & second;
	}
}

void
keccak_f1600(uint8_t state[static 200])
{
	uint64_t a[25] = { 0 }, c[5];

	/* Lanes are little-endian, clause B.1. */
	for (size_t i = 0; i < 200; i++)
		a[i / 8] |= (uint64_t)state[i] << 8 * (i % 8);
	for (size_t round = 0; round < 24; round++) {
		theta(a, c);
		rho_pi(a);
		chi(a);
		a[0] ^= round_constant[round];
	}
	for (size_t i = 0; i < 200; i++)
		state[i] = (uint8_t)(a[i / 8] >> 8 * (i % 8));
	wipe(a, sizeof(a));
	wipe(c, sizeof(c));
}
