/*
 * tpdu.h: SMS-SUBMIT and SMS-DELIVER, TS 23.040 clauses 9.2.2.2 and 9.2.2.1,
 * with 8-bit data.
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
	char number[SMS_NUMBER_MAX + 1]; /* TP-DA, TP-OA: 0-9 * #, and a + in
				   front where it is international; of an
				   alphanumeric TP-OA its text */
	uint64_t time;		/* TP-SCTS of DELIVER, seconds since 1970 */
	uint64_t validity;	/* TP-VP of SUBMIT in seconds, 0: none */
	size_t ud_len;
	uint8_t ud[SMS_UD_MAX];
};

/*
 * Write T to OUT; returns its length.  No check: its number has only digits,
 * * and # after a +, its dcs is of 8-bit data.  What the relative TP-VP cannot
 * say (9.2.3.12.1) is rounded down, but is five minutes at least; its time
 * ends with 2069, as that has two digits of the year.
 */
size_t tpdu_encode(const struct tpdu *, uint8_t out[static TPDU_MAX]);

/*
 * Take a TPDU of LEN octets apart.  Of other forms of TP-VP than the relative
 * one nothing is kept.  OK; MALFORMED, naming the field, also where it is
 * neither SMS-SUBMIT nor SMS-DELIVER or has another alphabet than 8-bit data.
 */
MUST_USE enum status tpdu_decode(struct tpdu *, const uint8_t *in, size_t len);

/*
 * Where a modem puts an SMSC address before the TPDU (TS 27.005), *N becomes
 * its octets.  OK, or MALFORMED where those are more than LEN or 12.
 */
MUST_USE enum status tpdu_smsc(const uint8_t *in, size_t len, size_t *n);

#endif
