/*
 * tuak.h: the TUAK algorithm set, TS 35.231.  All return OK, or FAILED if
 * OpenSSL fails; the caller wipes the results.
 */
#ifndef GBA_TUAK_H
#define GBA_TUAK_H

#include "base/octets.h"
#include "base/status.h"

/* A subscriber's secrets, and the lengths that its operator chose. */
struct tuak {
	const uint8_t *k;
	const uint8_t *topc;	/* 32 octets; tuak_topc() ignores it */
	size_t k_len;		/* 16 or 32 */
	size_t mac_len;		/* 8, 16 or 32 */
	size_t res_len;		/* 4, 8, 16 or 32 */
	size_t ck_len, ik_len;	/* 16 or 32 */
	unsigned iterations;	/* of Keccak-f[1600], from 1 */
};

/* TOPc from TOP, clause 7.1. */
MUST_USE enum status tuak_topc(const struct tuak *,
    const uint8_t top[static 32], uint8_t topc[static 32]);

/* f1 or, if STAR, f1*; MAC has mac_len octets; clause 7.2. */
MUST_USE enum status tuak_f1(const struct tuak *, bool star,
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], uint8_t *mac);

/* RES, CK and IK have the lengths of the struct; clause 7.3. */
MUST_USE enum status tuak_f2345(const struct tuak *,
    const uint8_t rand[static 16], uint8_t *res, uint8_t *ck, uint8_t *ik,
    uint8_t ak[static 6]);

MUST_USE enum status tuak_f5star(const struct tuak *,
    const uint8_t rand[static 16], uint8_t ak[static 6]);

#endif
