/*
 * bsf_serve.h: the BSF on the network: many NAFs at once in one process, by
 * HTTP/2.  Step 402 of gba-push(7).
 */
#ifndef GBA_BSF_SERVE_H
#define GBA_BSF_SERVE_H

#include "bsf/tls_server.h"
#include "bsf/tokens.h"
#include "vectors/grant.h"

struct bsf_options {
	const char *hss;	/* as vectors_open() */
	const char *listen;	/* HOST:PORT, port 0: any; or unix:PATH */
	bool plain;		/* without TLS */
	struct tls_server_options tls;
	const struct tokens *tokens;	/* or NULL */
	const struct grant *grant;
	uint64_t max_connections;	/* 0: as descriptors allow */
	void (*listening)(const char *at);
};

/*
 * Serve until SIGTERM or SIGINT; what was asked by then is answered, within a
 * few seconds.  Requests that are refused, and connections that break the
 * rules, are told, of many a few.  OK; USAGE, MALFORMED or FAILED, where it
 * cannot begin.
 */
MUST_USE enum status bsf_serve(const struct bsf_options *);

#endif
