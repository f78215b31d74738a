/* sms.c: GPIs in short messages. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sms/sms.h"

/* ---- a GPI as short messages ---- */

_Static_assert(WAP_MAX <= SMS_PARTS_MAX * SMS_PART_MAX, "a GPI fits");
_Static_assert(GPI_ROOM == SMS_PARTS_MAX * SMS_PART_MAX, "as do all parts");

enum { CONCAT_8 = 0x00, PORT_8 = 0x04, PORT_16 = 0x05, CONCAT_16 = 0x08 };

/* For part NUMBER of TOTAL; a single part has no reference. */
static void
write_udh(struct sms_part *p, const struct sms_params *f, uint8_t ref,
    size_t total, size_t number)
{
	const uint8_t port[] = { PORT_16, 4, (uint8_t)(f->port >> 8),
	    (uint8_t)f->port, (uint8_t)(f->from_port >> 8),
	    (uint8_t)f->from_port };
	const uint8_t concat[] = { CONCAT_8, 3, ref, (uint8_t)total,
	    (uint8_t)number };
	size_t n = total > 1 ? sizeof(concat) : 0;

	p->v[0] = (uint8_t)(sizeof(port) + n);
	memcpy(p->v + 1, port, sizeof(port));
	memcpy(p->v + 1 + sizeof(port), concat, n);
	p->len = 1 + sizeof(port) + n;
}

enum status
sms_split(const struct sms_params *f, uint16_t ref, const uint8_t *gpi,
    size_t len, struct sms_part parts[static SMS_PARTS_MAX], size_t *count)
{
	uint8_t push[WAP_MAX];
	size_t total, n;

	*count = 0;
	if (len < 1 || len > GPI_MAX)
		return fail(REJECTED, "gpi: found %zu octets, expected 1 to "
		    "%d", len, GPI_MAX);
	if (f->wap) {
		len = wap_wrap(f->app_id, f->content_code, ref, gpi, len,
		    push);
		gpi = push;
	}
	total = len <= SMS_SINGLE_MAX ? 1 :
	    (len + SMS_PART_MAX - 1) / SMS_PART_MAX;
	for (struct sms_part *p = parts; *count < total; p++) {
		write_udh(p, f, (uint8_t)ref, total, ++*count);
		n = len < sizeof(p->v) - p->len ? len : sizeof(p->v) - p->len;
		memcpy(p->v + p->len, gpi, n);
		p->len += n;
		gpi += n;
		len -= n;
	}
	return OK;
}

/* ---- the header of user data ---- */

/* The content of a UDH, and the octets after it. */
struct udh {
	int port, port_8;	/* -1: none */
	bool wide;
	unsigned ref, total, number;	/* of parts; total 0: a single one */
	const uint8_t *v;
	size_t len;
};

static void
read_concat_8(struct udh *h, const uint8_t *v)
{
	h->wide = false;
	h->ref = v[0];
	h->total = v[1];
	h->number = v[2];
}

static void
read_concat_16(struct udh *h, const uint8_t *v)
{
	read_concat_8(h, v + 1);
	h->wide = true;
	h->ref = (unsigned)be_read(v, 2);
}

static void
read_port_8(struct udh *h, const uint8_t *v)
{
	h->port = -1;
	h->port_8 = v[0];
}

static void
read_port_16(struct udh *h, const uint8_t *v)
{
	h->port = (int)be_read(v, 2);
	h->port_8 = -1;
}

/* 9.2.3.24: of repeated elements, and of two ports, the last one counts. */
static const struct element {
	uint8_t iei, len;
	void (*read)(struct udh *, const uint8_t *);
} elements[] = {
	{ CONCAT_8, 3, read_concat_8 },
	{ CONCAT_16, 4, read_concat_16 },
	{ PORT_8, 2, read_port_8 },
	{ PORT_16, 4, read_port_16 },
};

static enum status
read_element(struct udh *h, const uint8_t *v)
{
	for (const struct element *e = elements;
	    e < elements + COUNT(elements); e++) {
		if (e->iei != v[0])
			continue;
		if (e->len != v[1])
			return fail(MALFORMED, "udh: found %u octets of "
			    "element %02x, expected %u", v[1], v[0], e->len);
		e->read(h, v + 2);
	}
	return OK;
}

static enum status
read_udh(struct udh *h, const uint8_t *ud, size_t len, bool udhi)
{
	size_t end = udhi && len > 0 ? 1 + (size_t)ud[0] : 0, at = 1, next;
	enum status status = OK;

	*h = (struct udh){ .port = -1, .port_8 = -1 };
	if (len > SMS_UD_MAX)
		return fail(MALFORMED, "user data: found %zu octets, expected "
		    "at most %d", len, SMS_UD_MAX);
	if (end > len || (udhi && len == 0))
		return fail(MALFORMED, "udh: found %zu octets, expected %zu",
		    len, end > 0 ? end : 1);
	for (; at < end && status == OK; at = next) {
		next = at + 1 < end ? at + 2 + ud[at + 1] : end + 1;
		if (next > end)
			return fail(MALFORMED, "udh: found element %02x cut, "
			    "expected all of it", ud[at]);
		status = read_element(h, ud + at);
	}
	h->v = ud + end;
	h->len = len - end;
	return status;
}

static enum status
foreign_port(const struct udh *h, const struct sms_params *f)
{
	char found[32] = "none", expected[32];

	if (h->port_8 >= 0)
		snprintf(found, sizeof(found), "%d of 8 bits", h->port_8);
	else if (h->port >= 0)
		snprintf(found, sizeof(found), "%d", h->port);
	snprintf(expected, sizeof(expected), f->port == WAP_PORT ? "%u" :
	    "%u or %d", f->port, WAP_PORT);
	return fail(MALFORMED, "port: found %s, expected %s", found, expected);
}

