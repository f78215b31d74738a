/* input.c: sequences and lines, item by item. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/place.h"
#include "pipe/io.h"

/*
 * Open NAME, which may be the name of a descriptor.  A FIFO is awaited in the
 * loop, until somebody writes to it.
 */
static int
open_named(const char *name)
{
	struct place p;

	if (place_find(&p, name) == OK && p.fd >= 0)
		return fcntl(p.fd, F_DUPFD_CLOEXEC, 0);
	fail_said();
	return open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

enum status
input_open(struct input *in, const char *name)
{
	bool standard = file_is_standard(name);

	memset(in, 0, offsetof(struct input, v));
	in->name = standard ? NULL : name;
	in->fd = standard ? STDIN_FILENO : open_named(name);
	if (in->fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	return OK;
}

void
input_close(struct input *in)
{
	loop_forget(in->fd);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
	wipe(in->v, sizeof(in->v));
}

static enum event
broken(struct input *in, enum status status)
{
	in->broken = outcome_of(status);
	in->line += in->framing == FRAMING_TEXT_LINES;
	in->ended = true;
	return INPUT_BROKEN;
}

/*
 * Wait until there is something to read: INPUT_ITEM, PAUSE or END.  What else
 * happened meanwhile is a pause: there may be something to tell of it.
 */
static enum event
await(const struct input *in, bool wait)
{
	uint64_t deadline = !wait ? 0 : in->deadline_ms == 0 ? LOOP_NEVER :
	    in->deadline_ms;

	switch (loop_wait(in->fd, deadline)) {
	case LOOP_READABLE:
		return INPUT_ITEM;
	case LOOP_SIGNAL:
		return INPUT_END;
	case LOOP_TIME:
		return wait ? INPUT_END : INPUT_PAUSE;
	case LOOP_HAPPENED:
		break;
	}
	return INPUT_PAUSE;
}

/* Take the character C of hex, in the place of whose octets is *TO. */
static enum status
take_hex(struct input *in, uint8_t c, size_t *to)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = c < '0' ? NULL : strchr(digits, c | 0x20);

	if (digit != NULL && in->half)
		in->v[(*to)++] = (uint8_t)(in->high << 4 | (digit - digits));
	else if (digit != NULL)
		in->high = (uint8_t)(digit - digits);
	else if ((c | 0x20) == 'x' && (in->escape || (in->half &&
	    in->high == 0)))
		;	/* as in 0x88 and \x88 */
	else if (in->half || c == 0 || strchr(" \t\r\n:,-\\", c) == NULL)
		return fail(MALFORMED, "not all of it is hex, two digits for "
		    "each octet");
	in->escape = c == '\\';
	in->half = digit != NULL && !in->half;
	return OK;
}

/* What was read from FROM on is hex: put its octets there. */
static enum status
unhex(struct input *in, size_t from)
{
	enum status status = OK;
	size_t to = from;

	for (size_t i = from; i < in->end && status == OK; i++)
		status = take_hex(in, in->v[i], &to);
	wipe(in->v + to, in->end - to);
	in->end = to;
	return status;
}

/* Erase the octets that were taken, and move the rest to the beginning. */
static void
forget_taken(struct input *in)
{
	size_t rest = in->end - in->at;

	memmove(in->v, in->v + in->at, rest);
	wipe(in->v + rest, in->at);
	in->at = 0;
	in->end = rest;
}

/* Read once more: INPUT_ITEM where there are new octets. */
static enum event
more(struct input *in, bool wait)
{
	enum event event;
	ssize_t n;

	forget_taken(in);
	if ((event = await(in, wait)) != INPUT_ITEM)
		return event;
	n = read(in->fd, in->v + in->end, INPUT_ROOM - in->end);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return broken(in, fail(FAILED, "%s", strerror(errno)));
	if (n == 0)
		return INPUT_END;
	n = n > 0 ? n : 0;
	in->end += (size_t)n;
	if (in->hex && unhex(in, in->end - (size_t)n) != OK)
		return broken(in, MALFORMED);
	return INPUT_ITEM;
}

/* Measure the item that begins at V, 0 where it is not whole yet. */
static enum status
measure(struct input *in, const uint8_t *v, size_t len, size_t *n)
{
	const uint8_t *end, *cr;

	if (in->framing == FRAMING_SEQUENCE) {
		in->read = in->record != NULL &&
		    record_read(in->record, v, len, n) == OK;
		if (in->read)
			return OK;
		/* it may be cut, or another kind of item */
		if (in->record != NULL)
			record_wipe(in->record);
		fail_said();
		return cbor_measure(v, len, n);
	}
	/* LF, CR LF, where the line between is empty, or CR */
	end = memchr(v, '\n', len);
	if ((cr = memchr(v, '\r', end == NULL ? len : (size_t)(end - v))) !=
	    NULL)
		end = cr;
	*n = end == NULL ? 0 : (size_t)(end - v) + 1;
	return end == NULL && len == INPUT_ROOM ? fail(MALFORMED,
	    "line: found over %d characters, expected fewer", INPUT_ROOM) :
	    OK;
}

/* The byte order mark of UTF-8 or UTF-16 that V begins with; 0: none. */
static size_t
mark_length(const uint8_t *v, size_t len)
{
	return len >= 3 && memcmp(v, "\xef\xbb\xbf", 3) == 0 ? 3 :
	    len >= 2 && (v[0] ^ v[1]) == 1 && (v[0] | v[1]) == 0xff ? 2 : 0;
}

/*
 * Whether a sequence is text, which is well-formed CBOR more often than not:
 * somebody gave the wrong file, or the output of -j or -t.
 */
static bool
looks_like_text(const uint8_t *v, size_t len)
{
	bool lines = v[0] == '{';

	if (mark_length(v, len) > 0)
		return true;
	for (size_t i = 0; i < len; i++) {
		if (v[i] == '\n')
			lines = true;
		else if ((v[i] < 0x20 && v[i] != '\t' && v[i] != '\r') ||
		    v[i] > 0x7e)
			return false;
	}
	return lines;
}

/*
 * Whether it begins with the offset of a dump, as of xxd, hexdump, od or
 * Wireshark: no record and no GPI begins with so many zeros.
 */
static bool
looks_like_dump(const uint8_t *v, size_t len)
{
	size_t n = 0;

	while (n < len && v[n] == '0')
		n++;
	return n >= 4 && n < len && (v[n] == ':' || v[n] == ' ' ||
	    v[n] == '\t');
}

/* Whether all of it may be hex, which begins like no record and no GPI. */
static bool
looks_like_hex(const uint8_t *v, size_t len)
{
	bool digits = false;

	for (size_t i = 0; i < len; i++) {
		if (v[i] == 0 ||
		    strchr("0123456789abcdefABCDEFx \t\r\n:,-\\", v[i]) == NULL)
			return false;
		digits |= strchr(" \t\r\n:,-\\", v[i]) == NULL;
	}
	return digits;
}

/* Look at the first octets of a sequence. */
static enum status
look(struct input *in)
{
	size_t len = in->end - in->at;

	if (in->looked || len == 0 || in->framing != FRAMING_SEQUENCE)
		return OK;
	in->looked = true;
	/* its zeros would be a record each */
	if (len > 15 && memcmp(in->v + in->at, "SQLite format 3", 16) == 0)
		return fail(MALFORMED, "a store, not records");
	if (in->hex_too && looks_like_dump(in->v, len))
		return fail(MALFORMED, "a dump with offsets; of one of xxd, "
		    "xxd -r makes octets");
	if (in->hex_too && looks_like_hex(in->v, len < 256 ? len : 256)) {
		warn("%s: hex; its octets are read", in->name != NULL ?
		    in->name : "standard input");
		in->hex = true;
		return unhex(in, 0);
	}
	if (!looks_like_text(in->v + in->at, len < 256 ? len : 256))
		return OK;
	return fail(MALFORMED, in->hex_too ? "text, neither CBOR nor hex (was "
	    "it written with -j or -t?)" : "text, not CBOR (is it hex, or "
	    "written with -j or -t?)");
}

static enum event
next_in_sequence(struct input *in, bool wait, const uint8_t **item,
    size_t *len)
{
	enum event event;
	enum status status;

	for (;;) {
		if ((status = look(in)) != OK)
			return broken(in, status);
		status = measure(in, in->v + in->at, in->end - in->at, len);
		if (status != OK)
			return broken(in, status);
		if (*len > 0)
			break;
		if ((event = more(in, wait)) == INPUT_ITEM)
			continue;
		if (event == INPUT_END && in->half)
			return broken(in, fail(MALFORMED, "an odd number of "
			    "hex digits"));
		if (event != INPUT_END || in->end == in->at || loop_signalled())
			return event;
		if (in->framing == FRAMING_SEQUENCE)
			return broken(in, fail(MALFORMED, "item: found the "
			    "end of input after %zu octet%s, expected the rest",
			    in->end - in->at, plural(in->end - in->at)));
		in->v[in->end++] = '\n';	/* the last line's end */
	}
	*item = in->v + in->at;
	in->at += *len;
	return INPUT_ITEM;
}

static bool
is_blank(const uint8_t *v, size_t len)
{
	while (len > 0 && (*v == ' ' || *v == '\t')) {
		v++;
		len--;
	}
	return len == 0;
}

/* Lines that have something in them, as an editor counts them. */
static enum event
next_line(struct input *in, bool wait, const uint8_t **item, size_t *len)
{
	enum event event;
	uint8_t end;

	do {
		event = next_in_sequence(in, wait, item, len);
		if (event != INPUT_ITEM)
			break;
		end = (*item)[--*len];
		in->line += *len > 0 || end != '\n' || !in->cr;
		in->cr = end == '\r';
	} while (is_blank(*item, *len));
	return event;
}

/*
 * Records begin with the head of a map, JSON with a brace: perhaps behind a
 * byte order mark, or lines that are empty.
 */
static enum event
next_of_either(struct input *in, bool wait, const uint8_t **item, size_t *len)
{
	enum event event = INPUT_ITEM;
	size_t mark;
	uint8_t first;

	while (event == INPUT_ITEM && (in->at == in->end ||
	    (in->v[in->at] >= 0xef && in->end - in->at < 3)))
		event = more(in, wait);
	if (in->at == in->end || (event != INPUT_ITEM && event != INPUT_END))
		return event;
	mark = mark_length(in->v + in->at, in->end - in->at);
	if (mark == 2) {
		in->framing = FRAMING_TEXT_LINES;
		return broken(in, fail(MALFORMED, "UTF-16; save it as "
		    "UTF-8"));
	}
	in->at += mark;
	first = in->at == in->end ? '\n' : in->v[in->at];
	if (in->framing == FRAMING_SEQUENCE_OR_LINES)
		in->framing = mark > 0 || (first != 0 &&
		    strchr("{ \t\r\n", first) != NULL) ?
		    FRAMING_TEXT_LINES : FRAMING_SEQUENCE;
	else
		in->framing = CBOR_IS_MAP(first) ? FRAMING_SEQUENCE :
		    FRAMING_TEXT_LINES;
	return in->framing == FRAMING_SEQUENCE ?
	    next_in_sequence(in, wait, item, len) :
	    next_line(in, wait, item, len);
}

uint64_t
input_done(const struct input *in, uint64_t *total)
{
	struct stat st;
	off_t at;

	if (fstat(in->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (at = lseek(in->fd, 0, SEEK_CUR)) < 0)
		return *total = 0;
	*total = (uint64_t)st.st_size;
	return (uint64_t)at - (in->end - in->at);
}

enum event
input_next(struct input *in, bool wait, const uint8_t **item, size_t *len)
{
	static enum event (*const next[])(struct input *, bool,
	    const uint8_t **, size_t *) = {
		[FRAMING_SEQUENCE] = next_in_sequence,
		[FRAMING_TEXT_LINES] = next_line,
		[FRAMING_SEQUENCE_OR_LINES] = next_of_either,
		[FRAMING_LINES_OR_SEQUENCE] = next_of_either,
	};
	enum event event;

	/* however much comes in */
	if (wait && in->deadline_ms != 0 &&
	    clock_monotonic_ms() >= in->deadline_ms)
		in->ended = true;
	if (in->ended)
		return INPUT_END;
	event = next[in->framing](in, wait, item, len);
	in->ended = event == INPUT_END || event == INPUT_BROKEN;
	return event;
}

enum event
input_next_record(struct input *in, bool wait, const uint8_t **item,
    size_t *len, struct record **r)
{
	enum event event;

	in->record = *r;
	in->read = false;
	event = input_next(in, wait, item, len);
	in->record = NULL;
	if (event != INPUT_ITEM || !in->read)
		*r = NULL;
	return event;
}
