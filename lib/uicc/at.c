/* at.c: what a modem sends. */
#include <stdlib.h>

#include "uicc/at.h"

void
at_reset(struct at_reader *r)
{
	r->len = 0;
	r->complete = true;	/* a new line is to begin */
}

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* What the complete line of R means. */
static enum at_result
read_line(const struct at_reader *r, const char *command, const char *prefix,
    char *value)
{
	const char *line = r->line;

	if (strcmp(line, "OK") == 0)
		return AT_OK;
	if (strcmp(line, "ERROR") == 0 || begins(line, "+CME ERROR:") ||
	    begins(line, "+CMS ERROR:"))
		return AT_ERROR;
	if (strcmp(line, command) != 0 && prefix[0] != '\0' &&
	    begins(line, prefix)) {
		line += strlen(prefix);
		strcpy(value, line + strspn(line, " "));
	}
	return AT_MORE;
}

enum at_result
at_read(struct at_reader *r, const char *in, size_t len, const char *command,
    const char *prefix, char value[static AT_LINE_MAX])
{
	enum at_result result = AT_MORE;

	for (size_t i = 0; i < len && result == AT_MORE; i++) {
		bool end = in[i] == '\r' || in[i] == '\n';

		if (r->complete)
			r->len = 0;
		r->complete = end;
		if (!end && r->len < sizeof(r->line) - 1)
			r->line[r->len++] = in[i];
		if (!end || r->len == 0)
			continue;
		r->line[r->len] = '\0';
		if (strlen(r->line) == r->len)	/* no NUL in it */
			result = read_line(r, command, prefix, value);
	}
	return result;
}

enum status
at_apdu(const char *value, struct answer_apdu *out)
{
	uint8_t v[ANSWER_MAX + 2];
	const char *hex = strchr(value, ',');
	size_t len;
	int n;

	hex = hex == NULL ? "" : hex + 1 + strspn(hex + 1, " \"");
	len = strspn(hex, "0123456789abcdefABCDEF");
	n = hex_decode(v, sizeof(v), hex, len);
	if (n < 2 || strtoul(value, NULL, 10) != len ||
	    hex[len + strspn(hex + len, " \"")] != '\0')
		return fail(FAILED, "the modem gives no answer of the card");
	out->len = (size_t)n - 2;
	memcpy(out->v, v, out->len);
	out->sw = (unsigned)be_read(v + out->len, 2);
	wipe(v, sizeof(v));
	return OK;
}
