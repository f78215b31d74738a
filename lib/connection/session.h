/*
 * session.h: one connection of the MTC server, from accept to its JSON line.
 * Step 407 of gba-push(7), the server's half.  Its states, and what leads from
 * one to the next, are in session.c.
 */
#ifndef GBA_SESSION_H
#define GBA_SESSION_H

#include "connection/commit.h"
#include "connection/connected.h"
#include "connection/connection_line.h"
#include "connection/crew.h"
#include "connection/lookup.h"
#include "connection/relay.h"
#include "connection/serve.h"
#include "connection/strangers.h"

struct session;

/* What all connections of a server share. */
struct service {
	const struct serve_options *options;
	struct ssl_ctx_st *tls;
	struct store_work *store;
	char at[ADDRESS_TEXT_MAX];	/* where it listens */
	void (*give_turn)(struct session *);	/* in the loop: it can go on */
	const struct crew *crew;
};

enum phase {
	PHASE_HANDSHAKE,
	PHASE_RESPONSE,		/* the trigger response is awaited */
	PHASE_RESPONDED,	/* it is here, and is being stored */
	PHASE_STREAM,		/* it is accepted: data flows */
	PHASE_FINISHED,		/* the good end is being stored */
	PHASE_CLOSING,		/* all is decided; last words */
	PHASE_ENDED
};

struct session {
	const struct service *service;
	struct relay relay;
	enum phase phase;
	uint64_t deadline;	/* monotonic milliseconds */
	uint64_t again;		/* when to try again, if before; 0: not */
	struct lookup *lookup;	/* until the handshake is over */
	struct commit *commit;	/* while something is being stored */
	struct trigger_window window;
	struct record *trigger;	/* for CMD, until it runs */
	struct upload file;	/* of --dir, until the commit has it */
	bool handed_over;	/* it is another process's, which says more */
	bool proved;		/* the device has proved its key */
	bool accepted;
	bool cut;		/* the deadline is that of --max-time */
	struct connection_line line;	/* state ACCEPTED: not decided yet */
	/* the server's: of its lists */
	struct stranger stranger;
	struct connected_device device, responder;
	struct session *prev, *next, *prev_turn, *next_turn;
	bool has_turn;
};

/* The P-TID that it claims. */
static inline const char *
session_p_tid(const struct session *s)
{
	return tls_p_tid(s->relay.tls);
}

/* It has named a P-TID that the store knows. */
bool session_known(const struct session *);

/* A connection on SOCKET, which is closed with it.  OK or FAILED. */
MUST_USE enum status session_new(struct session **, const struct service *,
    int socket);
void session_free(struct session *);

enum session_wants {
	SESSION_WAITS,
	SESSION_GOES_ON,	/* to be stepped again */
	SESSION_ENDED
};

/* Go on, for a few rounds or until it has to wait. */
enum session_wants session_step(struct session *);

/* Wait in the loop for a turn.  OK or FAILED. */
MUST_USE enum status session_await(struct session *);

/* End it for that reason, unless it has ended before. */
void session_stop(struct session *, const struct outcome *why);

/* Put the line of one that has ended.  OK or FAILED. */
MUST_USE enum status session_report(struct session *, struct line_writer *);

#endif
