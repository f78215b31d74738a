/* udh.c: the user data header.  Clauses are of TS 23.040. */
#include <stdio.h>

#include "sms/udh.h"

/*
 * 9.2.3.24.1: an element without parts, or with a part that is none of them, is
 * ignored.  Of two, the last one counts.
 */
static void
read_concat(struct udh *h, enum reference kind, unsigned ref, const uint8_t *v)
{
	if (v[1] == 0 || v[1] > v[0])
		return;
	h->kind = kind;
	h->ref = ref;
	h->total = v[0];
	h->number = v[1];
}

static void
read_concat_8(struct udh *h, const uint8_t *v)
{
	read_concat(h, REF_8, v[0], v + 1);
}

static void
read_concat_16(struct udh *h, const uint8_t *v)
{
	read_concat(h, REF_16, (unsigned)be_read(v, 2), v + 2);
}

static void
read_port_8(struct udh *h, const uint8_t *v)
{
	h->port = v[0];
	h->port_8 = true;
}

static void
read_port_16(struct udh *h, const uint8_t *v)
{
	h->port = (int)be_read(v, 2);
	h->port_8 = false;
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

/*
 * Read the elements from V on; false: the last one is cut.  Others, and these
 * with another length, are skipped.
 */
static bool
read_elements(struct udh *h, const uint8_t *v, const uint8_t *end)
{
	for (; end - v >= 2 && end - v >= 2 + v[1]; v += 2 + v[1])
		for (const struct element *e = elements;
		    e < elements + COUNT(elements); e++)
			if (e->iei == v[0] && e->len == v[1])
				e->read(h, v + 2);
	return v == end;
}

bool
udh_is_ours(const struct udh *h, const struct sms_params *f)
{
	return h->port >= 0 && (h->port == f->port || h->port == WAP_PORT);
}

/*
 * 9.2.3.24: a header whose last element is cut is ignored.  Here the elements
 * before that count, if they name our port: part of a GPI may follow.
 */
void
udh_read(struct udh *h, const struct sms_message *m,
    const struct sms_params *f)
{
	static const uint8_t nothing[1];
	size_t end = m->len > 0 ? 1 + (size_t)m->ud[0] : 1;
	struct udh in;
	bool whole;

	*h = (struct udh){ .port = -1,
	    .v = m->len > 0 ? m->ud : nothing, .len = m->len };
	read_concat(h, REF_SAR, m->ref, (uint8_t[]){ m->total, m->number });
	in = *h;
	h->port = m->port;
	if (end > m->len)
		return;
	whole = read_elements(&in, m->ud + 1, m->ud + end);
	if (!udh_is_ours(&in, f) && !(m->udhi && whole))
		return;
	if (in.port < 0)
		in.port = m->port;
	in.v = m->ud + end;
	in.len = m->len - end;
	*h = in;
}

enum status
udh_foreign(const struct udh *h, const struct sms_params *f)
{
	char found[32] = "none", expected[32];

	if (h->port >= 0)
		snprintf(found, sizeof(found), "%d%s", h->port, h->port_8 ?
		    " of 8 bits" : "");
	snprintf(expected, sizeof(expected), f->port == WAP_PORT ? "%u" :
	    "%u or %d", f->port, WAP_PORT);
	return fail(MALFORMED, "port: found %s, expected %s", found, expected);
}
