/*
 * gsup.h: the octets of GSUP, as osmo-hlr speaks it, in frames of IPA: what a
 * client of the AuC needs.  Pure functions on octets.
 */
#ifndef GBA_GSUP_H
#define GBA_GSUP_H

#include "base/octets.h"
#include "base/status.h"
#include "vectors/identity.h"

#define GSUP_FRAME_MAX 4096	/* longer than any answer to a request */
#define GSUP_REQUEST_MAX 64
#define GSUP_IDENTITY_MAX 128
#define GSUP_NAME_MAX 32	/* characters of a client's name */

/* A request for one vector: Send Authentication Info. */
struct gsup_request {
	const char *imsi;
	uint32_t session;	/* comes back in the answer */
	const uint8_t *rand, *auts;	/* of 16 and 14 octets, or NULL */
};

/* Write its frame to OUT; returns the length. */
size_t gsup_request(const struct gsup_request *,
    uint8_t out[static GSUP_REQUEST_MAX]);

/*
 * Write the frame that says who the client is: NAME, unique among all clients
 * of an HLR, has at most GSUP_NAME_MAX characters.  Returns the length.
 */
size_t gsup_identity(const char *name, uint8_t out[static GSUP_IDENTITY_MAX]);

/* The frame that answers GSUP_PING. */
#define GSUP_PONG_LEN 4
extern const uint8_t gsup_pong[GSUP_PONG_LEN];

/*
 * Measure the frame that V begins with: *N is 0 where it is not whole yet.  OK,
 * or MALFORMED where it is longer than GSUP_FRAME_MAX.
 */
MUST_USE enum status gsup_measure(const uint8_t *v, size_t len, size_t *n);

enum gsup_kind {
	GSUP_OTHER,	/* of no interest here */
	GSUP_PING,
	GSUP_WHO,	/* asks for gsup_identity() */
	GSUP_VECTOR,
	GSUP_REFUSAL
};

/* A frame that came; the caller wipes it. */
struct gsup_frame {
	enum gsup_kind kind;
	char imsi[IMSI_MAX + 1];	/* of VECTOR and REFUSAL */
	bool has_session;
	uint32_t session;
	uint8_t cause;			/* of REFUSAL */
	/* of VECTOR, the first where there are several */
	bool has_keys;			/* else it is one of 2G */
	uint8_t rand[16], autn[16], ck[16], ik[16];
};

/* Decode the LEN octets V, a whole frame.  OK or MALFORMED. */
MUST_USE enum status gsup_decode(struct gsup_frame *, const uint8_t *v,
    size_t len);

/* The name of a cause, TS 24.008 clause 10.5.5.14. */
const char *gsup_cause(uint8_t cause);

#endif
