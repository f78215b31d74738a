/* inbox.c: GPIs that came in, and the way back to whoever sent them. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "transport/inbox.h"

enum status
inbox_put(struct inbox *in, const uint8_t *v, size_t len,
    const struct sender *sender)
{
	struct arrival *a;

	if (!array_reserve(in->arrival, in->room, in->count + 1))
		return fail(FAILED, "gpi: no memory");
	a = &in->arrival[in->count++];
	memset(&a->sender, 0, sizeof(a->sender));
	if (sender != NULL)
		a->sender = *sender;
	a->len = len;
	memcpy(a->v, v, len < ARRIVAL_MAX ? len : ARRIVAL_MAX);
	return OK;
}

const struct arrival *
inbox_take(struct inbox *in)
{
	if (in->first < in->count)
		return &in->arrival[in->first++];
	in->first = in->count = 0;
	return NULL;
}

void
inbox_hold(struct inbox *in, const struct answer *answer)
{
	const struct arrival *a = &in->arrival[in->first - 1];

	if (a->sender.fn == NULL)
		return;
	if (!array_reserve(in->held, in->held_room, in->held_count + 1))
		return;		/* who hears nothing, asks again */
	in->held[in->held_count++] = (struct held){ a->sender, *answer };
}

void
inbox_answer(struct inbox *in)
{
	for (struct held *h = in->held; h < in->held + in->held_count; h++)
		h->sender.fn(h->sender.arg, h->sender.id, &h->answer);
	in->held_count = 0;
}

void
inbox_forget(struct inbox *in)
{
	in->held_count = 0;
}

void
inbox_listener(struct inbox *in, struct listener *l)
{
	l->next = in->listeners;
	in->listeners = l;
	in->open++;
}

void
inbox_ended(struct inbox *in)
{
	in->open--;
}

void
inbox_close(struct inbox *in)
{
	struct listener *next;

	for (struct listener *l = in->listeners; l != NULL; l = next) {
		next = l->next;
		l->close(l);
	}
	free(in->arrival);
	free(in->held);
	memset(in, 0, sizeof(*in));
}
