/* hexview.c: the octets of an item, annotated. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gba/gpi.h"
#include "gba/hexview.h"

#define PER_ROW 8
#define NAME_AT (7 + 3 * PER_ROW)	/* column of the names */
#define WIDTH 80

/* How octets of a GPI are protected. */
enum protection { PLAIN, AUTHENTICATED, ENCRYPTED, EXPOSED };

struct view {
	struct text *t;
	const uint8_t *v;
	size_t at, len;
	const struct record *r;		/* or NULL */
	const struct record *gpi;	/* within it, or NULL */
	bool secrets, colour;
	bool lost;			/* fields unknown: all may be secret */
	enum protection protection;
};

static void
paint(const struct view *w, const char *sequence)
{
	if (w->colour && w->protection != PLAIN)
		text_put(w->t, "\033[%sm", sequence);
}

/* The next N octets, in rows; NAME and NOTE are beside the first row. */
static void
rows(struct view *w, size_t n, bool hidden, const char *name,
    const char *note)
{
	static const char *const colour[] = { [AUTHENTICATED] = "32",
	    [ENCRYPTED] = "35", [EXPOSED] = "33" };
	size_t end = w->at + (n < w->len - w->at ? n : w->len - w->at);
	int i;

	hidden |= w->lost && !w->secrets;
	for (; w->at < end; name = "", note = "") {
		text_put(w->t, "%04zx ", w->at);
		paint(w, colour[w->protection]);
		for (i = 0; i < PER_ROW && w->at < end; i++, w->at++) {
			if (hidden)
				text_put(w->t, " ..");
			else
				text_put(w->t, " %02x", w->v[w->at]);
		}
		if (name[0] != '\0')
			text_put(w->t, "%*s  %s", 3 * (PER_ROW - i), "", name);
		if (note[0] != '\0')
			text_put(w->t, "%*s %s", name[0] == '\0' ? 0 :
			    14 - (int)strlen(name), "", note);
		paint(w, "0");
		text_char(w->t, '\n');
	}
}

/* A line without octets: the meaning of those above. */
static void
meaning(struct view *w, enum key key)
{
	char v[2 * RECORD_MAX];
	struct text value = { v, 0, sizeof(v) };
	size_t room = WIDTH - NAME_AT - 3 - strlen(fields[key].name);
	size_t at = 0, n;

	if (w->r == NULL || (w->r->has & UINT64_C(1) << key) == 0)
		return;
	show_value(&value, w->r, key, w->secrets);
	text_put(w->t, "%*s= %s ", NAME_AT, "", fields[key].name);
	do {
		n = value.len - at < room ? value.len - at : room;
		text_put(w->t, "%*s%.*s\n", at == 0 ? 0 : (int)(WIDTH - room),
		    "", (int)n, v + at);
	} while ((at += n) < value.len);
	wipe(v, value.len);
}

/* ---- GPIs ---- */

/* Rows of a GPI. */
static void
part(struct view *w, size_t n, enum protection protection, const char *name,
    const char *note)
{
	w->protection = protection;
	rows(w, n, false, name, note);
	w->protection = PLAIN;
}

#define CLEAR "clear, authenticated (AD1)"

/* The trigger item, by its mode. */
static void
trigger(struct view *w)
{
	static const struct {
		enum protection protection;
		const char *name, *note;
	} trig[] = {
		[MODE_NONE] = { EXPOSED, "trig", "clear, NOT authenticated" },
		[MODE_INTEGRITY] = { AUTHENTICATED, "trig",
		    "clear, authenticated (AD2)" },
		[MODE_FULL] = { ENCRYPTED, "c2",
		    "encrypted, authenticated: C2" },
	};
	size_t end = w->len - 1 - MAC_LEN;
	enum trigger_mode mode;

	if (!record_has(w->r, HAS(TRIGGER_MODE))) {
		part(w, 1, AUTHENTICATED, "trigger", "null: none (AD2)");
		return;
	}
	mode = w->r->trigger_mode;
	part(w, 1, AUTHENTICATED, "trigger", "array of 2 (AD2)");
	part(w, 1, AUTHENTICATED, "trigger_mode", "clear, authenticated (AD2)");
	meaning(w, KEY_TRIGGER_MODE);
	if (mode == MODE_FULL)
		part(w, 1, AUTHENTICATED, "c2", "head, authenticated (AD2)");
	part(w, end - w->at, trig[mode].protection, trig[mode].name,
	    trig[mode].note);
	meaning(w, KEY_TRIGGER_IND);
	meaning(w, KEY_TRIGGER_TIME);
}

