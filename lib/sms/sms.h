/*
 * sms.h: GPIs in short messages: what a URI asks of them, a GPI as user data
 * fields, and these as a GPI again (TS 23.040 clauses 9.2.3.24, 9.2.3.24.1,
 * 9.2.3.24.4).  No field is longer than SMS_UD_MAX octets:
 *
 *	06 05 04 DD DD SS SS, then the payload of up to 133 octets, or
 *	0b 05 04 DD DD SS SS 00 03 RR TT NN, then up to 128 octets of it
 *
 * where D and S are the destination and source port, R the reference, T how
 * many parts there are and N which one this is.  The payload is the GPI, or a
 * WAP Push of it.
 */
#ifndef GBA_SMS_H
#define GBA_SMS_H

#include "sms/wap.h"

#define SMS_UD_MAX 140		/* octets of TP-UD, 9.2.3.24 */
#define SMS_PARTS_MAX 16
#define SMS_PORT 16223		/* 9.2.3.24.4: 16000-16999 are applications' */
#define SMS_NUMBER_MAX 20
#define SMS_SINGLE_MAX 133	/* octets of payload, where there is one part */
#define SMS_PART_MAX 128	/* and where there are more */
#define GPI_ROOM 2048		/* SMS_PARTS_MAX times SMS_PART_MAX */

/* ---- what a URI asks ---- */

/* What follows `?' in a URI: PARAM or PARAM=VALUE, with `&' between them. */
struct sms_params {
	uint16_t port;		/* port=N; SMS_PORT, for WAP Push WAP_PORT */
	uint16_t from_port;	/* from-port=N; and WAP_FROM_PORT */
	bool wap;		/* wap or wap=APPID: WAP Push, wap.h */
	char app_id[WAP_APP_ID_MAX + 1];	/* APPID, or WAP_APP_ID */
	uint16_t content_code;	/* type=0xNNN: of the content type, or 0 */
	char from[SMS_NUMBER_MAX + 1];	/* from=NUMBER; or "" */
	char to[SMS_NUMBER_MAX + 1];	/* to=NUMBER; or "" */
	uint64_t receipt;	/* receipt=S: ask for a delivery receipt, and
				   wait for it so many seconds; 0: do not */
	uint64_t window;	/* window=N: submits without an answer; 10 */
	bool deliver;		/* deliver: write SMS-DELIVER, not -SUBMIT */
	bool modem;		/* modem: octet 00, no SMSC address, comes
				   before the TPDU, as AT+CMGS has it */
};

/*
 * Read PARAMS, which may be NULL or empty.  OK; USAGE where one is unknown,
 * doubled or has another value than it may.
 */
MUST_USE enum status sms_params_parse(struct sms_params *, const char *params);

/* Whether NUMBER is + and 3 to 15 digits, or 3 to 20 digits.  OK or USAGE. */
MUST_USE enum status sms_number_valid(const char *number);

/* ---- a GPI as short messages ---- */

/* A TP-UD, which begins with its UDH: TP-UDHI is set. */
struct sms_part {
	size_t len;
	uint8_t v[SMS_UD_MAX];
};

/*
 * Make PARTS, *COUNT of them, of the GPI.  The low octet of REF, which is to
 * be another each time, tells them from other parts for the same recipient;
 * all of it is the session of a WAP Push.  OK; REJECTED where the GPI is
 * empty or longer than GPI_MAX.
 */
MUST_USE enum status sms_split(const struct sms_params *, uint16_t ref,
    const uint8_t *gpi, size_t len, struct sms_part parts[static SMS_PARTS_MAX],
    size_t *count);

/* ---- short messages as a GPI ---- */

#define SMS_JOINS_MAX 64		/* messages under way */
#define SMS_JOIN_MS (10 * 60 * 1000)	/* after which one is given up */
#define SMS_FROM_MAX 31			/* characters of a sender that count */

/* One message under way, or one that became whole a while ago. */
struct sms_join {
	char from[SMS_FROM_MAX + 1];
	bool used, whole;
	bool wide;		/* REF has 16 bits */
	uint16_t ref, port;
	unsigned total;		/* parts */
	uint32_t have;		/* a bit for each that came since */
	uint64_t since;		/* milliseconds */
	struct {
		uint8_t len, v[SMS_PART_MAX];
	} part[SMS_PARTS_MAX];
};

/* All of them; begins as zeros, and there is nothing to free. */
struct sms_joiner {
	struct sms_join join[SMS_JOINS_MAX];
};

/*
 * Take one TP-UD of LEN octets, which came from the address FROM at NOW_MS of
 * a clock that nobody sets.  UDHI: it begins with a UDH.  Its port must be
 * the form's, or WAP_PORT with a WAP Push in it.  Parts may come in any order
 * and twice; one that contradicts those before it begins its message anew, and
 * where all of them come again, so does the GPI.
 * Where there are more messages under way than SMS_JOINS_MAX, the oldest is
 * given up.
 *
 * OK with *GPI_LEN > 0 where a GPI is now whole, and 0 where parts are
 * missing.  MALFORMED where the UDH is broken, the port is another or none,
 * the WAP Push is broken, or what came is too short or long for a GPI.
 */
MUST_USE enum status sms_join(struct sms_joiner *, const struct sms_params *,
    const char *from, uint64_t now_ms, const uint8_t *ud, size_t len,
    bool udhi, uint8_t gpi[static GPI_ROOM], size_t *gpi_len);

#endif
