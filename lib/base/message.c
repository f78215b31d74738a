/* message.c: messages on standard error. */
#include <stdio.h>

#include "base/message.h"
#include "base/progress.h"

const char *program_name = "gba-push";

static void
say(const char *fmt, va_list ap, const char *text)
{
	char line[2048];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s: ", program_name);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, "%s", text);
	/* foreign text must not add lines or control characters */
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	progress_clear();
	fprintf(stderr, "%s\n", line);
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
