/* crowd.c: peers who have proved nothing yet, by their addresses. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "base/crowd.h"
#include "base/hash.h"

#define NETWORK_LEN 8	/* of an IPv6 address: whoever has one has them all */

struct crowd_source {
	uint8_t key[16];
	size_t count;
	struct crowd_member *members;	/* the oldest first */
	struct crowd_source *prev, *next;	/* that have as many */
	UT_hash_handle hh;
};

enum status
crowd_open(struct crowd *c, size_t max)
{
	memset(c, 0, sizeof(*c));
	c->max = max;
	/* where there is none yet, hashes can be guessed, and nothing else */
	(void)!getrandom(c->salt, sizeof(c->salt), GRND_NONBLOCK);
	c->by_count = calloc(max + 1, sizeof(struct crowd_source *));
	return c->by_count != NULL ? OK : fail(FAILED, "crowd: no memory");
}

void
crowd_close(struct crowd *c)
{
	struct crowd_source *s, *next;

	HASH_ITER(hh, c->sources, s, next) {
		HASH_DEL(c->sources, s);
		free(s);
	}
	free(c->by_count);
	memset(c, 0, sizeof(*c));
}

/* ---- sources ---- */

static void
put_key(const struct crowd *c, const struct address *a, uint8_t key[static 16])
{
	const struct sockaddr_in *in = (const void *)&a->storage;
	const struct sockaddr_in6 *in6 = (const void *)&a->storage;

	memset(key, 0, 16);
	if (a->sa.sa_family == AF_INET)
		memcpy(key + 12, &in->sin_addr, 4);
	else if (a->sa.sa_family != AF_INET6)
		;
	else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(key + 12, in6->sin6_addr.s6_addr + 12, 4);
	else
		memcpy(key, &in6->sin6_addr, NETWORK_LEN);
	for (size_t i = 0; i < 16; i++)
		key[i] ^= c->salt[i];
}

static struct crowd_source *
source_of(struct crowd *c, const struct address *a)
{
	struct crowd_source *s;
	uint8_t key[16];

	put_key(c, a, key);
	HASH_FIND(hh, c->sources, key, sizeof(key), s);
	if (s != NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return s;
	memcpy(s->key, key, sizeof(key));
	HASH_ADD(hh, c->sources, key, sizeof(s->key), s);
	if (HASH_ADDED(s))
		return s;
	free(s);
	return NULL;
}

/* S, with or without members so far, has COUNT of them now. */
static void
set_count(struct crowd *c, struct crowd_source *s, size_t count)
{
	if (s->count > 0)
		DL_DELETE(c->by_count[s->count], s);
	s->count = count;
	if (count > 0) {
		DL_APPEND(c->by_count[count], s);
	} else {
		HASH_DEL(c->sources, s);
		free(s);
	}
	if (count > c->most)
		c->most = count;
	while (c->most > 0 && c->by_count[c->most] == NULL)
		c->most--;
}

/* ---- members ---- */

enum status
crowd_join(struct crowd *c, struct crowd_member *m, const struct address *a)
{
	if (c->count == c->max)
		return fail(FAILED, "crowd: it is full");
	if ((m->source = source_of(c, a)) == NULL)
		return fail(FAILED, "crowd: no memory");
	DL_APPEND(m->source->members, m);
	set_count(c, m->source, m->source->count + 1);
	c->count++;
	return OK;
}

void
crowd_leave(struct crowd *c, struct crowd_member *m)
{
	struct crowd_source *s = m->source;

	if (s == NULL)
		return;
	DL_DELETE(s->members, m);
	m->source = NULL;
	set_count(c, s, s->count - 1);
	c->count--;
}

void
crowd_renew(struct crowd_member *m)
{
	DL_DELETE(m->source->members, m);
	DL_APPEND(m->source->members, m);
}

size_t
crowd_around(const struct crowd_member *m)
{
	return m->source->count;
}

struct crowd_member *
crowd_oldest(const struct crowd_member *m)
{
	return m->source->members;
}

struct crowd_member *
crowd_weakest(const struct crowd *c)
{
	return c->most == 0 ? NULL : c->by_count[c->most]->members;
}
