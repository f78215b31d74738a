/*
 * smpp.h: PDUs of SMPP 3.4 (its clauses 3.2, 4 and 5), as an ESME needs them:
 *
 *	4	command_length, octets of all of it
 *	4	command_id; its high bit: a response
 *	4	command_status, 0 in requests
 *	4	sequence_number, a response's that of its request
 *	..	parameters of the command, in their order
 *	..	TLVs: 2 octets of tag, 2 of length, value
 */
#ifndef GBA_SMPP_H
#define GBA_SMPP_H

#include "base/octets.h"
#include "base/status.h"

#define SMPP_HEADER 16
#define SMPP_PDU_MAX 4096	/* more than any that an ESME sends */
#define SMPP_READ_MAX 70000	/* and gets: message_payload has 64 KiB */
#define SMPP_TEXT_MAX 254	/* octets of short_message */
#define SMPP_ID_MAX 80		/* characters of a message_id that count */
#define SMPP_NAME_MAX 64	/* of a system_id or password; 15, 8 in 5.2 */

/* ---- octets ---- */

#define SMPP_RESPONSE UINT32_C(0x80000000)
#define SMPP_GENERIC_NACK UINT32_C(0x80000000)
#define SMPP_BIND_RECEIVER UINT32_C(1)
#define SMPP_BIND_TRANSMITTER UINT32_C(2)
#define SMPP_SUBMIT_SM UINT32_C(4)
#define SMPP_DELIVER_SM UINT32_C(5)
#define SMPP_UNBIND UINT32_C(6)
#define SMPP_BIND_TRANSCEIVER UINT32_C(9)
#define SMPP_OUTBIND UINT32_C(0x0b)
#define SMPP_ENQUIRE_LINK UINT32_C(0x15)
#define SMPP_ALERT_NOTIFICATION UINT32_C(0x102)
#define SMPP_DATA_SM UINT32_C(0x103)

#define SMPP_VERSION 0x34

/* esm_class, 5.2.12 */
#define SMPP_UDHI 0x40
#define SMPP_TYPE 0x3c		/* 0: a short message */
#define SMPP_TYPE_RECEIPT 0x04

#define SMPP_OCTETS 0x02	/* data_coding, 5.2.19: as 0x04, octets */

struct smpp_address {
	uint8_t ton, npi;
	char number[65];	/* 20 characters at most, but in data_sm */
};

/* What there is of its command; the rest is 0. */
struct smpp_pdu {
	uint32_t id, status, sequence;

	/* bind_*; a response has system_id */
	char system_id[SMPP_NAME_MAX + 1], password[SMPP_NAME_MAX + 1];
	char system_type[13], address_range[41];
	uint8_t interface_version, addr_ton, addr_npi;

	/* submit_sm, deliver_sm, data_sm */
	char service_type[6];
	struct smpp_address source, dest;
	uint8_t esm_class, protocol_id, registered_delivery, data_coding;
	char validity_period[17];
	const uint8_t *text;	/* short_message, else message_payload */
	size_t len;

	/* and their TLVs, which are read only */
	const uint8_t *payload;	/* message_payload */
	size_t payload_len;
	uint16_t port;		/* destination_port */
	uint16_t sar_ref;
	uint8_t sar_total, sar_number;
	char receipted_message_id[SMPP_ID_MAX + 1];
	uint8_t message_state;

	/* their responses */
	char message_id[SMPP_ID_MAX + 1];
};

/*
 * Where the PDU that begins IN ends: *N is 0 where it is not whole yet.  OK,
 * or MALFORMED where it has a length that none has.
 */
MUST_USE enum status smpp_measure(const uint8_t *in, size_t len, size_t *n);

/*
 * Write P, whose text is SMPP_TEXT_MAX octets at most, to OUT; returns its
 * length.  TLVs are not written.
 */
size_t smpp_encode(const struct smpp_pdu *p, uint8_t out[static SMPP_PDU_MAX]);

/*
 * Take the PDU of LEN octets, SMPP_HEADER or more, apart; its text points into
 * IN.  A response counts whatever its parameters look like.  A string may lack
 * its NUL or be too long: then it is cut.  NULs may follow short_message, and
 * the last TLV may be cut.  OK; REJECTED where nobody knows the command, and
 * MALFORMED: then P has its header.
 */
MUST_USE enum status smpp_decode(struct smpp_pdu *p, const uint8_t *in,
    size_t len);

/* The name of a command in clause 4, or NULL. */
const char *smpp_name(uint32_t id);

/* ---- statuses, 5.1.3 ---- */

#define SMPP_ROK 0
#define SMPP_RINVCMDLEN 0x02
#define SMPP_RINVCMDID 0x03
#define SMPP_RINVBNDSTS 0x04
#define SMPP_RMSGQFUL 0x14
#define SMPP_RTHROTTLED 0x58
#define SMPP_RX_T_APPN 0x64	/* the SMSC may deliver it later */
#define SMPP_RX_R_APPN 0x66	/* the SMSC shall not */

/*
 * What STATUS, with which a peer answered the command ID, which has a name,
 * means: OK; FAILED where another try may help; else REJECTED.
 */
MUST_USE enum status smpp_verdict(uint32_t id, uint32_t status);

/* Whether it asks only for a slower pace. */
bool smpp_throttled(uint32_t status);

/* ---- delivery receipts, 5.3.2.26, 5.2.28 and Appendix B ---- */

struct smpp_receipt {
	char id[SMPP_ID_MAX + 1];	/* of the message, in a TLV; and in */
	char text_id[SMPP_ID_MAX + 1];	/* the text; one may be empty */
	char stat[10], err[8];
	bool last;			/* no other will follow */
	enum status verdict;		/* as smpp_verdict() */
};

/* Read the receipt in P.  False: it names no message or no state. */
bool smpp_receipt_read(struct smpp_receipt *, const struct smpp_pdu *p);

/* Why the receipt's verdict is not OK, which it returns. */
MUST_USE enum status smpp_receipt_fail(const struct smpp_receipt *);

#endif
