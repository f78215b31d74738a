/* smpp_receipts.c: which message a delivery receipt is for. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "transport/smpp/smpp_receipts.h"

/* ---- the forms of an id ---- */

static const char *
form(const struct smpp_id *id, int f)
{
	return f == ID_TEXT ? id->text : f == ID_PLAIN ? id->plain : id->hex;
}

/* The decimal digits TEXT in hex: one division for each digit. */
static void
put_hex(char out[static SMPP_DECIMAL_MAX], const char *text)
{
	uint8_t digit[SMPP_DECIMAL_MAX];	/* decimal, the first is 0 */
	char hex[SMPP_DECIMAL_MAX];
	size_t count = strlen(text), at = sizeof(hex) - 1;
	unsigned rest, left;

	for (size_t i = 0; i < count; i++)
		digit[i] = (uint8_t)(text[i] - '0');
	hex[at] = '\0';
	do {
		rest = left = 0;
		for (size_t i = 0; i < count; i++) {
			rest = 10 * rest + digit[i];
			digit[i] = (uint8_t)(rest / 16);
			left |= digit[i];
			rest %= 16;
		}
		hex[--at] = "0123456789abcdef"[rest];
	} while (left != 0);
	strcpy(out, hex + at);
}

static void
make_id(struct smpp_id *id, const char *text)
{
	size_t n;

	memset(id, 0, sizeof(*id));
	text += strspn(text, " \t\r\n");
	n = strnlen(text, SMPP_ID_MAX);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	if (n == 0)
		return;
	memcpy(id->text, text, n);
	text = id->text;
	if (strncasecmp(text, "0x", 2) == 0 && text[2] != '\0' &&
	    text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0')
		text += 2;
	text += strspn(text, "0");
	if (text[0] == '\0')
		text--;			/* it is 0 */
	for (n = 0; text[n] != '\0'; n++)
		id->plain[n] = (char)tolower((unsigned char)text[n]);
	n = strspn(id->plain, "0123456789");
	if (n < SMPP_DECIMAL_MAX && id->plain[n] == '\0' &&
	    strcspn(id->text, "xX") == strlen(id->text))
		put_hex(id->hex, id->plain);
}

/* ---- who awaits ---- */

/* *SEVERAL: messages with that KEY are more than one. */
static struct awaited *
find(const struct smpp_receipts *all, int f, const char *key, bool *several)
{
	const struct awaited *head = all->awaited[f];
	size_t len = strlen(key);
	struct awaited *a = NULL, *other;
	UT_hash_handle *h;

	if (len == 0)
		return NULL;
	HASH_FIND(by[f], head, key, len, a);
	if (a == NULL)
		return NULL;
	/* those of one key are in one chain, and A is the first of them */
	for (h = a->by[f].hh_next; h != NULL; h = h->hh_next) {
		other = (struct awaited *)ELMT_FROM_HH(head->by[f].tbl, h);
		*several |= strcmp(form(&other->id, f), key) == 0 &&
		    other->of != a->of;
	}
	return a;
}

static struct awaited *
find_way(const struct smpp_receipts *all, enum id_way way,
    const struct smpp_id *id, bool *several)
{
	struct awaited *a;

	if (way == WAY_HEX_DECIMAL)
		return find(all, ID_PLAIN, id->hex, several);
	if (way == WAY_DECIMAL_HEX)
		return find(all, ID_HEX, id->plain, several);
	a = find(all, ID_TEXT, id->text, several);
	return a != NULL ? a : find(all, ID_PLAIN, id->plain, several);
}

void
smpp_receipts_await(struct smpp_receipts *all, struct awaited *a,
    const char *text)
{
	make_id(&a->id, text);
	for (int f = 0; f < ID_FORMS; f++) {
		const char *key = form(&a->id, f);
		size_t len = strlen(key);

		/* no memory: as if none came */
		if (len > 0)
			HASH_ADD_KEYPTR(by[f], all->awaited[f], key, len, a);
	}
	for (struct kept *k = all->kept; k < all->kept + all->kept_end; k++)
		for (size_t i = 0; k->used && i < COUNT(k->id); i++)
			k->look |= strcmp(k->id[i].plain, a->id.plain) == 0 ||
			    strcmp(k->id[i].hex, a->id.plain) == 0 ||
			    strcmp(k->id[i].plain, a->id.hex) == 0;
}

void
smpp_receipts_forget(struct smpp_receipts *all, struct awaited *a)
{
	for (int f = 0; f < ID_FORMS; f++)
		if (a->by[f].tbl != NULL)
			HASH_DELETE(by[f], all->awaited[f], a);
	memset(&a->by, 0, sizeof(a->by));
}

/* ---- receipts ---- */

void
smpp_receipts_put(struct smpp_receipts *all, const struct smpp_receipt *r)
{
	struct kept *k = &all->kept[all->kept_next++];

	if (all->kept_end < all->kept_next)
		all->kept_end = all->kept_next;
	all->kept_next %= RECEIPTS_KEPT;
	*k = (struct kept){ .used = true, .look = true, .receipt = *r };
	make_id(&k->id[0], r->id);
	make_id(&k->id[1], r->text_id);
}

/* What the ways say of the receipt K, by one of its ids. */
struct candidates {
	struct awaited *a[ID_WAYS];
	bool several[ID_WAYS];
	bool any;
};

static struct candidates
candidates_for(const struct smpp_receipts *all, const struct kept *k)
{
	struct candidates c = { .any = false };

	for (size_t i = 0; i < COUNT(k->id) && !c.any; i++)
		for (int way = 0; way < ID_WAYS; way++) {
			c.a[way] = find_way(all, way, &k->id[i],
			    &c.several[way]);
			c.any |= c.a[way] != NULL;
		}
	return c;
}

static bool
is_one(unsigned ways)
{
	return (ways & (ways - 1)) == 0;
}

/*
 * A receipt counts once against the ways that do not explain it.  The one way
 * that was best stays so until another is better: a receipt that comes twice
 * must not find the next best message.
 */
static void
learn(struct smpp_receipts *all, const struct candidates *c)
{
	unsigned best = 0, before = all->best;
	uint64_t least = UINT64_MAX;

	for (int way = 0; way < ID_WAYS; way++) {
		all->misses[way] += c->a[way] == NULL;
		if (all->misses[way] < least)
			least = all->misses[way];
	}
	for (int way = 0; way < ID_WAYS; way++)
		if (all->misses[way] == least)
			best |= 1u << way;
	all->best = before != 0 && is_one(before) && (best & before) != 0 ?
	    before : best;
	for (size_t i = 0; all->best != before && i < all->kept_end; i++)
		all->kept[i].look = all->kept[i].used;
}

/* Whose the receipt K is by the best ways, which must agree. */
static struct awaited *
decide(struct smpp_receipts *all, struct kept *k, const struct candidates *c)
{
	struct awaited *found = NULL;
	bool doubt = k->doubtful && !is_one(all->best);

	for (int way = 0; way < ID_WAYS; way++) {
		if ((all->best & 1u << way) == 0 || c->a[way] == NULL)
			continue;
		doubt |= c->several[way] ||
		    (found != NULL && found != c->a[way]);
		found = c->a[way];
	}
	k->doubtful = doubt;
	all->doubt |= doubt;
	return doubt ? NULL : found;
}

static struct awaited *
look(struct smpp_receipts *all, struct kept *k)
{
	struct candidates c = candidates_for(all, k);

	if (c.any && !k->counted)
		learn(all, &c);
	k->counted |= c.any;
	k->look = false;
	return decide(all, k, &c);
}

/* Whoever is used no more at the end, goes. */
static void
shrink(struct smpp_receipts *all)
{
	size_t end = all->kept_end;

	while (end > 0 && !all->kept[end - 1].used)
		end--;
	if (end < all->kept_end)
		all->kept_next = end;
	all->kept_end = end;
}

struct awaited *
smpp_receipts_next(struct smpp_receipts *all, struct smpp_receipt *receipt)
{
	struct awaited *a;
	bool looked;

	do {
		looked = false;
		for (size_t i = 0; i < all->kept_end; i++) {
			struct kept *k = &all->kept[i];

			if (!k->look)
				continue;
			looked = true;
			if ((a = look(all, k)) == NULL)
				continue;
			*receipt = k->receipt;
			k->used = k->look = false;
			shrink(all);
			return a;
		}
	} while (looked);
	return NULL;
}

void
smpp_receipts_settled(struct smpp_receipts *all)
{
	for (size_t i = 0; i < all->kept_end; i++) {
		struct kept *k = &all->kept[i];

		k->used = k->used && k->doubtful &&
		    all->awaited[ID_TEXT] != NULL;
		k->look = k->look && k->used;
	}
	shrink(all);
}
