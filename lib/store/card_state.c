/*
 * card_state.c: what a device remembers beside its UICC.  The file is text: a
 * first line, and then a line for each value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "store/card_state.h"

#define FIRST "gpi-recv card state 1\n"
#define ANSWERED "sync-failure "
#define RAND "rand "
#define ROW_MAX 64
#define STATE_MAX ((RANDS_MAX + 2) * ROW_MAX)

/* One line, without its end. */
static bool
read_line(const char *line, struct record *card, uint64_t *answered)
{
	uint8_t rand[16];

	if (strncmp(line, ANSWERED, strlen(ANSWERED)) == 0)
		return number_read(line + strlen(ANSWERED), 1, UINT32_MAX,
		    answered);
	if (strncmp(line, RAND, strlen(RAND)) != 0 ||
	    card->rands.len == 16 * RANDS_MAX || hex_decode(rand, 16,
	    line + strlen(RAND), strlen(line) - strlen(RAND)) != 16)
		return false;
	memcpy(card->rands.v + card->rands.len, rand, 16);
	card->rands.len += 16;
	return true;
}

/* An empty file is one that has just been made. */
static bool
read_all(char *v, struct record *card, uint64_t *answered)
{
	char *end;

	if (v[0] == '\0')
		return true;
	if (strncmp(v, FIRST, strlen(FIRST)) != 0)
		return false;
	for (v += strlen(FIRST); *v != '\0'; v = end + 1) {
		if ((end = strchr(v, '\n')) == NULL)
			return false;
		*end = '\0';
		if (!read_line(v, card, answered))
			return false;
	}
	return true;
}

enum status
card_state_lock(struct card_file *file, const char *name, struct record *card,
    uint64_t *answered)
{
	char v[STATE_MAX + 1];
	enum status status;
	size_t len;

	*answered = 0;
	record_put(card, KEY_RANDS, "", 0);
	status = card_open(file, name, true, (uint8_t *)v, STATE_MAX, &len);
	if (status != OK)
		return status;
	v[len] = '\0';
	if (strlen(v) == len && read_all(v, card, answered))
		return OK;
	card_unlock(file);
	return fail(MALFORMED, "%s: found something else, expected the state "
	    "of a card, or nothing", name);
}

enum status
card_state_replace(const struct card_file *file, const struct record *card,
    uint64_t answered)
{
	char v[STATE_MAX], hex[HEX_LEN(16)];
	size_t len = (size_t)snprintf(v, sizeof(v), "%s", FIRST);

	if (answered != 0)
		len += (size_t)snprintf(v + len, sizeof(v) - len,
		    ANSWERED "%" PRIu64 "\n", answered);
	for (size_t i = 0; i < card->rands.len; i += 16)
		len += (size_t)snprintf(v + len, sizeof(v) - len, RAND "%s\n",
		    hex_encode(hex, card->rands.v + i, 16));
	return card_write(file, (const uint8_t *)v, len);
}
