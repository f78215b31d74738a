/*
 * sms_join.c: short messages as GPIs.  Only the key can tell whether a GPI is
 * genuine; nothing is derived from how it came.  So whatever may be one is made
 * of the parts that are there.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gba/gpi.h"
#include "record/cbor.h"
#include "sms/udh.h"

bool
sms_is_data(uint8_t dcs)
{
	/* clause 4: the general group and that of automatic deletion, not
	   compressed; and the group of data and class */
	return (dcs & 0xac) == 0x04 || (dcs & 0xfc) == 0xf4;
}

/* ---- payloads ---- */

/* Octets of the GPI that V begins with; 0: it does not. */
static size_t
gpi_at(const uint8_t *v, size_t len)
{
	struct record g;
	size_t n;

	if (cbor_measure(v, len, &n) == OK && n > 0 &&
	    gpi_decode(&g, v, n) == OK)
		return n;
	fail_said();
	return 0;
}

/*
 * Without a port the payload tells, wherever it begins: a header may be there
 * that M does not speak of, or none although it does.
 */
static bool
find_gpi(struct udh *h, const struct sms_message *m)
{
	size_t begin[] = { m->len - h->len, 0, 1 };

	if (m->len == 0)
		return false;
	begin[2] += m->ud[0];
	for (size_t i = 0; i < COUNT(begin); i++) {
		if (begin[i] >= m->len)
			continue;
		h->v = m->ud + begin[i];
		h->len = m->len - begin[i];
		if (gpi_at(h->v, h->len) > 0)
			return true;
	}
	return false;
}

/* Take the WAP Push off a payload that came to PORT, if it is one. */
static enum status
unwrap(const struct sms_params *f, int port, const uint8_t **v, size_t *len)
{
	bool wap = port == f->port ? f->wap : port == WAP_PORT;

	return wap ? wap_unwrap(f->app_id, f->content_code, *v, *len, v, len) :
	    OK;
}

/* Whether the payload is all of a GPI, although it may be said to be a part. */
static bool
is_whole(const struct udh *h, const struct sms_params *f)
{
	const uint8_t *v = h->v;
	size_t len = h->len;
	bool whole = unwrap(f, h->port, &v, &len) == OK && gpi_at(v, len) > 0;

	fail_said();
	return whole;
}

/* Read M, and check that it may be for us. */
static enum status
read_message(struct udh *h, const struct sms_params *f,
    const struct sms_message *m)
{
	udh_read(h, m, f);
	if (h->total > 1 && is_whole(h, f))
		h->total = 0;
	if (h->port >= 0 ? !udh_is_ours(h, f) : h->total > 1 ? !m->data :
	    !find_gpi(h, m))
		return udh_foreign(h, f);
	if (h->total > SMS_PARTS_MAX)
		return fail(MALFORMED, "parts: found %u, expected at most %d",
		    h->total, SMS_PARTS_MAX);
	if (h->total > 1 && h->len > SMS_CONTENT_MAX)
		return fail(MALFORMED, "part: found %zu octets, expected at "
		    "most %d", h->len, SMS_CONTENT_MAX);
	return OK;
}

enum status
sms_check(const struct sms_params *f, const struct sms_message *m)
{
	struct udh h;

	return read_message(&h, f, m);
}

/*
 * Add the GPI in the payload of LEN octets, which came to PORT, -1 if that is
 * not known.  What is behind the GPI is left out.
 */
static enum status
add(struct sms_joiner *joiner, const struct sms_params *f, int port,
    const uint8_t *v, size_t len)
{
	struct sms_gpi *g = &joiner->gpi[joiner->gpi_count];
	enum status status = unwrap(f, port, &v, &len);
	size_t n;

	if (status != OK)
		return status;
	if ((n = gpi_at(v, len)) > 0)
		len = n;
	else if (port < 0)
		return udh_foreign(&(struct udh){ .port = -1 }, f);
	if (len < 1 || len > GPI_MAX)
		return fail(MALFORMED, "gpi: found %zu octets, expected 1 to "
		    "%d", len, GPI_MAX);
	memcpy(g->v, v, len);
	g->len = len;
	g->number = ++joiner->gpis;
	joiner->gpi_count++;
	return OK;
}

/* ---- parts ---- */

static bool
is_from(const struct sms_held *p, const char *from)
{
	return p->kind != 0 && strncmp(p->from, from, SMS_FROM_MAX) == 0;
}

