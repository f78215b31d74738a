/*
 * message.h: messages on standard error.  Each is one line that begins with
 * the program's name.
 */
#ifndef GBA_MESSAGE_H
#define GBA_MESSAGE_H

#include "base/status.h"

/* Print the text of the last fail(), after the program's name and FMT. */
void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Print the text of the last fail(), unless it was printed already. */
void complain_unsaid(void);

/* Print a message that is not a failure, in the same form. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The program's name in messages. */
extern const char *program_name;

#endif
