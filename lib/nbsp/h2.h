/*
 * h2.h: what both ends of HTTP/2, nbsp/http and bsf/http2, do alike with
 * libnghttp2.
 */
#ifndef GBA_H2_H
#define GBA_H2_H

#include <nghttp2/nghttp2.h>

#include "base/octets.h"
#include "base/status.h"

/* The octets that a session sends. */
struct h2_out {
	uint8_t *v;			/* those that may leave now */
	size_t len, room;
	const uint8_t *pending;		/* the session's, which had no room */
	size_t pending_len;
};

/* Fill OUT anew with what SESSION sends.  OK; FAILED: no memory. */
MUST_USE enum status h2_fill(struct h2_out *out, nghttp2_session *session);

/* Options that keep no table of headers; 0, or the error of libnghttp2. */
int h2_options(nghttp2_option **);

/* A header, both of whose strings outlive the call that it is for. */
nghttp2_nv h2_header(const char *name, const char *value);

/* Whether the LEN octets V are NAME. */
bool h2_is(const char *name, const uint8_t *v, size_t len);

/* Fails; returns FAILED. */
enum status h2_no_memory(void);

#endif
