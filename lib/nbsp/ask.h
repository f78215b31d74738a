/*
 * ask.h: asks a BSF for GPIs over HTTP/2, as a Push-NAF does (TS 29.309).
 * Requests go out as soon as they are put, a window of them at once over one
 * connection; answers are taken in their order.
 *
 * What a BSF does that is busy (429, 503), and what has no answer when a
 * connection breaks, is asked again: the vector that was lost is skipped.  An
 * answer that is none costs its request alone.
 */
#ifndef GBA_ASK_H
#define GBA_ASK_H

#include "record/record.h"

#define ASK_MAX 512		/* put, and not taken yet */
#define ASK_TIMEOUT 10
#define ASK_RETRY_FOR 30

struct ask_options {
	const char *bsf;	/* https://HOST[:PORT][/PREFIX]; or within this
				   machine http:// or unix:PATH */
	const char *cert, *key;	/* of the client, in PEM; or NULL */
	const char *ca;		/* NULL: the authorities of the system */
	const char *token_file;	/* a bearer token; or NULL */
	bool insecure;		/* no TLS, within this machine */
	uint64_t timeout;	/* seconds, for an answer */
	uint64_t retry_for;	/* seconds, for the next answer of any */
};

struct ask;

/* Whether BSF is one for ask_open(), by how it begins. */
bool ask_is_uri(const char *bsf);

/*
 * Check the options, and read all files; nothing is sent yet.
 * *WHERE, if WHERE is not NULL, is the HOST:PORT that is dialled, or NULL; it
 * lives as long as the ask.  OK; USAGE; MALFORMED or FAILED where a file is no
 * good.  Closed by the caller after a failure, too.
 */
MUST_USE enum status ask_open(struct ask **, const struct ask_options *,
    const char **where);
void ask_close(struct ask *);

/* Whether one more may be put. */
bool ask_room(const struct ask *);

/* Ask REQUEST.  OK; REJECTED where the service has no words for it. */
MUST_USE enum status ask_put(struct ask *, const struct record *request);

/* Whether the oldest that was put has its answer; or whether all have. */
bool ask_answered(const struct ask *);
bool ask_all_answered(const struct ask *);

/* OK; or FAILED once the BSF is given up: no more answers come. */
MUST_USE enum status ask_check(const struct ask *);

/* Wait in the loop for all answers.  OK; FAILED as above, or by a signal. */
MUST_USE enum status ask_wait(struct ask *);

/*
 * Take the answer to the oldest, which has one, and REQUEST, as it was put.
 * OK, and the caller wipes RESPONSE; REJECTED in words of the BSF; REJECTED or
 * MALFORMED where what it sent is no answer.
 */
MUST_USE enum status ask_take(struct ask *, struct record *request,
    struct record *response);

/* Forget all that was put and not taken. */
void ask_forget(struct ask *);

#endif
