/* inbox.c: GPIs that arrived, and the way back to their senders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/message.h"
#include "transport/inbox.h"

#define FINISH_MS 1000

enum status
inbox_put(struct inbox *in, struct listener *listener, const char *peer,
    uint64_t id, const uint8_t *v, size_t len)
{
	struct arrival *a;

	if (!array_reserve(in->arrival, in->room, in->count + 1))
		return fail(FAILED, "gpi: no memory");
	a = &in->arrival[in->count++];
	a->listener = listener;
	snprintf(a->peer, sizeof(a->peer), "%s", peer);
	a->id = id;
	a->message = 0;
	a->len = len;
	memcpy(a->v, v, len < ARRIVAL_MAX ? len : ARRIVAL_MAX);
	return OK;
}

void
inbox_of_parts(struct inbox *in, uint64_t message)
{
	in->arrival[in->count - 1].message = message;
}

const struct arrival *
inbox_take(struct inbox *in)
{
	if (in->first < in->count)
		return &in->arrival[in->first++];
	in->first = in->count = 0;
	return NULL;
}

/* ---- answers ---- */

void
inbox_hold(struct inbox *in, const struct arrival *a,
    const struct answer *answer)
{
	if (a->listener->answer == NULL)
		return;
	if (!array_reserve(in->held, in->held_room, in->held_count + 1))
		return;		/* who hears nothing, asks again */
	in->held[in->held_count++] = (struct held){ a->listener, a->id,
	    *answer };
}

void
inbox_answer(struct inbox *in)
{
	for (size_t i = 0; i < in->held_count; i++)
		in->held[i].listener->answer(in->held[i].listener,
		    in->held[i].id, &in->held[i].answer);
	in->held_count = 0;
}

void
inbox_fail(struct inbox *in)
{
	for (size_t i = 0; i < in->held_count; i++)
		in->held[i].answer = (struct answer){ .status = FAILED };
	inbox_answer(in);
}

void
inbox_complain(const struct listener *l, const char *peer)
{
	char shown[PEER_MAX];

	snprintf(shown, sizeof(shown), "%s", peer);
	for (char *p = shown; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	complain_about(l->name, shown);
}

/* ---- listeners ---- */

void
inbox_say_port(const struct listener *l, const char *where)
{
	if (strcmp(strrchr(where, ':'), ":0") == 0)
		warn("listening on %s", l->name);
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
inbox_failed(struct inbox *in)
{
	in->worst = FAILED;
	inbox_ended(in);
}

void
inbox_close(struct inbox *in)
{
	/* all peers are told at once, then waited for */
	uint64_t deadlines[] = { 0, clock_monotonic_ms() + FINISH_MS };
	struct listener *next;

	for (size_t i = 0; i < COUNT(deadlines); i++)
		for (struct listener *l = in->listeners; l != NULL;
		    l = l->next)
			if (l->finish != NULL)
				l->finish(l, deadlines[i]);
	for (struct listener *l = in->listeners; l != NULL; l = next) {
		next = l->next;
		l->close(l);
	}
	free(in->arrival);
	free(in->held);
	memset(in, 0, sizeof(*in));
}
