/* message.c: messages on standard error. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/drain.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/progress.h"

const char *program_name = "gba-push";

/* ---- what may be shown ---- */

/*
 * The character of UTF-8 at S, *N octets of it; 0: there is none, *N is 1.
 * Overlong forms, surrogates and what is cut off are none (RFC 3629).
 */
static uint32_t
utf8_read(const unsigned char *s, size_t *n)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t from;
	} forms[] = {
		{ 0x80, 0x00, 0x01 }, { 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};
	size_t more = 0, i;
	uint32_t c;

	*n = 1;
	while (more < 4 && (s[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == 4)
		return 0;
	c = s[0] & (uint8_t)~forms[more].mask;
	for (i = 1; i <= more && (s[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (s[i] & 0x3f);
	if (i <= more || c < forms[more].from || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*n = 1 + more;
	return c;
}

/*
 * Whether a terminal shows C as a character in its place: it is no control
 * character (C0, DEL, C1), and none that ends a line, has no width, or changes
 * the direction of others.
 */
static bool
is_shown(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return false;
	return true;
}

bool
message_is_clean(const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n) {
		n = 1;
		/* most of them are ASCII, and are seen at a glance */
		if ((*s < ' ' || *s > '~') &&
		    !is_shown(utf8_read((const unsigned char *)s, &n)))
			return false;
	}
	return true;
}

void
message_clean(char *s)
{
	char *to = s;
	size_t n;

	for (; *s != '\0'; s += n) {
		if (is_shown(utf8_read((unsigned char *)s, &n))) {
			memmove(to, s, n);
			to += n;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}

/* ---- messages ---- */

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

static bool as_json;

void
message_as_json(void)
{
	as_json = true;
}

/* Put V, which is clean, behind what LINE of MAX octets has, as a member. */
static void
put_member(char *line, size_t max, const char *name, const char *v)
{
	size_t n = strlen(line);

	n += (size_t)snprintf(line + n, max - n, ",\"%s\":\"", name);
	for (; *v != '\0' && n + 4 < max; v++) {
		if (*v == '"' || *v == '\\')
			line[n++] = '\\';
		line[n++] = *v;
	}
	snprintf(line + n, max - n, "\"");
}

/* Say TEXT, which becomes clean; of what PEER sent to LISTENER, or NULL. */
static void
say(char *text, const char *listener, const char *peer)
{
	char line[2 * MESSAGE_MAX + 2048] = "", date[CLOCK_DATE_MAX];
	const size_t max = sizeof(line) - 3;	/* for an end */
	uint64_t now = clock_now();

	message_clean(text);
	if (as_json) {
		snprintf(line, max, "{\"time\":%" PRIu64, now);
		if (listener != NULL)
			put_member(line, max, "listener", listener);
		if (listener != NULL && peer[0] != '\0')
			put_member(line, max, "peer", peer);
		if (listener != NULL)
			put_member(line, max, "state", "refused");
		put_member(line, max, listener != NULL ? "detail" : "message",
		    text);
		strcat(line, "}");
	} else if (listener != NULL) {
		snprintf(line, max, "%s: %s: %s: %s%s%s%s", program_name,
		    clock_date(now, date), listener, peer[0] != '\0' ?
		    "from " : "", peer, peer[0] != '\0' ? ": " : "", text);
	} else {
		snprintf(line, max, "%s: %s", program_name, text);
	}
	progress_clear();
	strcat(line, "\n");
	message_text(line);
}

static void
say_message(const char *fmt, va_list ap, const char *text)
{
	char line[MESSAGE_MAX];
	size_t n = (size_t)vsnprintf(line, sizeof(line), fmt, ap);

	if (n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, "%s", text);
	say(line, NULL, NULL);
}

void
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_message(fmt, ap, fail_text());
	va_end(ap);
	fail_said();
}

void
complain_about(const char *listener, const char *peer)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "%s", fail_text());
	say(text, listener, peer);
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
	say_message(fmt, ap, "");
	va_end(ap);
}
