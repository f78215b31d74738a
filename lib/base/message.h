/*
 * message.h: what a program says on standard error: one line each, that begins
 * with the program's name.
 */
#ifndef GBA_MESSAGE_H
#define GBA_MESSAGE_H

#include "base/status.h"

/* Say what the last fail() said, with the program and where, on stderr. */
void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same, unless it was said. */
void complain_unsaid(void);

/* Say something that is no failure, in the same form. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The program's name in messages. */
extern const char *program_name;

#endif
