/*
 * af.h: the authentication functions f1..f5* of one subscriber, with either
 * algorithm set.  TS 33.102 clause 6.3, TS 35.206, TS 35.231.
 */
#ifndef GBA_AF_H
#define GBA_AF_H

#include "base/octets.h"
#include "base/status.h"

enum af_algorithm { AF_MILENAGE = 0, AF_TUAK = 1 };

/* A subscriber's secrets, as HSS and card hold them; the caller wipes them. */
struct af {
	enum af_algorithm algorithm;
	unsigned iterations;	/* TUAK: of Keccak, 1..255; else unused */
	size_t k_len;		/* 16, or for TUAK also 32 */
	uint8_t k[32];
	uint8_t opc[32];	/* OPc, 16 octets; or TOPc, 32 octets */
};

/*
 * All return OK, or FAILED if OpenSSL fails.  MAC is MAC-A of f1 or, if STAR,
 * MAC-S of f1*.  AK is that of f5, or AK* of f5*.
 */
MUST_USE enum status af_f1(const struct af *, bool star,
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], uint8_t mac[static 8]);
MUST_USE enum status af_f2345(const struct af *, const uint8_t rand[static 16],
    uint8_t res[static 8], uint8_t ck[static 16], uint8_t ik[static 16],
    uint8_t ak[static 6]);
MUST_USE enum status af_f5star(const struct af *,
    const uint8_t rand[static 16], uint8_t ak[static 6]);

/* The parts of an AV, TS 33.102 clause 6.3.2; the caller wipes them. */
struct af_vector {
	uint8_t mac[8], res[8], ck[16], ik[16], ak[6];
};
MUST_USE enum status af_vector(const struct af *,
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], struct af_vector *);

/* OPC (16 octets, 32 for TUAK) from OP or TOP, for AF's k and algorithm. */
MUST_USE enum status af_opc(const struct af *, const uint8_t *op,
    uint8_t *opc);

#endif
