/*
 * milenage.h: the MILENAGE algorithm set, TS 35.206.  All return OK, or FAILED
 * if OpenSSL fails; the caller wipes the results.
 */
#ifndef GBA_MILENAGE_H
#define GBA_MILENAGE_H

#include "base/octets.h"
#include "base/status.h"

/* The outputs, in the order in which OUT1..OUT5 of clause 4.1 hold them. */
struct milenage_f1 {
	uint8_t mac_a[8], mac_s[8];		/* OUT1: f1, f1* */
};
struct milenage_f2345 {
	uint8_t ak[6], spare[2], res[8];	/* OUT2: f5, f2 */
	uint8_t ck[16];				/* OUT3: f3 */
	uint8_t ik[16];				/* OUT4: f4 */
	uint8_t ak_star[6], rest[10];		/* OUT5: f5* */
};

MUST_USE enum status milenage_opc(const uint8_t k[static 16],
    const uint8_t op[static 16], uint8_t opc[static 16]);

/* All outputs for a vector, with one key set-up. */
struct milenage {
	struct milenage_f1 f1;
	struct milenage_f2345 f2345;
};
MUST_USE enum status milenage(const uint8_t k[static 16],
    const uint8_t opc[static 16], const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    struct milenage *);

/* f1 and f1*: the two halves of OUT1. */
MUST_USE enum status milenage_f1(const uint8_t k[static 16],
    const uint8_t opc[static 16], const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    struct milenage_f1 *);

/* f2, f3, f4, f5 and f5*: they need no SQN, and f5 reveals that of an AUTN. */
MUST_USE enum status milenage_f2345(const uint8_t k[static 16],
    const uint8_t opc[static 16], const uint8_t rand[static 16],
    struct milenage_f2345 *);

#endif
