/* answer.c: many requests to one HSS, in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bsf/answer.h"
#include "crypto/crypto.h"

#define REPEATS 3		/* of a batch: the HSS's server was lost */

/* ---- HSSs ---- */

enum status
answerer_open(struct answerer *a)
{
	struct vectors *v;
	enum status status;

	if (a->vectors != NULL)
		return OK;
	if ((v = malloc(sizeof(*v))) == NULL)
		return fail(FAILED, "%s: no memory", a->uri);
	if ((status = vectors_list(v, a->uri)) == OK &&
	    (status = vectors_open(v)) == OK) {
		a->vectors = v;
		return OK;
	}
	vectors_close(v);
	free(v);
	return status;
}

/* What a line of an SLF says, shows when it is needed: it is no option. */
static enum status
open_late(struct answerer *a)
{
	return answerer_open(a) == OK ? OK : FAILED;
}

static void
close_answerer(struct store_worker *w)
{
	struct answerer *a = w->own;

	if (a->vectors == NULL)
		return;
	vectors_close(a->vectors);
	free(a->vectors);
	a->vectors = NULL;
}

/* A question about nobody, whose answer is no. */
static enum status
probe(struct store_worker *w)
{
	struct answerer *a = w->own;
	enum status status = open_late(a);
	struct record nobody;
	struct hss *hss;

	if (status != OK)
		return status;
	record_init(&nobody, RECORD_REQUEST);
	record_put(&nobody, KEY_UE_ID, "-", 1);
	if ((status = vectors_locate(a->vectors, &nobody, &hss)) == OK)
		status = vectors_want(a->vectors, 0, hss, &nobody);
	if (status != FAILED)
		status = vectors_find(a->vectors);
	vectors_forget(a->vectors);
	vectors_abandon(a->vectors);
	return status;
}

static enum status
again(struct store_worker *w, uint64_t ms)
{
	struct answerer *a = w->own;

	return a->vectors == NULL ? FAILED : vectors_again(a->vectors, ms);
}

static void
wipe_answerer(struct store_worker *w)
{
	struct answerer *a = w->own;

	if (a->vectors != NULL)
		vectors_wipe(a->vectors);
}

const struct store_kind answerer_kind = { "HSS", false, probe, again,
    wipe_answerer, close_answerer };
const struct store_kind answerer_kind_in_loop = { "HSS", true, probe, again,
    wipe_answerer, close_answerer };

/* ---- one request ---- */

static void
forget_json(struct answer *a)
{
	free(a->json);		/* which erases it */
	a->json = NULL;
}

static void
free_answer(struct store_task *t)
{
	struct answer *a = (struct answer *)t;

	forget_json(a);
	free(a);
}

struct answer *
answer_new(struct store_worker *w, const struct record *request,
    const struct push_info_asked *asked, void (*call)(void *), void *arg)
{
	uint8_t v[RECORD_MAX];
	size_t len = record_encode(request, v);
	struct answer *a = calloc(1, sizeof(*a) + len);

	if (a == NULL)
		return NULL;
	a->task = (struct store_task){ .call = call, .arg = arg,
	    .free = free_answer };
	a->asked = *asked;
	a->len = len;
	memcpy(a->request, v, len);
	store_work_add(w, &a->task);
	return a;
}

void
answer_drop(struct store_worker *w, struct answer *a)
{
	if (a != NULL)
		store_work_drop(w, &a->task);
}

/*
 * By the field that the text is about; where it is about none, an HLR says
 * that it has no such subscriber.
 */
unsigned
answer_code(const char *text)
{
	static const struct { const char *field; unsigned code; } codes[] = {
		{ "naf_id: ", 403 }, { "key_lt: ", 400 }, { "auts: ", 400 },
		{ "sqn: ", 500 }, { "ue_priv_id: ", 404 }, { "ue_id: ", 404 }
	};

	for (size_t i = 0; i < COUNT(codes); i++)
		if (strncmp(text, codes[i].field, strlen(codes[i].field)) == 0)
			return codes[i].code;
	return 404;
}

/* T has come to STATUS. */
static void
conclude(struct store_task *t, enum status status)
{
	struct answer *a = (struct answer *)t;

	t->outcome = outcome_of(status);
	if (status != OK)
		a->code = status == FAILED ? 503 :
		    answer_code(t->outcome.text);
}

/* ---- on the thread ---- */

