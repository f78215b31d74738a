/* table.c: records as a table. */
#include <ctype.h>

#include "base/clock.h"
#include "base/message.h"
#include "record/table.h"

#define COLUMNS_MAX 5
#define DATE 20
#define ROOM 1100	/* for the largest value, ue_id of a subscriber */

/* A field, or where the record has none, another. */
struct column {
	enum key key, or;
	int width;
};

#define NONE KEY_TYPE	/* behind the last column */

#define SA { \
	{ KEY_UL_SA_ID, KEY_UL_SA_ID, 20 }, \
	{ KEY_UE_ID, KEY_UE_PRIV_ID, 20 }, \
	{ KEY_KEY_LT, KEY_KEY_LT, DATE }, \
	{ KEY_NAF_ID, KEY_NAF_ID, 0 } }

static const struct column columns[RECORD_TYPES][COLUMNS_MAX + 1] = {
	[RECORD_NAF_SA] = SA,
	[RECORD_ACCEPTED] = SA,
	[RECORD_DEVICE] = {
		{ KEY_UE_ID, KEY_UE_ID, 20 },
		{ KEY_UE_TRP, KEY_UE_TRP, 32 },
		{ KEY_UM, KEY_UM, 2 },
		{ KEY_APP_LBL, KEY_APP_LBL, 7 },
		{ KEY_UE_PRIV_ID, KEY_UE_PRIV_ID, 0 } },
	[RECORD_SUBSCRIBER] = {
		{ KEY_UE_PRIV_ID, KEY_UE_PRIV_ID, 50 },
		{ KEY_ALGORITHM, KEY_ALGORITHM, 9 },
		{ KEY_SQN, KEY_SQN, 15 },
		{ KEY_UE_IDS, KEY_UE_IDS, 0 } },
	[RECORD_TRIGGER] = {
		{ KEY_UE_ID, KEY_UE_ID, 20 },
		{ KEY_P_TID, KEY_P_TID, 20 },
		{ KEY_STATE, KEY_STATE, 9 },
		{ KEY_TIME, KEY_TIME, DATE },
		{ KEY_DETAIL, KEY_DETAIL, 0 } },
};

void
table_put(struct text *t, const char *const *word, const int *width,
    size_t count)
{
	const char *v;

	for (size_t i = 0; i < count; i++) {
		v = word[i] == NULL || word[i][0] == '\0' ? "-" : word[i];
		if (i + 1 < count)
			text_put(t, "%-*s  ", width[i], v);
		else
			text_put(t, "%s\n", v);
	}
}

/* Put a line of what EACH says of a column. */
static void
put_line(struct text *t, enum record_type type, const struct record *r,
    void (*each)(const struct column *, const struct record *, char *v))
{
	const struct column *column = columns[type];
	char v[COLUMNS_MAX][ROOM];
	const char *word[COLUMNS_MAX] = { NULL };
	int width[COLUMNS_MAX] = { 0 };
	size_t n;

	for (n = 0; n < COLUMNS_MAX && column[n].key != NONE; n++) {
		each(&column[n], r, v[n]);
		word[n] = v[n];
		width[n] = column[n].width;
	}
	table_put(t, word, width, n);
}

static void
put_name(const struct column *c, const struct record *r, char *v)
{
	const char *name = fields[c->key].name;

	(void)r;
	for (; *name != '\0'; name++)
		*v++ = (char)toupper((unsigned char)*name);
	*v = '\0';
}

static void
put_value(const struct column *c, const struct record *r, char *v)
{
	enum key key = record_has(r, UINT64_C(1) << c->key) ? c->key : c->or;
	const struct field *f = &fields[key];
	struct text t = { v, 0, ROOM };

	v[0] = '\0';
	if (!record_has(r, UINT64_C(1) << key))
		return;
	if (f->shown == SHOWN_MOMENT)
		clock_date(*number_at(r, f), v);
	else
		show_value(&t, r, key, false);
	message_clean(v);
}

void
table_head(struct text *t, enum record_type type)
{
	if (columns[type][0].key != NONE)
		put_line(t, type, NULL, put_name);
}

void
table_row(struct text *t, const struct record *r)
{
	if (columns[r->type][0].key != NONE)
		put_line(t, r->type, r, put_value);
	else
		show_text(t, r, false);
}
