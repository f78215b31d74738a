/* vectors.c: the HSSs of a run. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vectors/vectors.h"

/* By how a URI begins, in either case; the last is all the rest. */
static const struct source_kind *const kinds[] = { &source_gsup,
    &source_store };

const struct source_kind *
vectors_kind(const char *uri)
{
	size_t i = 0;

	while (strncasecmp(uri, kinds[i]->scheme, strlen(kinds[i]->scheme)) !=
	    0)
		i++;
	return kinds[i];
}

const char *
vectors_slf(const char *uri)
{
	return strncasecmp(uri, "slf:", 4) == 0 ? uri + 4 : NULL;
}

const char *
vectors_kinds(void)
{
	return "HSS: file, postgresql"
#ifndef HAVE_POSTGRESQL
	    " (built without libpq)"
#endif
	    ", gsup, slf";
}

/* ---- opening ---- */

static enum status
open_hss(struct vectors *v, struct hss *hss)
{
	if (hss->opened)
		return OK;
	hss->opened = true;
	v->failed = NULL;
	return hss->kind->open(&hss->source, hss->uri);
}

static enum status
open_slf(struct vectors *v, const char *name)
{
	enum status status = name[0] == '\0' ? fail(USAGE, "--hss: slf: "
	    "needs a FILE") : slf_read(&v->slf, name);

	v->by_slf = true;
	if (status != OK)
		return status;
	v->count = v->slf.hss_count;
	v->hss = calloc(v->count + 1, sizeof(v->hss[0]));
	if (v->hss == NULL)
		return fail(FAILED, "%s: no memory", name);
	for (size_t i = 0; i < v->count; i++)
		v->hss[i] = (struct hss){ .uri = v->slf.hss[i],
		    .kind = vectors_kind(v->slf.hss[i]) };
	return OK;
}

enum status
vectors_list(struct vectors *v, const char *uri)
{
	const char *slf = vectors_slf(uri);

	*v = (struct vectors){ .by_slf = false };
	if (slf != NULL)
		return open_slf(v, slf);
	v->hss = calloc(1, sizeof(v->hss[0]));
	if (v->hss == NULL)
		return fail(FAILED, "%s: no memory", uri);
	v->count = 1;
	v->hss[0] = (struct hss){ .uri = uri, .kind = vectors_kind(uri) };
	return OK;
}

enum status
vectors_open(struct vectors *v)
{
	return v->by_slf ? OK : open_hss(v, &v->hss[0]);
}

void
vectors_close(struct vectors *v)
{
	for (size_t i = 0; i < v->count && v->hss != NULL; i++)
		if (v->hss[i].opened)
			v->hss[i].kind->close(v->hss[i].source);
	free(v->hss);
	if (v->by_slf)
		slf_free(&v->slf);
}

size_t
vectors_turn(const struct vectors *v, bool *alone)
{
	size_t turn = v->by_slf ? VECTORS_TURN :
	    v->hss[0].kind->turn(v->hss[0].source);

	*alone = turn == VECTORS_TURN_ALONE;
	return turn;
}

/* ---- a turn ---- */

enum status
vectors_locate(struct vectors *v, const struct record *request,
    struct hss **hss)
{
	enum status status;
	size_t at = 0;

	if (v->by_slf && (status = slf_locate(&v->slf, request, &at)) != OK)
		return status;
	*hss = &v->hss[at];
	/* the options of the run are good: what a line says is not */
	status = open_hss(v, *hss);
	return status == USAGE ? FAILED : status;
}

/* Note where a failure comes from: it alone knows whether to repeat. */
static enum status
came(struct vectors *v, const struct hss *hss, enum status status)
{
	if (status == FAILED)
		v->failed = hss;
	return status;
}

enum status
vectors_want(struct vectors *v, size_t i, struct hss *hss,
    const struct record *request)
{
	enum status status = OK;

	assert(i < VECTORS_TURN);
	if (!hss->begun && hss->kind->begin != NULL)
		status = hss->kind->begin(hss->source);
	hss->begun = true;
	if (status == OK)
		status = hss->kind->want(hss->source, hss->count, request);
	if (status != OK)
		return came(v, hss, status);
	v->asked[i] = (struct asked){ hss, hss->count++ };
	return OK;
}

/* In the order of the SLF's file, as all programs do: no deadlock. */
enum status
vectors_find(struct vectors *v)
{
	enum status status = OK;

	for (size_t i = 0; i < v->count && status == OK; i++)
		if (v->hss[i].count > 0)
			status = came(v, &v->hss[i],
			    v->hss[i].kind->find(v->hss[i].source));
	return status;
}

enum status
vectors_get(struct vectors *v, size_t i, const struct record *request,
    struct vector *vector)
{
	const struct asked *a = &v->asked[i];

	return came(v, a->hss, a->hss->kind->vector(a->hss->source, a->i,
	    request, vector));
}

void
vectors_forget(struct vectors *v)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->hss[i].source != NULL)
			v->hss[i].kind->forget(v->hss[i].source);
		v->hss[i].count = 0;
	}
}

void
vectors_wipe(struct vectors *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->hss[i].source != NULL && v->hss[i].kind->wipe != NULL)
			v->hss[i].kind->wipe(v->hss[i].source);
}

/* ---- transactions ---- */

/*
 * Where the second of two HSSs fails to commit, the first has: vectors that
 * nobody gets are skipped, as AKA allows.
 */
enum status
vectors_commit(struct vectors *v)
{
	enum status status = OK;
	struct hss *hss;

	for (size_t i = 0; i < v->count && status == OK; i++) {
		hss = &v->hss[i];
		if (!hss->begun)
			continue;
		if (hss->kind->commit != NULL)
			status = came(v, hss, hss->kind->commit(hss->source));
		hss->begun = status != OK;
	}
	return status;
}

void
vectors_abandon(struct vectors *v)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->hss[i].begun && v->hss[i].kind->abandon != NULL)
			v->hss[i].kind->abandon(v->hss[i].source);
		v->hss[i].begun = false;
	}
}

enum status
vectors_again(struct vectors *v, uint64_t ms)
{
	const struct hss *hss = v->failed;

	return hss == NULL || hss->kind->again == NULL ? FAILED :
	    hss->kind->again(hss->source, ms);
}
