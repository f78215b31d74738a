/*
 * apdu.h: the commands to a UICC and its answers, TS 102 221, TS 31.102 and
 * TS 31.103.  Pure functions on octets.
 */
#ifndef GBA_APDU_H
#define GBA_APDU_H

#include "base/octets.h"
#include "base/status.h"

#define APDU_DATA_MAX 255	/* Lc is one octet */
#define APDU_MAX (5 + APDU_DATA_MAX + 1)
#define ANSWER_MAX 256		/* without SW1 SW2 */
#define AID_MAX 16

/* A command as T=0 has it: without Le where it has data. */
struct apdu {
	size_t len;
	uint8_t v[APDU_MAX];
	bool answers;		/* with octets, though it has data */
};

struct answer_apdu {
	size_t len;
	uint8_t v[ANSWER_MAX];
	unsigned sw;		/* SW1 SW2 */
};

/* The command without data and with Le, and that with data. */
void apdu_read(struct apdu *, uint8_t ins, uint8_t p1, uint8_t p2,
    uint8_t le);
void apdu_write(struct apdu *, uint8_t ins, uint8_t p1, uint8_t p2,
    const uint8_t *data, size_t len);

/* SELECT of an application, perhaps by the beginning of its AID. */
void apdu_select_aid(struct apdu *, const uint8_t *aid, size_t len);

/* SELECT of a file of the application, with its FCP for an answer. */
void apdu_select_file(struct apdu *, unsigned file);

/* VERIFY of a PIN of up to 8 digits; without one it asks for the tries left. */
void apdu_verify(struct apdu *, const char *pin);

/* AUTHENTICATE in the 3G context, and to begin the GBA context with AUTN*. */
void apdu_authenticate_3g(struct apdu *, const uint8_t rand[static 16],
    const uint8_t autn[static 16]);
void apdu_bootstrap(struct apdu *, const uint8_t rand[static 16],
    const uint8_t autn[static 16]);

/*
 * AUTHENTICATE in the GBA context for a NAF's key.  OK; REJECTED where both
 * identities do not fit one command.
 */
MUST_USE enum status apdu_naf_key(struct apdu *, const uint8_t *naf_id,
    size_t naf_id_len, const char *impi);

/* ---- answers ---- */

/* Whether SW1 SW2 say that all went well. */
bool sw_good(unsigned sw);

/* What SW1 SW2 mean. */
const char *sw_text(unsigned sw);

/*
 * What AUTHENTICATE answers.  The pointers are into the answer; one is NULL
 * where the answer has no such part.  OK; or REJECTED, with AUTS where SQN is
 * not fresh.
 */
struct authentication {
	const uint8_t *ck, *ik;		/* 16 octets each: 3G */
	const uint8_t *ks_ext_naf;	/* 32 octets: a NAF's key */
	const uint8_t *auts;		/* 14 octets: SQN is not fresh */
};
MUST_USE enum status answer_3g(const struct answer_apdu *,
    struct authentication *);
MUST_USE enum status answer_bootstrap(const struct answer_apdu *,
    struct authentication *);
MUST_USE enum status answer_naf_key(const struct answer_apdu *,
    struct authentication *);

/* The size of the file in its FCP.  OK or FAILED. */
MUST_USE enum status fcp_size(const struct answer_apdu *, size_t *size);

/* ---- files ---- */

#define EF_IMSI 0x6f07		/* of a USIM */
#define EF_AD 0x6fad
#define EF_GBABP_USIM 0x6fd6
#define EF_IMPI 0x6f02		/* of an ISIM */
#define EF_GBABP_ISIM 0x6fd5

#define IMPI_MAX 255

/*
 * The private identity in EF_IMPI, or made from EF_IMSI and EF_AD as TS 23.003
 * clause 13.3 has it.  OK or FAILED.
 */
MUST_USE enum status impi_of_isim(const uint8_t *ef_impi, size_t len,
    char out[static IMPI_MAX + 1]);
MUST_USE enum status impi_of_usim(const uint8_t *ef_imsi, size_t imsi_len,
    const uint8_t *ef_ad, size_t ad_len, char out[static IMPI_MAX + 1]);

/*
 * EF_GBABP: RAND, B-TID and the end of its lifetime, an RFC 3339 date; returns
 * the length, which is over MAX where that is no room.
 */
size_t gbabp_encode(const uint8_t rand[static 16], const char *b_tid,
    const char *date, uint8_t *out, size_t max);

#endif
