/*
 * steps.h: what the home network and the NAF do with a request (steps 402 to
 * 404 of gba-push(7)).  Pure functions on records: no I/O, no clock.
 */
#ifndef GBA_STEPS_H
#define GBA_STEPS_H

#include "record/record.h"

/*
 * Check that R's naf_id is for TLS 1.3 with a shared key: Ua security protocol
 * identifier 0100000007, TS 33.220 Annex H.3.  OK or REJECTED.
 */
MUST_USE enum status gba_ua_is_tls13(const struct record *);

/*
 * Check that R's naf_id is not reserved: its keys must not be those of K_GPI or
 * TMPI, and its FQDN must not be BSF.  OK or REJECTED.
 */
MUST_USE enum status gba_naf_allowed(const struct record *, const char *bsf);

/*
 * Give R its ks_naf and, in GBA_U, its ks_int_naf, from KS = CK || IK and R's
 * own rand, naf_id and um (TS 33.220 Annex B.3).  OK or FAILED.
 */
MUST_USE enum status gba_naf_keys(struct record *,
    const uint8_t ks[static 32], const char *impi);

/* An authentication vector of a subscriber, which its taker wipes. */
struct vector {
	TEXT(255) impi;
	uint8_t rand[16], autn[16], ck[16], ik[16];
};

/* 402, HSS: make V for SUBSCRIBER from RAND and SQN.  OK or FAILED. */
MUST_USE enum status gba_vector(const struct record *subscriber,
    const uint8_t rand[static 16], uint64_t sqn, struct vector *v);

/*
 * 402, BSF: make the draft for REQUEST from a vector with the granted KEY_LT;
 * in GBA_U AUTN becomes AUTN*.  Ks is forgotten here.  OK or FAILED.
 */
MUST_USE enum status gba_generate(const struct record *request,
    const struct vector *, const char *bsf, uint64_t key_lt,
    struct record *draft);

/*
 * 402, BSF: make the response with the protected GPI of DRAFT, its trigger in
 * mode AT_LEAST or stronger.  OK or FAILED.
 */
MUST_USE enum status gba_sign(const struct record *draft,
    enum trigger_mode at_least, struct record *response);

/*
 * 404, MTC server: the NAF SA of RESPONSE (Table 2, NAF column), without the
 * trigger.  OK; REJECTED if it has no ue_trp; MALFORMED if its GPI is.
 */
MUST_USE enum status gba_naf_sa(const struct record *response,
    struct record *sa);

/* 406, device: the UE SA of an accepted record, without the trigger. */
void gba_ue_sa(const struct record *accepted, struct record *sa);

#endif
