/*
 * udh.h: the user data header (TS 23.040 clause 9.2.3.24): what a short message
 * says of itself before its payload.
 */
#ifndef GBA_UDH_H
#define GBA_UDH_H

#include "sms/sms.h"

/* Elements, 9.2.3.24. */
enum { CONCAT_8 = 0x00, PORT_8 = 0x04, PORT_16 = 0x05, CONCAT_16 = 0x08 };

struct udh {
	int port;		/* -1: none */
	bool port_8;		/* it has 8 bits */
	enum reference { REF_8 = 1, REF_16, REF_SAR } kind;
	unsigned ref, total, number;	/* of parts; total 0: a single one */
	const uint8_t *v;	/* the payload */
	size_t len;
};

/*
 * Read the header of M, or what stands for it.  There may be one although M
 * does not say so, if it has the port of the parameters or WAP_PORT, and there
 * may be none although M says so.
 */
void udh_read(struct udh *, const struct sms_message *m,
    const struct sms_params *);

/* Whether it is for the port of the parameters, or WAP_PORT. */
bool udh_is_ours(const struct udh *, const struct sms_params *);

/* Say that it is not; returns MALFORMED. */
MUST_USE enum status udh_foreign(const struct udh *,
    const struct sms_params *);

#endif
