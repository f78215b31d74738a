/* hss_set.c: the HSSs of a server. */
#include <stdlib.h>

#include "bsf/hss_set.h"
#include "pipe/confine.h"

static enum status
open_one(struct one_hss *hss, const char *uri, const struct grant *grant)
{
	hss->answerer = (struct answerer){ .uri = uri, .grant = grant };
	hss->kind = vectors_kind(uri);
	return store_work_open_kind(&hss->work, hss->kind->in_loop ?
	    &answerer_kind_in_loop : &answerer_kind, uri, &hss->answerer,
	    answer_run);
}

enum status
hss_set_open(struct hss_set *h, const char *uri, const struct grant *grant)
{
	const char *slf = vectors_slf(uri);
	enum status status;

	*h = (struct hss_set){ .by_slf = slf != NULL };
	if (h->by_slf && (status = slf_read(&h->slf, slf)) != OK)
		return status;
	h->count = h->by_slf ? h->slf.hss_count : 1;
	if ((h->v = calloc(h->count + 1, sizeof(h->v[0]))) == NULL) {
		h->count = 0;
		return fail(FAILED, "%s: no memory", uri);
	}
	for (size_t i = 0; i < h->count; i++)
		if ((status = open_one(&h->v[i], h->by_slf ? h->slf.hss[i] :
		    uri, grant)) != OK)
			return status;
	return h->by_slf ? OK : answerer_open(&h->v[0].answerer);
}

/* Their names and the SLF stay: a worker that still runs has them. */
void
hss_set_close(struct hss_set *h)
{
	for (size_t i = 0; i < h->count; i++)
		store_work_close(h->v[i].work);
}

unsigned
hss_set_confine(const struct hss_set *h)
{
	unsigned needs = 0;

	for (size_t i = 0; i < h->count; i++)
		needs |= h->v[i].kind->in_loop ? CONFINE_SOCKETS :
		    confine_store(h->v[i].answerer.uri);
	return needs;
}

enum status
hss_set_find(struct hss_set *h, const struct record *request,
    struct store_worker **worker)
{
	enum status status;
	size_t at = 0;

	if (h->by_slf && (status = slf_locate(&h->slf, request, &at)) != OK)
		return status;
	*worker = &h->v[at].work->reader;
	return grant_private(h->v[at].answerer.grant, h->v[at].kind, request);
}

bool
hss_set_go_on(struct hss_set *h)
{
	struct store_worker *w;
	bool more = false;

	for (size_t i = 0; i < h->count; i++) {
		w = &h->v[i].work->reader;
		store_work_start(w);
		store_work_here(w);
		more |= store_work_idles(w);
	}
	return more;
}
