/* vector_batch.c: the subscribers that a turn of requests asks vectors of. */
#include <assert.h>
#include <stdlib.h>

#include "runs/vector_batch.h"

enum status
vector_batch_want(struct vector_batch *v, size_t i, enum ue_id_type type,
    const char *id)
{
	struct wanted *w = &v->wanted[i];

	assert(i == v->count && i < VECTORS_TURN);
	*w = (struct wanted){ 0, NULL };
	v->count++;
	return hss_ask_row(v->db, type, id, &w->row);
}

static int
by_row(const void *a, const void *b)
{
	uint64_t x = (*(struct wanted *const *)a)->row;
	uint64_t y = (*(struct wanted *const *)b)->row;

	return (x > y) - (x < y);
}

/* In the order of rows, as all do that want them. */
enum status
vector_batch_find(struct vector_batch *v)
{
	struct wanted *in_order[VECTORS_TURN] = { NULL };
	struct hss_found *found = v->found;
	enum status status = db_await(v->db);
	uint64_t last = 0;

	for (size_t i = 0; i < v->count; i++)
		in_order[i] = &v->wanted[i];
	qsort(in_order, v->count, sizeof(in_order[0]), by_row);
	for (size_t i = 0; i < v->count && status == OK; i++) {
		if (in_order[i]->row == 0)
			continue;
		if (in_order[i]->row != last) {
			found->row = last = in_order[i]->row;
			status = hss_ask_found(v->db, found++);
		}
		in_order[i]->found = found - 1;
	}
	return status == OK ? db_await(v->db) : status;
}

enum status
vector_batch_subscriber(const struct vector_batch *v, size_t i,
    enum ue_id_type type, const char *id, struct record *subscriber)
{
	const struct hss_found *f = v->wanted[i].found;

	return f == NULL || f->len == 0 ? hss_nobody(type, id) :
	    hss_read(f, subscriber);
}

enum status
vector_batch_spend(struct vector_batch *v, size_t i, uint64_t sqn)
{
	struct hss_found *f = v->wanted[i].found;

	f->sqn = sqn;
	return hss_ask_sqn(v->db, f->row, sqn);
}

void
vector_batch_forget(struct vector_batch *v)
{
	for (size_t i = 0; i < v->count; i++)
		wipe(v->found[i].record, v->found[i].len);
	v->count = 0;
}
