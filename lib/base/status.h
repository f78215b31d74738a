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
 * The function that detects a failure sets its text, once, and returns STATUS;
 * callers pass STATUS up.  For the contents of records the text is "field:
 * found X, expected Y"; otherwise it says plainly what is wrong and what to do.
 * The text is the thread's last failure: it is valid until the next fail() and
 * never holds a secret.
 */
#define fail(status, ...) (fail_because(__VA_ARGS__), (status))

/* Put a prefix and ": " before the text of a failure that is passed up. */
#define fail_in(status, ...) (fail_within(__VA_ARGS__), (status))

void fail_because(const char *fmt, ...) PRINTF_LIKE(1, 2);
void fail_within(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* What a noun behind N ends with: "s", unless N is 1. */
static inline const char *
plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

/* The text of the last fail(); empty after fail_said(). */
const char *fail_text(void);
void fail_said(void);

/*
 * A result as a value, for code that reports it later, on another thread, or
 * after something else has failed.
 */
struct outcome {
	enum status status;
	char text[512];		/* of the failure; empty if OK */
};

/*
 * STATUS and, if it is not OK, the text of the last fail(), which moves into
 * the outcome: the thread has no last failure afterwards.
 */
struct outcome outcome_of(enum status);

/* Make OUTCOME's text the last failure.  Returns its status. */
enum status fail_as(const struct outcome *);

/* The more severe of two results: 4, 3, 2, 1, 0. */
enum status status_worst(enum status, enum status);

#endif
