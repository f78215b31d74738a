/*
 * gpi.h: the GPI (GBA-Push Information, TS 33.223 clause 5.2.1) in the octets
 * of this project's profile, version 1, and its protection; see gpi(5).
 *
 *	gpi     = [ver, rand, autn, app_lbl, um, enc, trigger, mac]
 *	enc     = C1
 *	trigger = null / [0, trig] / [1, trig] / [2, C2]
 *	trig    = [trigger_ind] / [trigger_ind, trigger_time]
 *	secret  = [naf_id, key_lt, p_tid]
 *
 * A decoded GPI is a record of type GPI: enc_gpi is C1 and then the MAC, c2
 * the sealed trigger; trigger_mode is absent if there is no trigger.
 */
#ifndef GBA_GPI_H
#define GBA_GPI_H

#include "record/record.h"

#define GPI_VER 1
#define MAC_LEN 16

/* The octets of AD1: the array head through um. */
#define GPI_CLEAR_LEN(app_lbl_len) (38 + (size_t)(app_lbl_len))

/* Write the decoded GPI G to OUT; returns its length. */
size_t gpi_encode(const struct record *g, uint8_t out[static GPI_MAX]);

/* Decode a GPI of LEN octets.  OK; MALFORMED names the field. */
MUST_USE enum status gpi_decode(struct record *g, const uint8_t *in,
    size_t len);

/*
 * Make the GPI of DRAFT, protected under its k_gpi (AEAD_AES_SIV_CMAC_256).
 * The mode of the trigger is the draft's or AT_LEAST, whichever is stronger.
 * OUT gets the GPI, *LEN octets.  OK, or FAILED if OpenSSL fails.
 */
MUST_USE enum status gpi_seal(const struct record *draft,
    enum trigger_mode at_least, uint8_t out[static GPI_MAX], size_t *len);

/*
 * Open the decoded GPI G: G gets naf_id, key_lt and p_tid, and the trigger if
 * its mode is full.  OK; REJECTED if the MAC does not match; MALFORMED if the
 * sealed content is not well formed; FAILED.
 */
MUST_USE enum status gpi_open(struct record *g,
    const uint8_t k_gpi[static 32]);

/*
 * For people: the input of the MAC of the decoded GPI G.  AD2 gets the second
 * component of the associated data, XMAC the MAC that G should have if its C1
 * and C2 are genuine.  OK or FAILED.
 */
#define AD2_MAX 16
MUST_USE enum status gpi_expect(const struct record *g,
    const uint8_t k_gpi[static 32], uint8_t ad2[static AD2_MAX],
    size_t *ad2_len, uint8_t xmac[static 16]);

#endif
