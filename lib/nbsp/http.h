/*
 * http.h: the client's end of HTTP/2 (RFC 9113), through libnghttp2 in the one
 * loop: bodies that are posted to one path of one server, many at once over one
 * connection, which is made when it is needed.
 */
#ifndef GBA_HTTP_H
#define GBA_HTTP_H

#include "base/octets.h"
#include "base/status.h"

#define HTTP_WINDOW 100		/* at once: all servers allow so many */

/* What a post has come to. */
struct http_answer {
	enum http_end {
		HTTP_ANSWERED,		/* CODE and a body */
		HTTP_TOO_LONG,		/* more than there is room for */
		HTTP_LATE,		/* nothing within the time */
		HTTP_CUT,		/* it broke off, the connection not */
		HTTP_REFUSED,		/* untouched: that ends */
		HTTP_LOST,		/* the connection has broken */
		HTTP_NONE,		/* it is no HTTP/2 */
		HTTP_UNREACHABLE,	/* there is none */
		HTTP_FINAL		/* and will not be one */
	} end;
	const char *why;	/* but ANSWERED */
	unsigned code;
	uint64_t retry_after;	/* seconds; 0: it does not say */
	char *v;		/* the body, allocated; NULL: none.  Who sets it
				   to NULL, frees it */
	size_t len;
	uint64_t since;		/* monotonic milliseconds */
};

struct ssl_ctx_st;		/* OpenSSL's SSL_CTX */

/* Its strings stay where they are. */
struct http_options {
	const char *where;	/* HOST:PORT */
	const char *socket;	/* the path of a Unix socket instead */
	struct ssl_ctx_st *tls;	/* of credentials.h; NULL: no TLS */
	const char *authority, *path;
	const char *authorization;	/* the header, or NULL */
	uint64_t timeout_ms;	/* for each answer */
	size_t max;		/* octets of its body */
	/* DONE with a post; then MORE, after all that ended at once.  Neither
	   closes it; DONE does not post. */
	void (*done)(void *arg, void *post, struct http_answer *);
	void (*more)(void *arg);
	void *arg;
};

struct http;

/*
 * Nothing is sent yet.  OK; USAGE where this program has no HTTP/2; FAILED.
 * Closed by the caller after a failure, too.
 */
MUST_USE enum status http_open(struct http **, const struct http_options *);
void http_close(struct http *);

/*
 * Post LEN octets BODY, which stay where they are, as POST, if there is room,
 * which more() says again.
 */
bool http_room(const struct http *);
void http_post(struct http *, void *post, const char *body, size_t len);

/* Close the connection; done() is not called for what is under way. */
void http_hang_up(struct http *);

#endif
