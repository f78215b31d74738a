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
 * It is valid until the next fail() and never holds a secret.
 */
#define fail(status, ...) (fail_because(__VA_ARGS__), (status))

/* Put a prefix and ": " before the text of a failure that is passed up. */
#define fail_in(status, ...) (fail_within(__VA_ARGS__), (status))

void fail_because(const char *fmt, ...) PRINTF_LIKE(1, 2);
void fail_within(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The text of the last fail(); empty after fail_said(). */
const char *fail_text(void);
void fail_said(void);

/* The more severe of two results: 4, 3, 2, 1, 0. */
enum status status_worst(enum status, enum status);

#endif
