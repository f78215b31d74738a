/*
 * keccak.h: the permutation Keccak-f[1600], FIPS 202 clause 3.3, for the one
 * who needs it more than once without a sponge: TUAK.
 */
#ifndef GBA_KECCAK_H
#define GBA_KECCAK_H

#include "base/octets.h"

/* Permute STATE in place. */
void keccak_f1600(uint8_t state[static 200]);

#endif
