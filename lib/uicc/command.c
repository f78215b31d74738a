/* command.c: commands to a UICC, and their answers. */
#include <stdio.h>

#include "base/message.h"
#include "uicc/command.h"

#define INS_READ_BINARY 0xb0
#define INS_UPDATE_BINARY 0xd6
#define INS_GET_RESPONSE 0xc0
#define TURNS 16		/* of GET RESPONSE: a card may be endless */

static void
trace(const struct channel *c, const char *arrow, const uint8_t *v, size_t len,
    size_t shown, const char *end)
{
	char line[2 * APDU_MAX + 32], hex[HEX_LEN(APDU_MAX)];

	if (!c->explain)
		return;
	if (c->secrets || shown > len)
		shown = len;
	snprintf(line, sizeof(line), "  %s %s%s%s\n", arrow,
	    hex_encode(hex, v, shown), shown < len ? " (hidden)" : "", end);
	message_text(line);
	wipe(line, sizeof(line));
	wipe(hex, sizeof(hex));
}

/* One command and its answer, as they are. */
static enum status
transmit(struct channel *c, const struct apdu *in, struct answer_apdu *out,
    enum hidden hidden)
{
	enum status status;
	char sw[8];

	out->len = 0;
	out->sw = 0;
	trace(c, "->", in->v, in->len, hidden == HIDE_COMMAND ? 5 : APDU_MAX,
	    "");
	status = c->link.functions->transmit(c->link.arg, in, out);
	if (status != OK)
		return status;
	snprintf(sw, sizeof(sw), "%s%04x", out->len > 0 ? " " : "", out->sw);
	/* AUTS, which begins with DC, is no secret */
	trace(c, "<-", out->v, out->len, hidden == HIDE_ANSWER &&
	    out->v[0] != 0xdc ? 1 : APDU_MAX, sw);
	return OK;
}

/* Add MORE to the answer.  Whether it goes on, and then with which command. */
static bool
goes_on(struct answer_apdu *out, const struct answer_apdu *more,
    struct apdu *next)
{
	memcpy(out->v + out->len, more->v, more->len);
	out->len += more->len;
	out->sw = more->sw;
	if (more->sw >> 8 == 0x61)
		apdu_read(next, INS_GET_RESPONSE, 0, 0, (uint8_t)more->sw);
	else if (more->sw >> 8 == 0x6c && next->len == 5)
		next->v[4] = (uint8_t)more->sw;
	else
		return false;
	return true;
}

/* TS 102 221 clause 7.3.1.1. */
enum status
command(struct channel *c, const struct apdu *in, struct answer_apdu *out,
    enum hidden hidden)
{
	struct answer_apdu more;
	struct apdu next = *in;
	enum status status;
	int turns = 0;

	out->len = 0;
	do {
		status = transmit(c, &next, &more, hidden);
		if (status == OK && (++turns > TURNS ||
		    more.len > sizeof(out->v) - out->len))
			status = fail(FAILED, "the card's answer has no end");
	} while (status == OK && goes_on(out, &more, &next));
	wipe(&more, sizeof(more));
	wipe(&next, sizeof(next));
	return status;
}

enum status
command_good(struct channel *c, const struct apdu *in, struct answer_apdu *out,
    const char *what)
{
	enum status status;

	if ((status = command(c, in, out, HIDE_NOTHING)) == OK &&
	    !sw_good(out->sw))
		status = fail(FAILED, "%s: the card answered SW %04X: %s",
		    what, out->sw, sw_text(out->sw));
	return status;
}

/* ---- files ---- */

/* Select FILE of the application; *SIZE is what it has room for. */
static enum status
select_file(struct channel *c, unsigned file, const char *name, size_t *size)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	apdu_select_file(&in, file);
	if ((status = command_good(c, &in, &out, name)) == OK &&
	    (status = fcp_size(&out, size)) != OK)
		status = fail_in(status, "%s", name);
	return status;
}

enum status
command_read(struct channel *c, unsigned file, const char *name,
    struct answer_apdu *out)
{
	struct apdu in;
	enum status status;
	size_t size;

	if ((status = select_file(c, file, name, &size)) != OK)
		return status;
	apdu_read(&in, INS_READ_BINARY, 0, 0, (uint8_t)(size < 255 ? size :
	    255));
	return command_good(c, &in, out, name);
}

enum status
command_update(struct channel *c, unsigned file, const char *name,
    const uint8_t *v, size_t len)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;
	size_t size;

	if ((status = select_file(c, file, name, &size)) != OK)
		return status;
	if (len > size || len > APDU_DATA_MAX)
		return fail(FAILED, "%s has %zu octet%s, expected %zu", name,
		    size, plural(size), len);
	apdu_write(&in, INS_UPDATE_BINARY, 0, 0, v, len);
	return command_good(c, &in, &out, name);
}
