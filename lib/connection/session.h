/*
 * session.h: one connection of the MTC server, from accept to its JSON line.
 * Step 407 of gba-push(7), the server's half.
 *
 * Twice it has something to store before it speaks: that the device responded,
 * and that the stream ended well.  Then it waits for group.h to store it.
 */
#ifndef GBA_SESSION_H
#define GBA_SESSION_H

#include "connection/connection_line.h"
#include "connection/relay.h"
#include "connection/serve.h"
#include "connection/trigger_window.h"
#include "connection/upload.h"

/* What all connections of a server share. */
struct service {
	struct db *db;
	const struct serve_options *options;
	struct ssl_ctx_st *tls;
};

enum phase {
	PHASE_HANDSHAKE,
	PHASE_RESPONSE,		/* the trigger response is awaited */
	PHASE_RESPONDED,	/* and is to be stored */
	PHASE_STREAM,		/* it is accepted */
	PHASE_FINISHED,		/* which is to be stored */
	PHASE_CLOSING,		/* all is decided; last words */
	PHASE_ENDED
};

struct session {
	const struct service *service;
	struct relay relay;
	enum phase phase;
	uint64_t deadline;	/* monotonic milliseconds */
	struct trigger_window window;
	struct record *trigger;	/* for CMD, until it runs */
	struct upload file;	/* of --dir */
	bool accepted;
	struct connection_line line;	/* state ACCEPTED: not decided yet */
	void *owner;
	struct session *next;	/* of a group, which has something to store */
};

/* The P-TID that it claims. */
static inline const char *
session_p_tid(const struct session *s)
{
	return tls_p_tid(s->relay.tls);
}

enum session_wants {
	SESSION_WAITS,		/* for its descriptors, or its deadline */
	SESSION_GOES_ON,	/* to be stepped again */
	SESSION_STORES,		/* to be stored */
	SESSION_ENDED
};

/* OWNER's connection on SOCKET, which is closed with it.  OK or FAILED. */
MUST_USE enum status session_new(struct session **, const struct service *,
    int socket, void *owner);
void session_free(struct session *);

/* Go on, for a few rounds or until it has to wait. */
enum session_wants session_step(struct session *);
enum session_wants session_wants(const struct session *);

/* Say how it ends; the first to do so is right. */
void session_conclude(struct session *, enum state, const char *detail);

/* Begin the last words, which are queued. */
void session_begin_closing(struct session *);

/* Tell a device that has proved its key what fail_text() says is wrong. */
void session_refuse(struct session *, enum status why);

/* End it as failed, saying WHY, unless it has ended before. */
void session_stop(struct session *, const char *why);

/* Put the line of one that has ended.  OK or FAILED. */
MUST_USE enum status session_report(struct session *, struct line_writer *);

#endif