/* Whether P is a part of the message that H is of, or of one just like it. */
static bool
is_of(const struct sms_held *p, const char *from, const struct udh *h)
{
	return is_from(p, from) && p->kind == h->kind && p->ref == h->ref &&
	    p->total == h->total;
}

/* Whether to give up A rather than B, which may be NULL. */
static bool
goes_before(const struct sms_held *a, const struct sms_held *b)
{
	int rank_a = a->kind == 0 ? 0 : 1 + !a->done + a->fresh;
	int rank_b = b == NULL ? 4 : b->kind == 0 ? 0 : 1 + !b->done + b->fresh;

	return rank_a != rank_b ? rank_a < rank_b : a->id < b->id;
}

/*
 * A place for another part: that of the oldest version of this part if there
 * are several, of the sender's oldest if it has many, or else of the oldest;
 * other parts of its own message stay.
 */
static struct sms_held *
find_room(struct sms_joiner *joiner, const char *from, const struct udh *h)
{
	struct sms_held *version = NULL, *own = NULL, *any = NULL;
	size_t versions = 0, owned = 0;

	for (struct sms_held *p = joiner->held;
	    p < joiner->held + SMS_HELD_MAX; p++) {
		owned += is_from(p, from);
		if (is_of(p, from, h) && p->number != h->number)
			continue;
		if (is_of(p, from, h)) {
			versions++;
			if (goes_before(p, version))
				version = p;
		}
		if (is_from(p, from) && goes_before(p, own))
			own = p;
		if (goes_before(p, any))
			any = p;
	}
	return versions >= SMS_VERSIONS ? version :
	    owned >= SMS_HELD_OF_ONE ? own : any;
}

/* Hold the part H, or find it if it is held: it came again. */
static struct sms_held *
hold(struct sms_joiner *joiner, const char *from, uint64_t now_ms,
    const struct udh *h)
{
	struct sms_held *p, *same = NULL;

	for (p = joiner->held; p < joiner->held + SMS_HELD_MAX; p++) {
		if (now_ms > p->since && now_ms - p->since > SMS_HELD_MS)
			p->kind = 0;
		if (!is_of(p, from, h))
			continue;
		joiner->number = p->message;
		if (p->number == h->number && p->len == h->len &&
		    memcmp(p->v, h->v, h->len) == 0)
			same = p;
	}
	if (same == NULL) {
		p = find_room(joiner, from, h);
		*p = (struct sms_held){ .kind = h->kind, .id = ++joiner->parts,
		    .ref = (uint16_t)h->ref, .total = (uint8_t)h->total,
		    .number = (uint8_t)h->number, .port = h->port,
		    .message = joiner->number, .len = h->len };
		snprintf(p->from, sizeof(p->from), "%s", from);
		memcpy(p->v, h->v, h->len);
		same = p;
	}
	same->fresh = true;
	same->since = now_ms;
	return same;
}

/* ---- GPIs of parts ---- */

/* The versions of each part, the newest first, and one of each. */
struct choice {
	size_t total;
	struct {
		struct sms_held *version[SMS_VERSIONS];
		size_t count, at;
	} part[SMS_PARTS_MAX];
};

static struct sms_held *
chosen(const struct choice *c, size_t i)
{
	return c->part[i].version[c->part[i].at];
}

/*
 * All that may belong with P, of which there is one version.  Parts of what was
 * accepted do not, until they come again.  False: a part is missing.
 */
static bool
collect(struct choice *c, struct sms_joiner *joiner, struct sms_held *p)
{
	const struct udh h = { .kind = p->kind, .ref = p->ref,
	    .total = p->total };
	size_t i, n;

	*c = (struct choice){ .total = p->total };
	for (struct sms_held *q = joiner->held;
	    q < joiner->held + SMS_HELD_MAX; q++) {
		i = q->number - 1u;
		if (!is_of(q, p->from, &h) || (q->done && !q->fresh) ||
		    (q->number == p->number && q != p))
			continue;
		assert(c->part[i].count < SMS_VERSIONS);
		for (n = c->part[i].count++; n > 0 &&
		    c->part[i].version[n - 1]->id < q->id; n--)
			c->part[i].version[n] = c->part[i].version[n - 1];
		c->part[i].version[n] = q;
	}
	for (i = 0; i < c->total; i++)
		if (c->part[i].count == 0)
			return false;
	return true;
}

