/*
 * ask_run.h: requests in, responses of a BSF over HTTP out (steps 402 and 403
 * of gba-push(7), from the MTC server's end).
 */
#ifndef GBA_ASK_RUN_H
#define GBA_ASK_RUN_H

#include "nbsp/ask.h"
#include "pipe/opt.h"

/*
 * Rows of an option table for the VERBS that have such a BSF as OPTIONS, a
 * struct ask_options.
 */
#define ASK_OPTS(verbs, options) \
	{ "cert", 0, OPT_STRING, "FILE", &(options).cert, 0, verbs, 0, \
	  "the certificate to show to the BSF, in PEM" }, \
	{ "key", 0, OPT_STRING, "FILE", &(options).key, 0, verbs, 0, \
	  "its key" }, \
	{ "token-file", 0, OPT_STRING, "FILE", &(options).token_file, 0, \
	  verbs, 0, "a bearer token for the BSF, the first word of FILE" }, \
	{ "insecure", 0, OPT_FLAG, NULL, &(options).insecure, 0, verbs, 0, \
	  "ask a BSF of this machine without TLS: http:// or unix:PATH" }

/*
 * Ask the requests of the input; confined.  OK; REJECTED or MALFORMED where
 * some were refused; USAGE; FAILED where the BSF was given up.
 */
MUST_USE enum status ask_run(const struct ask_options *);

/* Which BSFs there are, for --version. */
const char *ask_list(void);

#endif
