/*
 * esme.h: one session with an SMSC in the loop (SMPP 3.4 clause 2.2): dialled,
 * bound, kept alive, unbound.  What is asked in it is its owner's.
 */
#ifndef GBA_ESME_H
#define GBA_ESME_H

#include "carrier.h"
#include "dial.h"
#include "smpp.h"
#include "smppuri.h"

enum esme_state { ESME_IDLE, ESME_DIALLING, ESME_BINDING, ESME_BOUND,
    ESME_UNBINDING };

struct esme {
	/* the owner's, before esme_start(); they may call esme_put(), and
	   lost() esme_start(), but none frees it */
	uint32_t bind;		/* the command */
	const struct carriage *carriage;
	struct smppuri uri;

	/* bound, or something came in, or there is room for more */
	void (*turn)(void *arg);

	/* a deliver_sm, a submit_sm_resp or a generic_nack came in */
	void (*take)(void *arg, const struct smpp_pdu *);

	/* it has ended: OK, as esme_unbind() wanted; REJECTED, as the SMSC
	   will not have us; or FAILED */
	void (*lost)(void *arg, enum status);
	void *arg;

	enum esme_state state;
	struct dial dial;
	struct watch watch;
	uint32_t sequence;	/* of our last request */
	uint64_t heard;		/* when something came in last */
	uint64_t deadline;	/* of an answer that is awaited */
	bool enquiring;		/* enquire_link has no answer yet */
	bool complained;	/* of the file of passwords */
	size_t in_len, out_at, out_len;
	uint8_t in[2 * SMPP_READ_MAX], out[8 * SMPP_PDU_MAX];
};

/* Dial and bind, where it is idle; what comes of it is turn() or lost(). */
void esme_start(struct esme *);

/* The sequence number of the next request, another each time. */
uint32_t esme_sequence(struct esme *);

/* Whether esme_put() may be called: it is bound, and there is room. */
bool esme_ready(const struct esme *);

/* Have a PDU written by the next esme_turn(), or after what is called now. */
void esme_put(struct esme *, const struct smpp_pdu *);

/* Call turn() if it is bound, and write what was put. */
void esme_turn(struct esme *);

/* Unbind; lost() is called once that is done. */
void esme_unbind(struct esme *);

/* Hang up as no answer came in time, and call lost(). */
void esme_give_up(struct esme *);

/* Unbind, wait a second for the answer, and hang up; lost() is not called. */
void esme_close(struct esme *);

#endif