static enum status
take(struct answerer *own, size_t i, const struct answer *a)
{
	struct record request;
	struct hss *hss;
	enum status status = record_decode_as(&request, RECORD_REQUEST,
	    a->request, a->len);

	if (status != OK ||
	    (status = vectors_locate(own->vectors, &request, &hss)) != OK)
		return status;
	return vectors_want(own->vectors, i, hss, &request);
}

/* The response as JSON, with what the NAF asked for. */
static enum status
write_json(struct answer *a, struct record *response, const char *impi)
{
	char out[PUSH_INFO_ROOM];
	enum status status = OK;

	if (!a->asked.gba_u_aware)
		response->has &= ~HAS(KS_INT_NAF);
	a->json_len = push_info_write_response(response,
	    a->asked.private_id ? impi : NULL, clock_now(), out);
	if ((a->json = malloc(a->json_len)) == NULL)
		status = fail(FAILED, "response: no memory");
	else
		memcpy(a->json, out, a->json_len);
	wipe(out, a->json_len);
	return status;
}

/* As gpi-gen and gpi-sign do it; K_GPI does not leave this function. */
static enum status
generate_and_sign(const struct record *request, const struct vector *vector,
    const char *bsf, uint64_t key_lt, struct record *response)
{
	struct record draft;
	enum status status = gba_generate(request, vector, bsf, key_lt,
	    &draft);

	record_init(response, RECORD_RESPONSE);
	if (status == OK)
		status = gba_sign(&draft, MODE_NONE, response);
	record_wipe(&draft);
	return status;
}

static enum status
decide(struct answerer *own, size_t i, struct answer *a)
{
	struct record request, response;
	struct vector vector;
	uint64_t key_lt;
	enum status status = record_decode_as(&request, RECORD_REQUEST,
	    a->request, a->len);

	if (status != OK || (status = grant_lifetime(own->grant, &request,
	    &key_lt)) != OK)
		return status;
	status = vectors_get(own->vectors, i, &request, &vector);
	if (status == OK) {
		status = generate_and_sign(&request, &vector, own->grant->bsf,
		    key_lt, &response);
		if (status == OK)
			status = write_json(a, &response, vector.impi.v);
		record_wipe(&response);
	}
	wipe(&vector, sizeof(vector));
	return status;
}

/* From *T on, as many as make a turn; *T is the first of the next. */
static enum status
turn(struct store_worker *w, struct store_task **t)
{
	struct answerer *own = w->own;
	struct store_task *first = *t, *u;
	enum status status = OK;
	bool alone;
	size_t left = vectors_turn(own->vectors, &alone), taken = 0;

	for (; *t != NULL && left > 0; *t = (*t)->next, left--) {
		status = take(own, taken, (struct answer *)*t);
		if (status == FAILED)
			return FAILED;
		taken += status == OK;
		conclude(*t, status);
	}
	status = taken == 0 ? OK : vectors_find(own->vectors);
	if (status == OK)
		store_work_heard(w);
	taken = 0;
	for (u = first; u != *t && status != FAILED; u = u->next) {
		if (u->outcome.status != OK)
			continue;
		status = decide(own, taken++, (struct answer *)u);
		if (status != FAILED)
			conclude(u, status);
	}
	vectors_forget(own->vectors);
	return status == FAILED ? FAILED : OK;
}

static enum status
answer_all(struct store_worker *w, struct store_task *batch)
{
	struct answerer *own = w->own;
	struct store_task *t = batch;
	enum status status = open_late(own);

	while (status == OK && t != NULL)
		status = turn(w, &t);
	crypto_forget();	/* on the thread that has the keys */
	return status == OK ? vectors_commit(own->vectors) : status;
}

/* Nothing of it was committed, or nobody knows: it leaves nobody. */
static void
undo(struct store_worker *w, struct store_task *batch)
{
	struct answerer *own = w->own;

	for (struct store_task *t = batch; t != NULL; t = t->next)
		forget_json((struct answer *)t);
	if (own->vectors == NULL)
		return;
	vectors_forget(own->vectors);
	vectors_abandon(own->vectors);
}

enum status
answer_run(struct store_worker *w, struct store_task *batch)
{
	struct outcome lost = { OK, "" };
	enum status status;

	for (int i = 0; (status = answer_all(w, batch)) == FAILED; i++) {
		lost = outcome_of(FAILED);
		undo(w, batch);
		(void)fail_as(&lost);
		if (i == REPEATS || store_work_again(w) != OK)
			break;
	}
	if (status != FAILED) {
		store_work_heard(w);
		return OK;
	}
	for (struct store_task *t = batch; t != NULL; t = t->next) {
		(void)fail_as(&lost);
		conclude(t, FAILED);
	}
	return fail_as(&lost);
}