/* The next choice; false: that was the last one. */
static bool
choose_next(struct choice *c)
{
	for (size_t i = 0; i < c->total; i++) {
		if (++c->part[i].at < c->part[i].count)
			return true;
		c->part[i].at = 0;
	}
	return false;
}

/* Whether no GPI was made of this choice before, or all of it came again. */
static bool
is_new(const struct sms_joiner *joiner, const struct choice *c,
    struct sms_made *made)
{
	bool fresh = true;

	*made = (struct sms_made){ .gpi = 0 };
	for (size_t i = 0; i < c->total; i++) {
		fresh &= chosen(c, i)->fresh;
		made->part[i] = chosen(c, i)->id;
	}
	for (size_t i = 0; i < COUNT(joiner->made); i++)
		if (memcmp(joiner->made[i].part, made->part,
		    sizeof(made->part)) == 0)
			return fresh;
	return true;
}

/* Make the GPI of a choice, which is noted in MADE. */
static enum status
add_choice(struct sms_joiner *joiner, const struct sms_params *f,
    const struct choice *c, struct sms_made *made)
{
	uint8_t v[SMS_PARTS_MAX * SMS_CONTENT_MAX];
	enum status status;
	size_t len = 0;
	int port = -1;

	for (size_t i = 0; i < c->total; i++) {
		memcpy(v + len, chosen(c, i)->v, chosen(c, i)->len);
		len += chosen(c, i)->len;
		if (chosen(c, i)->port >= 0)
			port = chosen(c, i)->port;
	}
	if ((status = add(joiner, f, port, v, len)) == OK)
		made->gpi = joiner->gpis;
	joiner->made[joiner->made_next] = *made;
	joiner->made_next = (joiner->made_next + 1) % COUNT(joiner->made);
	return status;
}

/* Of several GPIs only those that are well formed are worth a try, or one. */
static void
sift(struct sms_joiner *joiner)
{
	size_t kept = 0;

	for (size_t i = 0; i < joiner->gpi_count; i++)
		if (gpi_at(joiner->gpi[i].v, joiner->gpi[i].len) > 0)
			joiner->gpi[kept++] = joiner->gpi[i];
	joiner->gpi_count = kept > 0 || joiner->gpi_count == 0 ? kept : 1;
}

/* Make the GPIs that P completes. */
static enum status
complete(struct sms_joiner *joiner, const struct sms_params *f,
    struct sms_held *p)
{
	enum status status = OK;
	struct sms_made made;
	struct choice c;
	size_t tries = 0;

	if (!collect(&c, joiner, p))
		return OK;
	do
		if (is_new(joiner, &c, &made)) {
			status = add_choice(joiner, f, &c, &made);
			tries++;
		}
	while (tries < SMS_TRIES && choose_next(&c));
	for (size_t i = 0; i < c.total && tries > 0; i++)
		for (size_t n = 0; n < c.part[i].count; n++)
			c.part[i].version[n]->fresh = false;
	sift(joiner);
	if (joiner->gpi_count == 0)
		return status;
	fail_said();
	return OK;
}

/* ---- messages ---- */

enum status
sms_join(struct sms_joiner *joiner, const struct sms_params *f,
    uint64_t now_ms, const struct sms_message *m)
{
	enum status status;
	struct udh h;

	joiner->gpi_count = 0;
	joiner->number = ++joiner->messages;
	if ((status = read_message(&h, f, m)) != OK)
		return status;
	joiner->joined = h.total > 1;
	if (!joiner->joined)
		return add(joiner, f, h.port, h.v, h.len);
	return complete(joiner, f, hold(joiner, m->from, now_ms, &h));
}

static bool
is_part_of(const struct sms_held *p, const struct sms_made *made)
{
	for (size_t i = 0; i < COUNT(made->part); i++)
		if (p->kind != 0 && made->part[i] == p->id)
			return true;
	return false;
}

void
sms_join_answered(struct sms_joiner *joiner, uint64_t number,
    enum status status)
{
	const struct sms_made *made = joiner->made;

	while (made < joiner->made + COUNT(joiner->made) &&
	    made->gpi != number)
		made++;
	if (made == joiner->made + COUNT(joiner->made))
		return;
	for (struct sms_held *p = joiner->held;
	    p < joiner->held + SMS_HELD_MAX; p++) {
		if (!is_part_of(p, made))
			continue;
		p->done |= status == OK;
		p->fresh |= status == FAILED;
	}
}
