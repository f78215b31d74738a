/*
 * vector.h: the rows of gpi.csv, which an independent implementation made,
 * and the subscribers they are for.
 */
#ifndef GBA_VECTOR_H
#define GBA_VECTOR_H

#include "crypto/aka.h"
#include "gba/gpi.h"
#include "store/subscriber.h"
#include "../unit/test.h"
#include "made.h"

/* A row of gpi.csv: what is protected, and the octets that come of it. */
struct gpi_vector {
	char name[32];
	struct record draft;
	struct out gpi;
	size_t end;		/* of the trigger item, where the MAC begins */
};

static inline void
vector_take(struct record *r, enum key key, const struct csv *csv,
    const char *column)
{
	const struct field *f = &fields[key];
	const char *text = csv_text(csv, column);
	uint8_t v[512];

	if (f->kind == KIND_UINT && text[0] != '\0')
		record_put_uint(r, key, strtoull(text, NULL, 10));
	else if (f->kind == KIND_BYTES)
		record_put(r, key, v, unhex(v, sizeof(v), text));
	else if (f->kind == KIND_STRING)
		record_put(r, key, text, strlen(text));
}

static inline bool
vector_next(struct csv *csv, struct gpi_vector *w)
{
	static const enum key columns[] = { KEY_UM, KEY_NAF_ID, KEY_KEY_LT,
	    KEY_P_TID, KEY_APP_LBL, KEY_TRIGGER_MODE, KEY_TRIGGER_IND,
	    KEY_TRIGGER_TIME, KEY_K_GPI };
	struct csv set;

	if (!csv_next(csv))
		return false;
	memset(w, 0, sizeof(*w));
	record_init(&w->draft, RECORD_DRAFT);
	snprintf(w->name, sizeof(w->name), "%s", csv_text(csv, "name"));
	for (size_t i = 0; i < COUNT(columns); i++)
		vector_take(&w->draft, columns[i], csv, fields[columns[i]].name);
	record_put_uint(&w->draft, KEY_VER, 1);
	csv_find(&set, "milenage_35208.csv", "set",
	    csv_text(csv, "set_35208"));
	vector_take(&w->draft, KEY_RAND, &set, "RAND");
	vector_take(&w->draft, KEY_AUTN, &set, "AUTN");
	csv_close(&set);
	if (w->draft.um == GBA_U) {
		csv_find(&set, "gba_selfcomputed.csv", "set",
		    csv_text(csv, "set_35208"));
		vector_take(&w->draft, KEY_AUTN, &set, "AUTN_star");
		csv_close(&set);
	}
	w->gpi.len = csv_octets(csv, "gpi", w->gpi.v, sizeof(w->gpi.v));
	w->end = w->gpi.len - 1 - MAC_LEN;
	return true;
}

static inline void
vector_find(struct gpi_vector *w, const char *name)
{
	struct csv csv;

	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, w) && strcmp(w->name, name) != 0)
		;
	if (strcmp(w->name, name) == 0)
		csv_close(&csv);
}

#define IMPI "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"
#define BSF "bsf.example.org"

/*
 * The subscriber of a set of TS 35.208, and a new card of his, at SQN; where
 * that is 0, just before the SQN of the set.  Returns the SQN of the set.
 */
static inline uint64_t
vector_home(const char *set, uint64_t sqn, struct record *subscriber,
    struct record *card)
{
	struct csv csv;
	uint8_t v[6];

	memset(subscriber, 0, sizeof(*subscriber));
	memset(card, 0, sizeof(*card));
	record_init(subscriber, RECORD_SUBSCRIBER);
	csv_find(&csv, "milenage_35208.csv", "set", set);
	vector_take(subscriber, KEY_K, &csv, "K");
	vector_take(subscriber, KEY_OPC, &csv, "OPc");
	csv_octets(&csv, "SQN", v, sizeof(v));
	csv_close(&csv);
	record_put(subscriber, KEY_UE_PRIV_ID, IMPI, strlen(IMPI));
	record_put_uint(subscriber, KEY_ALGORITHM, AF_MILENAGE);
	record_put_uint(subscriber, KEY_SQN, sqn > 0 ? sqn :
	    be_read(v, sizeof(v)) - IND_COUNT);
	record_put(subscriber, KEY_AMF, "\0\0", 2);
	subscriber_card(subscriber, BSF, card);
	return be_read(v, sizeof(v));
}

/* Decode and open a copy, so that nothing stands behind it. */
static inline enum status
open_gpi(struct record *g, const struct out *o, const struct record *draft)
{
	uint8_t *exact = malloc(o->len + 1);
	enum status status;

	memcpy(exact + 1, o->v, o->len);
	status = gpi_decode(g, exact + 1, o->len);
	free(exact);
	return status == OK ? gpi_open(g, draft->k_gpi.v) : status;
}

#endif
