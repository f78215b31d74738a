/* message.c: messages on standard error. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/drain.h"
#include "base/message.h"
#include "base/progress.h"

const char *program_name = "gba-push";

static struct drain standard_error = { .fd = STDERR_FILENO };

void
message_open(void)
{
	drain_open(&standard_error, STDERR_FILENO);
}

/* There is nobody to tell that nobody can be told. */
void
message_text(const char *text)
{
	struct outcome last = outcome_of(FAILED);

	if (drain_write(&standard_error, "standard error", text,
	    strlen(text)) != OK)
		fail_said();
	(void)fail_as(&last);
}

static void
say(const char *fmt, va_list ap, const char *text)
{
	char line[2048 + 1];	/* and its end */
	const size_t max = sizeof(line) - 1;
	size_t n;

	n = (size_t)snprintf(line, max, "%s: ", program_name);
	n += (size_t)vsnprintf(line + n, max - n, fmt, ap);
	if (n < max)
		snprintf(line + n, max - n, "%s", text);
	/* foreign text must not add lines or control characters */
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	progress_clear();
	strcat(line, "\n");
	message_text(line);
}

void
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, fail_text());
	va_end(ap);
	fail_said();
}

void
complain_unsaid(void)
{
	if (fail_text()[0] != '\0')
		complain("%s", "");
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "");
	va_end(ap);
}
