/*
 * store_source.c: vectors from an HSS's store.  The subscribers of a turn are
 * found together, their SQNs counted on by as many vectors as are wanted of
 * each, and held against others until the transaction ends.  Where other SQNs
 * were used, these are written when the turn ends.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "crypto/aka.h"
#include "gba/auth_record.h"
#include "store/hss.h"
#include "vectors/identity.h"
#include "vectors/source.h"

struct store_source {
	struct db *db;
	struct wanted {
		uint64_t row;		/* of whom it is about; 0: nobody */
		struct hss_found *found;
	} wanted[VECTORS_TURN];
	struct hss_found found[VECTORS_TURN];	/* each once, by row */
	size_t count, subscribers;
	bool begun;
	struct outcome written;		/* FAILED: what was used is not */
};

static void
store_close(void *source)
{
	struct store_source *s = source;

	if (s != NULL)
		db_close(s->db);
	free(s);
}

static enum status
store_open(void **source, const char *name)
{
	struct store_source *s = calloc(1, sizeof(*s));
	enum status status;

	*source = s;
	if (s == NULL)
		return fail(FAILED, "%s: no memory", name);
	status = db_open(&s->db, name, &hss_schema, false);
	return status;
}

/* Programs that share a store lock subscribers in one order: no deadlock. */
static size_t
store_turn(const void *source)
{
	const struct store_source *s = source;

	return db_is_shared(s->db) ? VECTORS_TURN : VECTORS_TURN_ALONE;
}

/* ---- transactions ---- */

static enum status
store_begin(void *source)
{
	struct store_source *s = source;

	s->begun = true;
	s->written.status = OK;
	return db_begin(s->db);
}

static enum status
store_commit(void *source)
{
	struct store_source *s = source;

	s->begun = false;
	if (s->written.status == OK)
		return db_commit(s->db);
	db_rollback(s->db);
	return fail_as(&s->written);
}

static void
store_abandon(void *source)
{
	struct store_source *s = source;

	s->begun = false;
	db_rollback(s->db);
}

static enum status
store_again(void *source, uint64_t ms)
{
	return db_again(((struct store_source *)source)->db, ms);
}

/* ---- a turn ---- */

static enum status
store_want(void *source, size_t i, const struct record *request)
{
	struct store_source *s = source;
	struct wanted *w = &s->wanted[i];

	assert(i == s->count && i < VECTORS_TURN);
	*w = (struct wanted){ 0, NULL };
	s->count++;
	return hss_ask_row(s->db, identity_type(request), request->ue_id.v,
	    &w->row);
}

static int
by_row(const void *a, const void *b)
{
	uint64_t x = (*(struct wanted *const *)a)->row;
	uint64_t y = (*(struct wanted *const *)b)->row;

	return (x > y) - (x < y);
}

/* In the order of rows, as all do that want them. */
static enum status
store_find(void *source)
{
	struct store_source *s = source;
	struct wanted *in_order[VECTORS_TURN] = { NULL };
	struct hss_found *found = NULL;
	enum status status = db_await(s->db);

	for (size_t i = 0; i < s->count; i++)
		in_order[i] = &s->wanted[i];
	qsort(in_order, s->count, sizeof(in_order[0]), by_row);
	for (size_t i = 0; i < s->count && status == OK; i++) {
		if (in_order[i]->row == 0)
			continue;
		if (found == NULL || in_order[i]->row != found->row) {
			found = &s->found[s->subscribers++];
			found->row = in_order[i]->row;
			found->count = 0;
		}
		in_order[i]->found = found;
		found->count++;
	}
	for (size_t i = 0; i < s->subscribers && status == OK; i++)
		status = hss_ask_found(s->db, &s->found[i]);
	return status == OK ? db_await(s->db) : status;
}

/* Both identities of a request belong to one subscriber. */
static enum status
read_subscriber(const struct hss_found *f, const struct record *request,
    struct record *s)
{
	enum status status = f == NULL || f->len == 0 ?
	    hss_nobody(identity_type(request), request->ue_id.v) :
	    hss_read(f, s);

	if (status == OK && record_has(request, HAS(UE_PRIV_ID)) &&
	    strcmp(request->ue_priv_id.v, s->ue_priv_id.v) != 0)
		return fail(REJECTED, "ue_priv_id: found %s, expected the "
		    "IMPI of %s", request->ue_priv_id.v, request->ue_id.v);
	return status;
}

/* The next SQN of S, after a resynchronisation where the request has AUTS. */
static enum status
next_sqn(const struct record *request, const struct record *s, uint64_t *sqn)
{
	uint64_t he = s->sqn, ms;
	enum status status = OK;
	struct af af;

	if (record_has(request, HAS(AUTS))) {
		auth_record_af(s, &af);
		status = aka_auts_verify(&af, request->rand.v,
		    request->auts.v, &ms);
		wipe(&af, sizeof(af));
		if (status == OK)
			he = sqn_resync(he, ms);
	}
	return status != OK ? status : sqn_next(he,
	    record_has(s, HAS(IND)) ? (int)s->ind : -1, sqn);
}

/* What is used is durable with the transaction. */
static enum status
store_vector(void *source, size_t i, const struct record *request,
    struct vector *v)
{
	struct store_source *s = source;
	struct hss_found *f = s->wanted[i].found;
	struct record subscriber;
	enum status status;
	uint8_t rand[16];
	uint64_t sqn;

	record_init(&subscriber, RECORD_SUBSCRIBER);
	if ((status = read_subscriber(f, request, &subscriber)) == OK &&
	    (status = next_sqn(request, &subscriber, &sqn)) == OK &&
	    (status = random_octets(rand, sizeof(rand))) == OK) {
		f->sqn = sqn;
		status = gba_vector(&subscriber, rand, sqn, v);
	}
	record_wipe(&subscriber);
	return status;
}

static void
store_forget(void *source)
{
	struct store_source *s = source;
	enum status status;

	for (size_t i = 0; i < s->subscribers; i++) {
		if (s->begun && s->written.status == OK && (status =
		    hss_ask_sqn(s->db, &s->found[i])) != OK)
			s->written = outcome_of(status);
		wipe(s->found[i].record, s->found[i].len);
	}
	s->count = s->subscribers = 0;
}

static void
store_wipe(void *source)
{
	db_wipe(((struct store_source *)source)->db);
}

const struct source_kind source_store = {
	.scheme = "", .open = store_open, .close = store_close,
	.turn = store_turn, .begin = store_begin, .commit = store_commit,
	.abandon = store_abandon, .again = store_again, .want = store_want,
	.find = store_find, .vector = store_vector, .forget = store_forget,
	.wipe = store_wipe
};
