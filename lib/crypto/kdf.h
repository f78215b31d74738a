/*
 * kdf.h: the key derivations of TS 33.220 Annex B.
 */
#ifndef GBA_KDF_H
#define GBA_KDF_H

#include "base/octets.h"
#include "base/status.h"

/* One parameter Pi; its length Li follows it in the string. */
struct kdf_param {
	const void *v;
	size_t len;	/* 0..65535 */
};

/*
 * B.2: OUT = HMAC-SHA-256(KEY, FC || P0 || L0 || P1 || L1 ...), COUNT
 * parameters P of at most 1024 octets together.  OK or FAILED.
 */
MUST_USE enum status kdf(const uint8_t key[static 32], uint8_t fc,
    const struct kdf_param *p, size_t count, uint8_t out[static 32]);

/*
 * B.3: the NAF keys under KS = CK || IK.  NAF_ID is FQDN and Ua security
 * protocol identifier, NAF_ID_LEN octets.  kdf_ks_naf() gives Ks_NAF and, in
 * GBA_U, Ks_ext_NAF ("gba-me"); kdf_ks_int_naf() Ks_int_NAF ("gba-u").
 */
MUST_USE enum status kdf_ks_naf(const uint8_t ks[static 32],
    const uint8_t rand[static 16], const char *impi, const uint8_t *naf_id,
    size_t naf_id_len, uint8_t out[static 32]);
MUST_USE enum status kdf_ks_int_naf(const uint8_t ks[static 32],
    const uint8_t rand[static 16], const char *impi, const uint8_t *naf_id,
    size_t naf_id_len, uint8_t out[static 32]);

/*
 * This project's own, modelled on TMPI (B.4): the GPI protection key is
 * what B.3 gives for BSF || FF 67 70 69 VER, so that a UICC can derive
 * it with its ordinary NAF derivation.
 */
MUST_USE enum status kdf_k_gpi(const uint8_t ks[static 32],
    const uint8_t rand[static 16], const char *impi, const char *bsf,
    uint8_t ver, uint8_t out[static 32]);

/* BSF || FF 67 70 69 VER itself, for such a UICC; returns its length. */
#define KDF_NAF_ID_MAX 260
size_t kdf_gpi_naf_id(const char *bsf, uint8_t ver,
    uint8_t out[static KDF_NAF_ID_MAX]);

#endif
