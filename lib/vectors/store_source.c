/*
 * store_source.c: vectors from an HSS's store.  The subscribers of a turn are
 * found together, their SQNs counted on by as many vectors as are wanted of
 * each, and held against others until the transaction ends.  Where other SQNs
 * were used, these are written when the turn ends.
 *
 * A server works on the next subscribers while the vector that each nearly
 * always gets is made; it counts as used once somebody takes it.
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

/* A subscriber, and the vector for whoever asks without AUTS. */
struct found {
	struct hss_found in_store;
	bool made;
	uint64_t sqn;
	struct vector vector;
};

struct store_source {
	struct db *db;
	struct wanted {
		uint64_t row;		/* of whom it is about; 0: nobody */
		struct found *found;
	} wanted[VECTORS_TURN];
	struct found found[VECTORS_TURN];	/* each once, by row */
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

/* A vector with the SQN after HE, which is *USED then. */
static enum status
next_vector(const struct record *s, uint64_t he, uint64_t *used,
    struct vector *v)
{
	uint8_t rand[16];
	uint64_t sqn;
	enum status status = sqn_next(he, record_has(s, HAS(IND)) ?
	    (int)s->ind : -1, &sqn);

	if (status != OK || (status = random_octets(rand, sizeof(rand))) != OK)
		return status;
	*used = sqn;
	return gba_vector(s, rand, sqn, v);
}

/* What fails here fails again, and is told, when the vector is asked for. */
static void
make_early(struct hss_found *in_store)
{
	struct found *f = (struct found *)in_store;
	struct record subscriber;

	record_init(&subscriber, RECORD_SUBSCRIBER);
	f->made = hss_read(in_store, &subscriber) == OK &&
	    next_vector(&subscriber, subscriber.sqn, &f->sqn, &f->vector) ==
	    OK;
	if (!f->made)
		fail_said();
	record_wipe(&subscriber);
}

/* In the order of rows, as all do that want them. */
static enum status
store_find(void *source)
{
	struct store_source *s = source;
	struct wanted *in_order[VECTORS_TURN] = { NULL };
	struct found *found = NULL;
	enum status status = db_await(s->db);

	for (size_t i = 0; i < s->count; i++)
		in_order[i] = &s->wanted[i];
	qsort(in_order, s->count, sizeof(in_order[0]), by_row);
	for (size_t i = 0; i < s->count && status == OK; i++) {
		if (in_order[i]->row == 0)
			continue;
		if (found == NULL || in_order[i]->row != found->in_store.row) {
			found = &s->found[s->subscribers++];
			found->in_store.row = in_order[i]->row;
			found->in_store.count = 0;
			found->made = false;
		}
		in_order[i]->found = found;
		found->in_store.count++;
	}
	for (size_t i = 0; i < s->subscribers && status == OK; i++) {
		found = &s->found[i];
		found->in_store.answered = found->in_store.count == 1 &&
		    !random_is_fixed() ? make_early : NULL;
		status = hss_ask_found(s->db, &found->in_store);
	}
	return status == OK ? db_await(s->db) : status;
}

/* Both identities of a request belong to one subscriber. */
static enum status
check_impi(const struct record *request, const char *impi)
{
	return !record_has(request, HAS(UE_PRIV_ID)) ||
	    strcmp(request->ue_priv_id.v, impi) == 0 ? OK :
	    fail(REJECTED, "ue_priv_id: found %s, expected the IMPI of %s",
	    request->ue_priv_id.v, request->ue_id.v);
}

/* The SQN to go on from: S's, or after a resynchronisation the card's. */
static enum status
last_sqn(const struct record *request, const struct record *s, uint64_t *he)
{
	enum status status;
	struct af af;
	uint64_t ms;

	*he = s->sqn;
	if (!record_has(request, HAS(AUTS)))
		return OK;
	auth_record_af(s, &af);
	status = aka_auts_verify(&af, request->rand.v, request->auts.v, &ms);
	wipe(&af, sizeof(af));
	if (status == OK)
		*he = sqn_resync(*he, ms);
	return status;
}

static enum status
make_vector(struct found *f, const struct record *request, struct vector *v)
{
	struct record s;
	enum status status;
	uint64_t he;

	record_init(&s, RECORD_SUBSCRIBER);
	if ((status = hss_read(&f->in_store, &s)) == OK &&
	    (status = check_impi(request, s.ue_priv_id.v)) == OK &&
	    (status = last_sqn(request, &s, &he)) == OK)
		status = next_vector(&s, he, &f->in_store.sqn, v);
	record_wipe(&s);
	return status;
}

/* What is used is durable with the transaction. */
static enum status
store_vector(void *source, size_t i, const struct record *request,
    struct vector *v)
{
	struct found *f = ((struct store_source *)source)->wanted[i].found;
	enum status status;

	if (f == NULL || f->in_store.len == 0)
		return hss_nobody(identity_type(request), request->ue_id.v);
	if (!f->made || record_has(request, HAS(AUTS)))
		return make_vector(f, request, v);
	if ((status = check_impi(request, f->vector.impi.v)) == OK) {
		f->in_store.sqn = f->sqn;
		*v = f->vector;
	}
	return status;
}

static void
store_forget(void *source)
{
	struct store_source *s = source;
	struct found *f = s->found, *end = f + s->subscribers;
	enum status status;

	for (; f < end; f++) {
		if (s->begun && s->written.status == OK && (status =
		    hss_ask_sqn(s->db, &f->in_store)) != OK)
			s->written = outcome_of(status);
		wipe(f->in_store.record, f->in_store.len);
		wipe(&f->vector, sizeof(f->vector));
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
