/*
 * keccak.h: the permutation Keccak-f[1600], FIPS 202 clause 3.3.  TUAK with
 * more than one iteration needs it without a sponge, which OpenSSL lacks.
 */
#ifndef GBA_KECCAK_H
#define GBA_KECCAK_H

#include "base/octets.h"

/* Permute STATE in place. */
void keccak_f1600(uint8_t state[static 200]);

#endif
