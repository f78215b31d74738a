/*
 * message.h: messages on standard error.  Each is one line that begins with
 * the program's name.
 */
#ifndef GBA_MESSAGE_H
#define GBA_MESSAGE_H

#include "base/status.h"

/*
 * From now on a standard error that takes nothing, or is O_NONBLOCK, is waited
 * for, but not for long after a signal.
 */
void message_open(void);

/* Write TEXT to standard error as it is. */
void message_text(const char *text);

/* Print the text of the last fail(), after the program's name and FMT. */
void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Print the text of the last fail(), unless it was printed already. */
void complain_unsaid(void);

/* Print a message that is not a failure, in the same form. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The program's name in messages. */
extern const char *program_name;

#endif
