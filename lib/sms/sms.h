/*
 * sms.h: GPIs in short messages: the parameters of a URI, a GPI as user data
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
#define SMS_PORT 16223		/* 9.2.3.24.4: 16000-16999 for applications */
#define SMS_NUMBER_MAX 20
#define SMS_SINGLE_MAX 133	/* octets of payload, if there is one part */
#define SMS_PART_MAX 128	/* and if there are more */
#define GPI_ROOM 2048		/* SMS_PARTS_MAX times SMS_PART_MAX */

/* ---- the parameters of a URI ---- */

/* After `?' in a URI: PARAM or PARAM=VALUE, separated by `&'. */
struct sms_params {
	uint16_t port;		/* port=N; SMS_PORT, for WAP Push WAP_PORT */
	uint16_t from_port;	/* from-port=N; and WAP_FROM_PORT */
	bool wap;		/* wap or wap=APPID: WAP Push, wap.h */
	char app_id[WAP_APP_ID_MAX + 1];	/* APPID, or WAP_APP_ID */
	uint16_t content_code;	/* type=0xNNN: of the content type, or 0 */
	char from[SMS_NUMBER_MAX + 1];	/* from=NUMBER; or ""; and with
					   from-ton=5 from=TEXT */
	char to[SMS_NUMBER_MAX + 1];	/* to=NUMBER; or "" */
	uint64_t receipt;	/* receipt=S: ask for delivery receipts and
				   wait S seconds for them; 0: do not */
	uint64_t window;	/* window=N: submits without an answer; 10 */
	bool deliver;		/* deliver: write SMS-DELIVER, not -SUBMIT */
	bool modem;		/* modem: an octet 00 (no SMSC address)
				   before the TPDU, as for AT+CMGS */

	/* as SMPP 3.4 calls them; -1 where it is not given: */
	int16_t from_ton, from_npi, to_ton, to_npi, data_coding;
	char service_type[6];	/* service-type=TEXT */
	uint64_t validity;	/* validity=S, at most; none: 0; or
				   SMS_VALIDITY_KEY: as long as the key */

	/* and of its session */
	int16_t address_ton, address_npi, interface_version;
	char system_type[13], address_range[41];
};
#define SMS_VALIDITY_KEY UINT64_MAX

/*
 * Read PARAMS, which may be NULL or empty.  A TEXT may have %XX in it.  OK;
 * USAGE if one is unknown or repeated, or its value is not valid.
 */
MUST_USE enum status sms_params_parse(struct sms_params *, const char *params);

/* Check that NUMBER is + and 3 to 15, or 3 to 20 digits.  OK or USAGE. */
MUST_USE enum status sms_number_valid(const char *number);

/* ---- a GPI as short messages ---- */

/* A TP-UD, which begins with its UDH: TP-UDHI is set. */
struct sms_part {
	size_t len;
	uint8_t v[SMS_UD_MAX];
};

/*
 * Split the GPI into *COUNT PARTS.  REF must differ each time: its low octet
 * distinguishes these parts from others for the same recipient, and all of it
 * is the session of a WAP Push.  OK; REJECTED if the GPI is empty or longer
 * than GPI_MAX.
 */
MUST_USE enum status sms_split(const struct sms_params *, uint16_t ref,
    const uint8_t *gpi, size_t len, struct sms_part parts[static SMS_PARTS_MAX],
    size_t *count);

/* ---- short messages as a GPI ---- */

#define SMS_JOINS_MAX 64		/* messages under way */
#define SMS_JOIN_MS (10 * 60 * 1000)	/* then a message is given up */
#define SMS_FROM_MAX 31			/* compared characters of a sender */

/* A message under way, or one that was completed a while ago. */
struct sms_join {
	char from[SMS_FROM_MAX + 1];
	bool used, whole;
	bool wide;		/* REF has 16 bits */
	uint16_t ref, port;
	unsigned total;		/* parts */
	uint64_t number;	/* of the message */
	uint32_t have;		/* a bit for each part that has come */
	uint64_t since;		/* milliseconds */
	struct {
		uint8_t len, v[SMS_PART_MAX];
	} part[SMS_PARTS_MAX];
};

/* All of them.  Initialise with zeros; there is nothing to free. */
struct sms_joiner {
	struct sms_join join[SMS_JOINS_MAX];
	uint64_t count;		/* of messages so far */
	uint64_t number;	/* from 1: of which the last TP-UD was a part */
};

/*
 * Take one TP-UD of LEN octets, which came from the address FROM at NOW_MS, in
 * monotonic milliseconds.  UDHI: it begins with a UDH.  Its port must be that
 * of the parameters, or WAP_PORT with a WAP Push in it.  Parts may come in any
 * order and repeatedly.  A part that contradicts earlier ones starts a new
 * message.  If all parts come again, so does the GPI.  If more than
 * SMS_JOINS_MAX messages are under way, the oldest is given up.
 *
 * OK with *GPI_LEN > 0 if a GPI is now complete, and 0 if parts are missing.
 * MALFORMED if the UDH is broken, the port is another or missing, the WAP Push
 * is broken, or the content is too short or too long for a GPI.
 */
MUST_USE enum status sms_join(struct sms_joiner *, const struct sms_params *,
    const char *from, uint64_t now_ms, const uint8_t *ud, size_t len,
    bool udhi, uint8_t gpi[static GPI_ROOM], size_t *gpi_len);

#endif
