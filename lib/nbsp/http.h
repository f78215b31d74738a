/*
 * http.h: bodies that are posted to one URL, many at once over one connection,
 * by libcurl in the one loop: HTTP/2, or HTTP/1.1 where the server has no more.
 * No redirect is followed, no proxy used, no compression asked for.
 */
#ifndef GBA_HTTP_H
#define GBA_HTTP_H

#include "base/address.h"
#include "nbsp/credentials.h"

#define HTTP_WINDOW 100		/* at once: all servers allow so many */

/* What a post has come to. */
struct http_answer {
	enum http_end {
		HTTP_ANSWERED,		/* CODE and a body */
		HTTP_TOO_LONG,		/* its body is longer than MAX */
		HTTP_LATE,		/* nothing within the time */
		HTTP_CUT,		/* it broke off, the connection not */
		HTTP_NONE,		/* it is no HTTP */
		HTTP_LOST,		/* the connection is */
		HTTP_UNREACHABLE,	/* or there is none */
		HTTP_FINAL		/* and will not be one */
	} end;
	const char *why;	/* but ANSWERED, in libcurl's words */
	unsigned code;
	uint64_t retry_after;	/* seconds; 0: it does not say */
	char *v;		/* the body; NULL: none.  Who sets it to NULL,
				   frees it */
	size_t len;
	uint64_t since;		/* monotonic milliseconds */
};

struct http_options {
	const char *url;
	const char *path;	/* of a Unix socket instead, or NULL */
	bool tls;		/* 1.2 or later; the URL is https:// */
	const struct credentials *credentials;
	uint64_t timeout_ms;	/* for each answer */
	size_t max;		/* octets of its body */
	/* DONE with a post; then MORE, after all that ended at once */
	void (*done)(void *arg, void *post, struct http_answer *);
	void (*more)(void *arg);
	void *arg;
};

struct http;

/*
 * Load libcurl; nothing is sent yet.  The options' strings and credentials stay
 * where they are.  OK or FAILED.  Closed by the caller after a failure, too.
 */
MUST_USE enum status http_open(struct http **, const struct http_options *);
void http_close(struct http *);

/* HOST:PORT of the URL, where HOST is a name, is at these addresses. */
MUST_USE enum status http_set_addresses(struct http *, const char *where,
    const struct addresses *);

/*
 * Begin to post LEN octets BODY, which stay where they are, as POST, if there
 * is room.  OK, or FAILED: no memory.
 */
bool http_room(const struct http *);
MUST_USE enum status http_post(struct http *, void *post, const char *body,
    size_t len);

/*
 * Close the connection, whose keys and octets libcurl then erases; DONE is not
 * called for what is under way.
 */
void http_hang_up(struct http *);
bool http_connected(const struct http *);

#endif
