/* names.c: the addresses that deliveries go to. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "transport/names.h"

#define NAME_MS 5000		/* what was found, holds so long */
#define NAMES_MAX 1024		/* that are kept while nobody waits for them */

struct name {
	UT_hash_handle hh;
	struct names *names;
	struct resolve resolve;
	uint64_t until;		/* what was found holds; 0: looked up now */
	struct delivery *first, **last;		/* that wait */
	struct addresses addresses;
	char where[WHERE_MAX];
};

/* What a delivery has left to try. */
struct route {
	size_t next, count;
	struct address address[];
};

/* ---- one delivery ---- */

const struct address *
names_next(struct delivery *d)
{
	struct route *r = d->own;

	return r == NULL || r->next == r->count ? NULL :
	    &r->address[r->next++];
}

size_t
names_count(const struct delivery *d)
{
	const struct route *r = d->own;

	return r == NULL ? 0 : r->count;
}

void
names_forget(struct delivery *d)
{
	free(d->own);
	d->own = NULL;
}

static void
fails(struct names *names, struct delivery *d, enum status status)
{
	struct outcome outcome = outcome_of(status);

	names->found(names->arg, d, &outcome);
}

static void
goes_on(struct names *names, struct delivery *d, const struct address *v,
    size_t count)
{
	struct route *r = malloc(sizeof(*r) + count * sizeof(v[0]));

	if (r == NULL) {
		fails(names, d, fail(FAILED, "no memory"));
		return;
	}
	r->next = 0;
	r->count = count;
	memcpy(r->address, v, count * sizeof(v[0]));
	d->own = r;
	names->found(names->arg, d, NULL);
}

/* ---- names ---- */

static void
drop(struct name *n)
{
	HASH_DEL(n->names->name, n);
	free(n);
}

/* Those for which the time is over, where there are many. */
static void
make_room(struct names *names, uint64_t now)
{
	struct name *n, *next;

	if (HASH_COUNT(names->name) < NAMES_MAX)
		return;
	HASH_ITER(hh, names->name, n, next)
		if (n->until != 0 && n->until <= now)
			drop(n);
}

/* Found() may have more looked up: so N is as it is to be before. */
static void
resolved(void *arg, enum status status, const struct addresses *found)
{
	struct name *n = arg;
	struct names *names = n->names;
	struct outcome outcome = outcome_of(status);
	struct delivery *d = n->first, *next;
	struct addresses all;

	if (status == OK) {
		all = n->addresses = *found;
		n->until = clock_monotonic_ms() + NAME_MS;
		n->first = NULL;
		n->last = &n->first;
	} else {
		drop(n);
	}
	for (; d != NULL; d = next) {
		next = d->next;
		if (outcome.status == OK)
			goes_on(names, d, all.v, all.count);
		else
			names->found(names->arg, d, &outcome);
	}
}

static struct name *
name_of(struct names *names, const char *where, uint64_t now)
{
	struct name *n;

	HASH_FIND_STR(names->name, where, n);
	if (n != NULL)
		return n;
	make_room(names, now);
	if (strlen(where) >= sizeof(n->where) ||
	    (n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	strcpy(n->where, where);
	HASH_ADD_STR(names->name, where, n);
	if (!HASH_ADDED(n)) {
		free(n);
		return NULL;
	}
	n->names = names;
	n->last = &n->first;
	n->resolve = (struct resolve){ .done = resolved, .arg = n };
	n->until = 1;		/* long over */
	return n;
}

void
names_find(struct names *names, const char *where, struct delivery *d)
{
	struct addresses held;
	struct address one;
	struct name *n;
	uint64_t now;

	d->own = NULL;
	d->next = NULL;
	if (address_numeric(where, &one)) {
		goes_on(names, d, &one, 1);
		return;
	}
	now = clock_monotonic_ms();
	if ((n = name_of(names, where, now)) == NULL) {
		fails(names, d, fail(FAILED, "no memory"));
		return;
	}
	if (n->until > now) {
		held = n->addresses;
		goes_on(names, d, held.v, held.count);
		return;
	}
	*n->last = d;
	n->last = &d->next;
	if (n->until == 0)
		return;
	n->until = 0;
	resolve_start(&n->resolve, where);
}

void
names_close(struct names *names, const struct outcome *why)
{
	struct delivery *d, *next;
	struct name *n;

	while ((n = names->name) != NULL) {
		resolve_stop(&n->resolve);
		d = n->first;
		drop(n);
		for (; d != NULL; d = next) {
			next = d->next;
			names->found(names->arg, d, why);
		}
	}
}
