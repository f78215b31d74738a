/*
 * aka.h: UMTS AKA on both sides, TS 33.102 clause 6.3 and Annex C, with the
 * AUTN* of GBA_U, TS 33.220 clause 5.3.2.  Pure functions on octets.
 */
#ifndef GBA_AKA_H
#define GBA_AKA_H

#include "crypto/af.h"

#define IND_BITS 5			/* SQN = SEQ || IND, Annex C.3 */
#define IND_COUNT (1 << IND_BITS)
#define SQN_MAX ((UINT64_C(1) << 48) - 1)
#define SEQ(sqn) ((sqn) >> IND_BITS)
#define IND(sqn) ((unsigned)((sqn) & (IND_COUNT - 1)))
#define SQN(seq, ind) ((uint64_t)(seq) << IND_BITS | (ind))
#define SQN_DELTA (UINT64_C(1) << 28)	/* the largest jump of SEQ */

/* One authentication, with what --explain shows; the caller wipes it. */
struct aka {
	uint8_t ck[16], ik[16], ak[6];
	uint8_t amf[2];
	uint8_t mac[8];		/* MAC-A as AUTN carries it */
	uint8_t xmac[8];	/* MAC-A as computed */
	uint64_t sqn;
};

/*
 * HSS: make AUTN for RAND and SQN (of 48 bits) or, if GBA_U, AUTN*.  A
 * gets CK, IK and the rest.  OK or FAILED.
 */
MUST_USE enum status aka_generate(const struct af *,
    const uint8_t rand[static 16], uint64_t sqn, const uint8_t amf[static 2],
    bool gba_u, uint8_t autn[static 16], struct aka *a);

/*
 * USIM: check AUTN or, if GBA_U, AUTN*.  A is complete even if the answer is
 * no.  OK; REJECTED if MAC-A does not match; FAILED.  sqn_check() checks
 * whether A->sqn is fresh.
 */
MUST_USE enum status aka_verify(const struct af *,
    const uint8_t rand[static 16], const uint8_t autn[static 16], bool gba_u,
    struct aka *a);

/* BSF: turn AUTN into AUTN*, TS 33.220 clause 5.3.2.  OK or FAILED. */
MUST_USE enum status aka_autn_star(const uint8_t ik[static 16],
    uint8_t autn[static 16]);

/* USIM: make AUTS for SQN_MS, clause 6.3.3.  OK or FAILED. */
MUST_USE enum status aka_auts(const struct af *,
    const uint8_t rand[static 16], uint64_t sqn_ms, uint8_t auts[static 14]);

/* HSS: get SQN_MS from AUTS.  OK; REJECTED if MAC-S is wrong; FAILED. */
MUST_USE enum status aka_auts_verify(const struct af *,
    const uint8_t rand[static 16], const uint8_t auts[static 14],
    uint64_t *sqn_ms);

/*
 * HSS: the SQN after SQN: SEQ + 1, and IND + 1 mod 32 or, if IND is not
 * negative, that IND.  REJECTED if SEQ has no successor.
 */
MUST_USE enum status sqn_next(uint64_t sqn, int ind, uint64_t *next);

/*
 * HSS: SQN_HE after a genuine AUTS with SQN_MS: SQN_MS if the card would
 * not accept the next SQN after SQN_HE, else SQN_HE; clause 6.3.5.
 */
uint64_t sqn_resync(uint64_t sqn_he, uint64_t sqn_ms);

/*
 * USIM: check that SQN is fresh by the card's array SEQ, Annex C.2.1 and
 * C.2.2: SEQ - SEQ_MS <= DELTA, SEQ_MS - SEQ < LIMIT if LIMIT is not 0, and
 * SEQ > SEQ_MS(IND).  OK; REJECTED with the reason.  sqn_accept() stores
 * a fresh one.
 */
MUST_USE enum status sqn_check(const uint64_t seq[static IND_COUNT],
    uint64_t sqn, uint64_t delta, uint64_t limit);
void sqn_accept(uint64_t seq[static IND_COUNT], uint64_t sqn);

/* USIM: SQN_MS, the highest SEQ of the array with its IND. */
uint64_t sqn_ms(const uint64_t seq[static IND_COUNT]);

#endif
