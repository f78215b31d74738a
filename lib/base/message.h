/*
 * message.h: messages on standard error.  Each is one line that begins with
 * the program's name, and shows a question mark for whatever may confuse a
 * terminal.
 */
#ifndef GBA_MESSAGE_H
#define GBA_MESSAGE_H

#include <stdbool.h>

#include "base/status.h"

#define MESSAGE_MAX 2048

/*
 * From now on a standard error that takes nothing, or is O_NONBLOCK, is waited
 * for, but not for long after a signal.
 */
void message_open(void);

/* Write TEXT to standard error as it is. */
void message_text(const char *text);

/* Print the text of the last fail(), after the program's name and FMT. */
void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * The same of what PEER, or "", sent to LISTENER, both without anything that
 * may confuse a terminal: with the time and both before it.
 */
void complain_about(const char *listener, const char *peer);

/*
 * From now on messages are JSON Lines, without the program's name: time,
 * message; or of complain_about() time, listener, peer, state and detail.
 */
void message_as_json(void);

/* Print the text of the last fail(), unless it was printed already. */
void complain_unsaid(void);

/* Print a message that is not a failure, in the same form. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Put a question mark in S for each octet that is not UTF-8, and for each
 * character that is not shown in its place: control characters, C1 too, ends
 * of lines, and those that have no width or change the direction of others.
 */
void message_clean(char *s);
bool message_is_clean(const char *s);

/* The program's name in messages. */
extern const char *program_name;

#endif
