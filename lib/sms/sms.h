/*
 * sms.h: GPIs in short messages: the parameters of a URI, a GPI as user data
 * fields, and these as a GPI again (TS 23.040 clauses 9.2.3.24, 9.2.3.24.1,
 * 9.2.3.24.4).  No field that is written is longer than SMS_UD_MAX octets:
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

#define SMS_FROM_MAX 31			/* compared characters of a sender */
#define SMS_HELD_MAX 256		/* parts that are held */
#define SMS_HELD_OF_ONE 64		/* of one sender */
#define SMS_HELD_MS (24 * 60 * 60 * 1000)	/* then a part is given up */
#define SMS_VERSIONS 4			/* of one part of a message */
#define SMS_TRIES 16			/* GPIs that a part may complete */
#define SMS_CONTENT_MAX 254		/* octets of a part, by SMPP */

/* A short message as it came. */
struct sms_message {
	const char *from;	/* the sender; "": nobody knows */
	const uint8_t *ud;
	size_t len;
	bool udhi;		/* it is said to begin with a UDH */
	bool data;		/* and to be 8-bit data */

	/* what SMPP may say in TLVs, and a UDH goes before */
	int port;		/* -1: nothing */
	uint16_t ref;
	uint8_t total, number;	/* total 0: it is no part */
};

/* A part that came, and all that it says. */
struct sms_held {
	char from[SMS_FROM_MAX + 1];
	uint8_t kind;		/* of reference; 0: this place is free */
	uint8_t total, number;	/* parts of the message; from 1 */
	bool fresh;		/* it came since a GPI was made of it */
	bool done;		/* one that was made of it is accepted */
	uint16_t ref;
	int port;		/* -1: none */
	uint64_t message;	/* the number of the message */
	uint64_t since;		/* milliseconds */
	uint64_t id;		/* counts the parts */
	size_t len;
	uint8_t v[SMS_CONTENT_MAX];
};

/* Initialise with zeros; there is nothing to free. */
struct sms_joiner {
	uint64_t number;	/* from 1: of which the last one was a part */
	bool joined;		/* it was one of several */
	size_t gpi_count;	/* GPIs that the last one completed */
	struct sms_gpi {
		uint64_t number;	/* counts them, from 1 */
		size_t len;
		uint8_t v[GPI_ROOM];
	} gpi[SMS_TRIES];

	/* its own */
	struct sms_held held[SMS_HELD_MAX];
	struct sms_made {	/* GPIs that were made of parts */
		uint64_t gpi;
		uint64_t part[SMS_PARTS_MAX];	/* ids */
	} made[4 * SMS_TRIES];
	uint64_t messages, gpis, parts;	/* so far */
	size_t made_next;
};

/*
 * Take a message that came at NOW_MS, in monotonic milliseconds.  Its port must
 * be that of the parameters, or WAP_PORT with a WAP Push in it; without a port
 * it must hold a GPI.  Parts may come in any order and repeatedly.
 *
 * Only the key can tell a GPI from one of parts that do not belong together.
 * If a reference is used again while parts of an older message are held, every
 * GPI is made that the new part may complete, up to SMS_TRIES and each once,
 * the newest parts first.  If all parts come again, so does the GPI.
 *
 * OK with the GPIs that are complete now, perhaps none.  MALFORMED if the port
 * is another or missing, or a part too long, or what is complete is no WAP
 * Push, or empty or too long for a GPI.
 */
MUST_USE enum status sms_join(struct sms_joiner *, const struct sms_params *,
    uint64_t now_ms, const struct sms_message *);

/*
 * What became of the GPI of that NUMBER.  OK: its parts are of no other.
 * FAILED: it was lost, and any one of its parts brings it again.
 */
void sms_join_answered(struct sms_joiner *, uint64_t number, enum status);

/*
 * Whether sms_join() may make something of it; it does not look at the parts
 * that came before.  OK or MALFORMED.
 */
MUST_USE enum status sms_check(const struct sms_params *,
    const struct sms_message *);

/* Whether a TP-DCS means 8-bit data that is not compressed: TS 23.038. */
bool sms_is_data(uint8_t dcs);

#endif
