/*
 * client.h: one connection of the BSF's server: a NAF that asks, from accept to
 * close.
 */
#ifndef GBA_CLIENT_H
#define GBA_CLIENT_H

#include "bsf/api.h"
#include "bsf/hss_set.h"
#include "connection/strangers.h"

struct client;
struct pending;

/* What all connections of a server share. */
struct bsf {
	struct api api;
	struct hss_set hss;
	struct ssl_ctx_st *tls;		/* NULL: without */
	size_t waiting;			/* requests that wait for an HSS */
	struct pending *answered;	/* those that do not any more */
	struct client *senders;		/* who has something to send */
	void (*soon)(void);	/* have client_pump() called by the loop */
	/* it has proved who it is; as such, it asks or is answered; it has
	   ended: OK, or because of STATUS and the last failure, and is to be
	   freed */
	void (*proved)(struct client *);
	void (*active)(struct client *);
	void (*ended)(struct client *, enum status);
	/* a request was refused with CODE for the last failure */
	void (*refused)(struct client *, unsigned code);
};

struct client {
	struct bsf *bsf;
	struct watch watch;
	struct tls_stream *tls;		/* NULL: without */
	char *names;			/* of its certificate, or NULL */
	struct http2 *http2;
	bool open;			/* its handshake is over */
	bool proved, sends;
	uint64_t active;		/* it asked, or was answered, then */
	uint8_t *left;			/* what the socket did not take */
	size_t left_len, left_at;
	/* the server's: of its lists */
	struct stranger stranger;	/* until it has proved who it is, */
	struct crowd_member known;	/* and then */
	struct client *prev, *next, *prev_sends, *next_sends;
};

#define CLIENT_PROVE_MS 10000	/* to prove who it is */
#define CLIENT_ASK_MS 30000	/* for a request to come, its answer to leave */
#define CLIENT_IDLE_MS 600000	/* without a request */
#define BSF_WAITING 8192	/* requests at most, of all; more: 429,
				   but to who has no other */

/* A connection on FD, which is closed with it.  OK or FAILED. */
MUST_USE enum status client_new(struct client **, struct bsf *, int fd);
void client_free(struct client *);

/* It goes at once, because there are too many; its requests have no answer. */
void client_leave(struct client *);

/* It asks no more: what it has asked is answered, and then it ends. */
void client_finish(struct client *);

/*
 * Give their answers to those whose requests are answered, and send what is to
 * be sent.  Some may end.
 */
void client_pump(struct bsf *);

#endif
