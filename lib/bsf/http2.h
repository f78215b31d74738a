/*
 * http2.h: the server's end of an HTTP/2 connection (RFC 9113), through
 * libnghttp2, in memory alone: octets in, requests out; answers in, octets out.
 * Requests have small bodies, and answers leave whole.
 */
#ifndef GBA_HTTP2_H
#define GBA_HTTP2_H

#include "base/octets.h"
#include "base/status.h"

struct http2;

#define HTTP2_STREAMS 128	/* requests at a time, of one connection */
#define HTTP2_BODY_MAX 16384	/* of a request; longer: 413 */
#define HTTP2_HEADERS_MAX 8192	/* of a request, with 32 for each; 431 */
#define HTTP2_HELD 65536	/* of bodies that every connection may keep; */
#define HTTP2_HELD_ALL (64 << 20)	/* more, while all have less; 429 */
#define HTTP2_ROOM 16384	/* for http2_give() */

/* A request.  It is freed when its stream is closed. */
struct http2_request {
	struct http2 *http2;
	int32_t id;
	char method[16];
	char path[256];
	char type[64];			/* the header content-type */
	char authorization[512];	/* the last one */
	unsigned authorizations;	/* how many there are */
	bool has_length;		/* there is a content-length */
	unsigned wrong;			/* status of HTTP of what is wrong */
	bool whole;
	uint8_t *body;			/* of use where nothing is wrong */
	size_t body_len, headers_len;
	size_t dropped;			/* octets of a body that is too long */
	/* the answer */
	uint8_t *answer;
	size_t answer_len, answer_at;
	void *owner;			/* of who answers it */
	struct http2_request *prev, *next;
};

/*
 * WHOLE is called once for each request that has come before its stream is
 * closed, and answers it, or leaves that for later; its body and authorization
 * are erased after the call.  GONE is called for each that WHOLE was called
 * for, before it is freed.  Neither frees the connection.
 */
struct http2_calls {
	void (*whole)(void *arg, struct http2_request *);
	void (*gone)(void *arg, struct http2_request *);
};

/* A connection.  OK or FAILED. */
MUST_USE enum status http2_new(struct http2 **, const struct http2_calls *,
    void *arg);
void http2_free(struct http2 *);

/*
 * Take the LEN octets V that came.  OK; MALFORMED where the peer breaks the
 * rules and is not told why; FAILED.
 */
MUST_USE enum status http2_take(struct http2 *, const uint8_t *v, size_t len);

/*
 * Write to OUT what is to be sent, HTTP2_ROOM octets at most; *LEN is 0 where
 * there is nothing.  The caller erases OUT.  OK or FAILED.
 */
MUST_USE enum status http2_give(struct http2 *, uint8_t out[static HTTP2_ROOM],
    size_t *len);

/* There is nothing to wait for any more: it can be closed. */
bool http2_ended(const struct http2 *);

/* How many requests have come, or begun to, and are not closed. */
size_t http2_count(const struct http2 *);

/*
 * Answer a request: the status CODE, the header NAME (NULL: none) with VALUE,
 * which is a constant, and a body of TYPE, which was allocated and is taken;
 * NULL: none.  OK or FAILED.
 */
struct http2_answer {
	unsigned code;
	const char *name, *value;
	const char *type;
	void *body;
	size_t len;
};
MUST_USE enum status http2_answer(struct http2_request *,
    const struct http2_answer *);

/* The peer is known: it may keep more than HTTP2_HELD. */
void http2_trust(struct http2 *);

/* Take no more requests; those that are there are answered. */
void http2_goaway(struct http2 *);

#endif
