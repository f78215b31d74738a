/*
 * status.h: one enum for the results of functions and for the exit statuses
 * that the manuals list under EXIT STATUS.
 */
#ifndef GBA_STATUS_H
#define GBA_STATUS_H

#include <stdarg.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum status {
	OK = 0,		/* done */
	REJECTED = 1,	/* the answer is no: MAC, SQN, lifetime, identity */
	USAGE = 2,	/* called wrongly */
	MALFORMED = 3,	/* malformed input */
	FAILED = 4	/* the system failed: file, disk, network, database */
};

/*
 * Whoever detects a failure says why, once, as "field: what was found, what
 * was expected", and returns STATUS; callers pass it up.  The text is the
 * thread's last failure: it holds until the next fail() and never holds a
 * secret.
 */
#define fail(status, ...) (fail_because(__VA_ARGS__), (status))

/* Put a prefix and ": " before the text of a failure that is passed up. */
#define fail_in(status, ...) (fail_within(__VA_ARGS__), (status))

void fail_because(const char *fmt, ...) PRINTF_LIKE(1, 2);
void fail_within(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The text of the last fail(); empty after fail_said(). */
const char *fail_text(void);
void fail_said(void);

/*
 * What something came to, as a value: what is said of it later, or by another
 * thread, or after something else failed, is said from here.
 */
struct outcome {
	enum status status;
	char text[512];		/* why; empty where it is OK */
};

/*
 * STATUS, and where it is not OK what the last fail() said.  That is said
 * with the outcome from then on: the thread has no last failure any more.
 */
struct outcome outcome_of(enum status);

/* Fail as OUTCOME did: its text is the last failure.  Returns its status. */
enum status fail_as(const struct outcome *);

/* The graver of two outcomes of one run: 4, 3, 2, 1, 0. */
enum status status_worst(enum status, enum status);

#endif