/* Check that it is for our port; *WAP: it is a WAP Push. */
static enum status
check_udh(const struct udh *h, const struct sms_params *f, bool *wap)
{
	*wap = h->port == f->port ? f->wap : true;
	if (h->port != f->port && h->port != WAP_PORT)
		return foreign_port(h, f);
	if (h->total > SMS_PARTS_MAX)
		return fail(MALFORMED, "parts: found %u, expected at most %d",
		    h->total, SMS_PARTS_MAX);
	if (h->number > h->total || (h->number == 0) != (h->total == 0))
		return fail(MALFORMED, "parts: found part %u of %u, expected "
		    "1 to %u", h->number, h->total, h->total);
	return OK;
}

/* ---- short messages as a GPI ---- */

static void
begin(struct sms_join *j, const char *from, uint64_t now_ms,
    const struct udh *h)
{
	memset(j, 0, sizeof(*j));
	snprintf(j->from, sizeof(j->from), "%s", from);
	j->used = true;
	j->wide = h->wide;
	j->ref = (uint16_t)h->ref;
	j->port = (uint16_t)h->port;
	j->total = h->total;
	j->since = now_ms;
}

static bool
is_for(const struct sms_join *j, const char *from, const struct udh *h)
{
	return j->used && j->ref == h->ref && j->wide == h->wide &&
	    j->port == h->port && strncmp(j->from, from, SMS_FROM_MAX) == 0;
}

/* Whether to reuse A rather than B: a free one, a complete one, the older. */
static bool
goes_before(const struct sms_join *a, const struct sms_join *b)
{
	int rank_a = a->used ? 2 - a->whole : 0;
	int rank_b = b->used ? 2 - b->whole : 0;

	return rank_a != rank_b ? rank_a < rank_b : a->since < b->since;
}

/*
 * A reference comes again after 256 messages, so a part that differs from those
 * here is the first of another message.  A complete message stays for a while,
 * so that a part which the network delivers again does not start a new one.
 */
static bool
contradicts(const struct sms_join *j, const struct udh *h)
{
	size_t i = h->number - 1;

	return j->total != h->total ||
	    ((j->whole || (j->have >> i & 1) != 0) &&
	    (j->part[i].len != h->len ||
	    memcmp(j->part[i].v, h->v, h->len) != 0));
}

/* The message to which H belongs, perhaps a new one. */
static struct sms_join *
find(struct sms_joiner *joiner, const char *from, uint64_t now_ms,
    const struct udh *h)
{
	struct sms_join *found = NULL, *room = joiner->join;

	for (struct sms_join *j = joiner->join;
	    j < joiner->join + SMS_JOINS_MAX; j++) {
		if (now_ms > j->since && now_ms - j->since > SMS_JOIN_MS)
			j->used = false;
		if (is_for(j, from, h))
			found = j;
		if (goes_before(j, room))
			room = j;
	}
	if (found != NULL && !contradicts(found, h))
		return found;
	if (found != NULL)
		room = found;
	begin(room, from, now_ms, h);
	room->number = joiner->number;
	return room;
}

/* Keep a part.  If all are there, put them into OUT, and return true. */
static bool
keep(struct sms_join *j, const struct udh *h, uint8_t out[static GPI_ROOM],
    size_t *len)
{
	size_t i = h->number - 1;

	/* the UDH has a port and a reference: 12 octets or more */
	assert(h->len <= SMS_PART_MAX);
	j->have |= UINT32_C(1) << i;
	j->part[i].len = (uint8_t)h->len;
	memcpy(j->part[i].v, h->v, h->len);
	if (j->have != (UINT32_C(1) << j->total) - 1)
		return false;
	/* if it is sent again, all parts come again */
	j->whole = true;
	j->have = 0;
	for (i = 0; i < j->total; i++) {
		memcpy(out + *len, j->part[i].v, j->part[i].len);
		*len += j->part[i].len;
	}
	return true;
}

/* Turn the payload in GPI into the GPI. */
static enum status
finish(const struct sms_params *f, bool wap, uint8_t gpi[static GPI_ROOM],
    size_t *len)
{
	enum status status = OK;
	const uint8_t *inner = gpi;
	size_t n = *len;

	*len = 0;
	if (wap)
		status = wap_unwrap(f->app_id, f->content_code, gpi, n, &inner,
		    &n);
	if (status != OK)
		return status;
	if (n < 1 || n > GPI_MAX)
		return fail(MALFORMED, "gpi: found %zu octets, expected 1 to "
		    "%d", n, GPI_MAX);
	memmove(gpi, inner, n);
	*len = n;
	return OK;
}

enum status
sms_join(struct sms_joiner *joiner, const struct sms_params *f,
    const char *from, uint64_t now_ms, const uint8_t *ud, size_t len,
    bool udhi, uint8_t gpi[static GPI_ROOM], size_t *gpi_len)
{
	enum status status;
	bool wap, whole = true;
	struct sms_join *j;
	struct udh h;

	*gpi_len = 0;
	joiner->number = ++joiner->count;
	status = read_udh(&h, ud, len, udhi);
	if (status != OK || (status = check_udh(&h, f, &wap)) != OK)
		return status;
	if (h.total > 1) {
		j = find(joiner, from, now_ms, &h);
		joiner->number = j->number;
		whole = keep(j, &h, gpi, gpi_len);
	} else {
		memcpy(gpi, h.v, h.len);
		*gpi_len = h.len;
	}
	return whole ? finish(f, wap, gpi, gpi_len) : OK;
}