static void
gpi(struct view *w)
{
	size_t c1 = w->r->enc_gpi.len - MAC_LEN;

	part(w, 1, AUTHENTICATED, "gpi", "array of 8, authenticated (AD1)");
	part(w, 1, AUTHENTICATED, "ver", CLEAR);
	part(w, 17, AUTHENTICATED, "rand", CLEAR);
	part(w, 17, AUTHENTICATED, w->r->um == GBA_U ? "autn*" : "autn",
	    CLEAR);
	part(w, 1 + w->r->app_lbl.len, AUTHENTICATED, "app_lbl", CLEAR);
	part(w, 1, AUTHENTICATED, "um", CLEAR);
	meaning(w, KEY_UM);
	part(w, c1 < 24 ? 1 : c1 < 256 ? 2 : 3, EXPOSED, "enc",
	    "head, not authenticated");
	part(w, c1, ENCRYPTED, "enc", "encrypted, authenticated: C1");
	meaning(w, KEY_NAF_ID);
	meaning(w, KEY_KEY_LT);
	meaning(w, KEY_P_TID);
	trigger(w);
	part(w, 1 + MAC_LEN, AUTHENTICATED, "mac",
	    "the synthetic IV of AES-SIV");
}

/*
 * An array that is no GPI, as far as it goes: each element under the name that
 * it would have.  A GPI has nothing secret in the clear.
 */
static void
malformed_gpi(struct view *w)
{
	static const char *const names[] = { "gpi", "ver", "rand", "autn",
	    "app_lbl", "um", "enc", "trigger", "mac" };
	uint64_t within = 0;	/* elements to come of the trigger */
	struct token token;
	size_t i = 0, n;

	while (w->at < w->len) {
		n = token_read(&token, w->v + w->at, w->len - w->at);
		if (n == 0 || i == COUNT(names)) {
			rows(w, w->len, false, i < COUNT(names) ? names[i] :
			    "?", n == 0 ? "cut off" : "left over");
			return;
		}
		rows(w, n, false, names[i], i == 0 ? "array of a GPI that is "
		    "malformed" : "");
		within -= within > 0;
		if (strcmp(names[i], "trigger") == 0 &&
		    token.kind == TOKEN_ARRAY)
			within += token.n;
		i += within == 0;
	}
}

/* ---- records ---- */

/* Whether VALUE is of KEY's kind; if not, the rest cannot be annotated. */
static bool
fits(const struct token *key, const struct token *value)
{
	static const int kind[] = { [KIND_UINT] = TOKEN_UINT, [KIND_BYTES] =
	    TOKEN_BYTES, [KIND_STRING] = TOKEN_TEXT, [KIND_WORDS] =
	    TOKEN_TEXT };

	return key->kind == TOKEN_UINT && key->n < KEY_COUNT &&
	    (int)value->kind == kind[fields[key->n].kind];
}

/* The next M octets are a string that is a GPI. */
static void
gpi_within(struct view *w, size_t m)
{
	struct view within = *w;

	within.len = w->at + m;
	within.r = w->gpi;
	rows(&within, m - w->r->gpi.len, false, "gpi", "head of a string");
	gpi(&within);
	w->at = within.at;
}

static void
pair(struct view *w)
{
	struct token key, value;
	const struct field *f;
	char name[32];
	size_t n, m;

	n = token_read(&key, w->v + w->at, w->len - w->at);
	m = n == 0 ? 0 : token_read(&value, w->v + w->at + n,
	    w->len - w->at - n);
	if (m == 0 || !fits(&key, &value)) {
		w->lost = true;
		rows(w, w->len, false, "?", "not a known key and its value");
		return;
	}
	f = &fields[key.n];
	snprintf(name, sizeof(name), "key %" PRIu64, key.n);
	rows(w, n, false, name, f->name);
	if (key.n == KEY_GPI && w->gpi != NULL) {
		gpi_within(w, m);
		return;
	}
	rows(w, m, f->shown == SHOWN_SECRET && !w->secrets, f->name,
	    f->shown == SHOWN_SECRET ? "secret" : "");
	if ((f->kind != KIND_BYTES || key.n == KEY_NAF_ID) &&
	    f->shown != SHOWN_SECRET)
		meaning(w, (enum key)key.n);
}

void
hexview(struct text *t, const uint8_t *item, size_t len,
    const struct hexview *of)
{
	struct view w = { t, item, 0, len, of->r, of->gpi, of->secrets,
	    of->colour, false, PLAIN };
	struct token head;
	size_t n = token_read(&head, item, len);

	if (w.r != NULL && w.r->type == RECORD_GPI) {
		gpi(&w);
	} else if (n > 0 && head.kind == TOKEN_MAP) {
		rows(&w, n, false, "record", "map of key and value");
		while (w.at < len)
			pair(&w);
	} else if (n > 0 && head.kind == TOKEN_ARRAY) {
		malformed_gpi(&w);
	} else {
		w.lost = true;
		rows(&w, len, false, "?", "no record and no GPI");
	}
	text_char(t, '\n');
}
