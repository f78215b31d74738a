/*
 * smpp_session.h: one session with an SMSC in the loop (SMPP 3.4 clause 2.2):
 * dialled, bound, kept alive, unbound.  What is asked in it is its owner's.
 */
#ifndef GBA_SMPP_SESSION_H
#define GBA_SMPP_SESSION_H

#include "base/dial.h"
#include "transport/smpp/smpp.h"
#include "transport/smpp/smpp_uri.h"
#include "transport/transport.h"

enum smpp_session_state { SMPP_IDLE, SMPP_DIALLING, SMPP_SECURING,
    SMPP_BINDING, SMPP_BOUND, SMPP_UNBINDING };

struct smpp_session {
	/* the owner's, before smpp_session_start(); they may call
	   smpp_session_put(), and lost() smpp_session_start(), but none
	   frees it */
	uint32_t bind;		/* the command */
	const struct transport_options *options;
	struct smpp_uri uri;

	/* bound, or something came in, or there is room for more */
	void (*turn)(void *arg);

	/* a deliver_sm, data_sm, submit_sm_resp or generic_nack came in */
	void (*take)(void *arg, const struct smpp_pdu *);

	/* it has ended: OK, as smpp_session_unbind() wanted; REJECTED, as the
	   SMSC will not have us; or FAILED */
	void (*lost)(void *arg, const struct outcome *);
	void *arg;

	enum smpp_session_state state;
	struct dial dial;
	struct watch watch;
	struct ssl_ctx_st *system;	/* where the options have no --ca */
	struct tls_stream *tls;		/* NULL: it is not secure, or not yet */
	uint32_t sequence;	/* of our last request */
	uint64_t heard;		/* when something came in last */
	uint64_t deadline;	/* of an answer that is awaited */
	bool enquiring;		/* enquire_link has no answer yet */
	bool warned;		/* there is no password */
	struct outcome said;	/* why it came to nothing, as was said last, */
	uint64_t said_at;	/* when; and that is how it is known to be */
	bool said_lost;
	size_t owed;		/* responses that the owner will put, which
				   have no parameters; there is room */
	uint64_t refused_at;	/* when a PDU was last complained about */
	size_t skip;		/* octets to come of one that is too long */
	size_t in_len, out_at, out_len;
	uint8_t in[2 * SMPP_READ_MAX], out[8 * SMPP_PDU_MAX];
};

/* Dial and bind, where it is idle; what comes of it is turn() or lost(). */
void smpp_session_start(struct smpp_session *);

/* The sequence number of the next request, another each time. */
uint32_t smpp_session_sequence(struct smpp_session *);

/* Whether smpp_session_put() may be called: it is bound, and there is room. */
bool smpp_session_ready(const struct smpp_session *);

/* Have a PDU written by the next smpp_session_turn(), or once what is called
   now returns. */
void smpp_session_put(struct smpp_session *, const struct smpp_pdu *);

/* Call turn() if it is bound, and write what was put. */
void smpp_session_turn(struct smpp_session *);

/*
 * Say WHY it was lost and that it is tried again: each time that the reason is
 * another one, and once a minute.
 */
void smpp_session_say_lost(struct smpp_session *, const struct outcome *why);

/* It is bound: say so, if the last that was said is that it was lost. */
void smpp_session_say_bound(struct smpp_session *);

/* Unbind; lost() is called once that is done. */
void smpp_session_unbind(struct smpp_session *);

/* Hang up as no answer came in time, and call lost(). */
void smpp_session_give_up(struct smpp_session *);

/*
 * The owner is about to close it.  With DEADLINE 0, unbind, if it is bound;
 * else wait for the SMSC's answer until the monotonic time DEADLINE in
 * milliseconds, a second at most, even though a signal came.
 */
void smpp_session_finish(struct smpp_session *, uint64_t deadline);

/* Hang up, after an unbind if it is bound; lost() is not called. */
void smpp_session_close(struct smpp_session *);

#endif
