/*
 * tpdu.h: SMS-SUBMIT and SMS-DELIVER, TS 23.040 clauses 9.2.2.2 and 9.2.2.1.
 */
#ifndef GBA_TPDU_H
#define GBA_TPDU_H

#include "sms/sms.h"

#define TPDU_MAX 175
#define PID_TRIGGER 0x48	/* Device Triggering Short Message, 9.2.3.9 */
#define DCS_DATA 0x04		/* 8-bit data, TS 23.038 clause 4 */

struct tpdu {
	bool deliver;		/* SMS-DELIVER, not SMS-SUBMIT */
	bool udhi;		/* TP-UDHI: ud begins with a UDH */
	bool report;		/* TP-SRR of SUBMIT, TP-SRI of DELIVER */
	uint8_t pid, dcs;
	uint8_t mr;		/* TP-MR of SUBMIT */
	char number[SMS_FROM_MAX + 1]; /* TP-DA, TP-OA: 0-9 * # a b c, after a +
				   if international; or the text of an
				   alphanumeric TP-OA; or "" */
	uint64_t time;		/* TP-SCTS of DELIVER, seconds since 1970; 0:
				   it is no time */
	uint64_t validity;	/* TP-VP of SUBMIT in seconds, 0: none */
	size_t ud_len;
	uint8_t ud[SMS_UD_MAX];
};

/*
 * Write T to OUT; returns its length.  The caller ensures that the number has
 * only 0-9, *, #, a, b and c after a +.  The validity is rounded down to a
 * value of the relative TP-VP (9.2.3.12.1), at least five minutes.  The time is
 * 2069 at the latest: its year has two digits.
 */
size_t tpdu_encode(const struct tpdu *, uint8_t out[static TPDU_MAX]);

/*
 * Decode a TPDU of LEN octets.  Only the relative form of TP-VP is kept, and
 * what is behind TP-UD is not looked at; TP-UD may be shorter than TP-UDL says.
 * OK; MALFORMED names the field that is cut or too long, also if it is neither
 * SMS-SUBMIT nor SMS-DELIVER.
 */
MUST_USE enum status tpdu_decode(struct tpdu *, const uint8_t *in, size_t len);

/*
 * A modem puts an SMSC address before the TPDU (TS 27.005); *N gets its octets.
 * OK, or MALFORMED if there are more than LEN or 12.
 */
MUST_USE enum status tpdu_smsc(const uint8_t *in, size_t len, size_t *n);

#endif
