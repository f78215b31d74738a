/* status.c: the text of the last failure. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"

static _Thread_local char text[1024];

void
fail_because(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
}

void
fail_within(const char *fmt, ...)
{
	char why[sizeof(text)];
	va_list ap;
	size_t n;

	memcpy(why, text, sizeof(why));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, ": %s", why);
}

const char *
fail_text(void)
{
	return text;
}

void
fail_said(void)
{
	text[0] = '\0';
}

struct outcome
outcome_of(enum status status)
{
	struct outcome o;

	o.status = status;
	o.text[0] = '\0';
	if (status != OK) {
		snprintf(o.text, sizeof(o.text), "%.*s",
		    (int)sizeof(o.text) - 1, text);
		fail_said();
	}
	return o;
}

enum status
fail_as(const struct outcome *o)
{
	if (o->status != OK)
		snprintf(text, sizeof(text), "%s", o->text);
	return o->status;
}

enum status
status_worst(enum status a, enum status b)
{
	return a > b ? a : b;
}
