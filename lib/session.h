/*
 * session.h: one connection of the MTC server, from accept to its JSON line.
 * Step 407 of gba-push(7), the server's half.
 */
#ifndef GBA_SESSION_H
#define GBA_SESSION_H

#include "relay.h"
#include "serve.h"

/* What all connections of a server share. */
struct service {
	struct db *db;
	const struct serve_options *options;
	struct ssl_ctx_st *tls;
};

struct session;

enum session_event {
	SESSION_OPEN,
	SESSION_ACCEPTED,	/* just now: it supersedes older ones */
	SESSION_ENDED
};

/* A connection on SOCKET, which it closes in the end.  OK or FAILED. */
MUST_USE enum status session_new(struct session **, const struct service *,
    int socket);
void session_free(struct session *);

/* Whether to step it now though its descriptors are silent. */
bool session_due(const struct session *, uint64_t now_ms);

/* When it is due at the latest; 0: at once. */
uint64_t session_deadline(const struct session *);

/* Go on, for a few rounds or until it has to wait. */
enum session_event session_step(struct session *);

/* Its stream is open and P_TID's; the P-TID it claims. */
bool session_streams(const struct session *, const char *p_tid);
const char *session_p_tid(const struct session *);

/* End it as failed, saying WHY, unless it has ended before. */
void session_stop(struct session *, const char *why);

/* What to poll for; returns how many, at most RELAY_FDS. */
size_t session_poll(const struct session *, struct pollfd *);

/* Emit the line of one that has ended.  EMIT's status, or FAILED. */
MUST_USE enum status session_report(struct session *, emit_fn *);

#endif
