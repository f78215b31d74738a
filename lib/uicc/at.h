/*
 * at.h: what a modem sends, TS 27.007 and V.250.  Pure functions on text.
 */
#ifndef GBA_AT_H
#define GBA_AT_H

#include "uicc/apdu.h"

/* A line with an APDU in hex, and more. */
#define AT_LINE_MAX (2 * (ANSWER_MAX + 2) + 64)

/* What came of a line that is not complete yet; at first all 0. */
struct at_reader {
	char line[AT_LINE_MAX];	/* the last one; its end is cut */
	size_t len;
	bool complete;
};

enum at_result { AT_MORE, AT_OK, AT_ERROR };

void at_reset(struct at_reader *);

/*
 * Read what came after COMMAND: its echo, lines that nobody asked for, the one
 * that begins with PREFIX, whose rest goes to VALUE, and the final result.
 * What follows that is dropped.
 */
enum at_result at_read(struct at_reader *, const char *in, size_t len,
    const char *command, const char *prefix, char value[static AT_LINE_MAX]);

/*
 * The value of +CSIM or +CGLA: the number of hex digits, a comma, and the
 * digits, perhaps in quotes.  OK or FAILED.
 */
MUST_USE enum status at_apdu(const char *value, struct answer_apdu *);

#endif
