/*
 * show.h: records as text, for people, and as JSON Lines, for scripts.
 */
#ifndef GBA_SHOW_H
#define GBA_SHOW_H

#include "record/record.h"

/* Text that grows in a caller's buffer; what does not fit is cut. */
struct text {
	char *v;
	size_t len, max;
};

void text_put(struct text *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void text_char(struct text *, char);

#define SHOW_MAX (4 * RECORD_MAX + 2048)	/* room for any record */

/*
 * One record: as a JSON object and newline, or as lines of text, the type and
 * then a field a line, and an empty line.  Values of secret fields read
 * (hidden) unless SECRETS.
 */
void show_json(struct text *, const struct record *, bool secrets);
void show_text(struct text *, const struct record *, bool secrets);

/* The same object, for the caller to add to; to be shown, and freed. */
struct json_t *show_object(const struct record *, bool secrets);
void show_line(struct text *, struct json_t *);

/* One value, as in text: hex, a word, FQDN/UA, a number with its date. */
void show_value(struct text *, const struct record *, enum key, bool secrets);

#endif
