/* reported.c: which P-TIDs have a report already. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "crypto/crypto.h"
#include "pipe/reported.h"

/* A P-TID is kept as so much of its hash: a million in 16 MB. */
struct mark {
	uint8_t v[16];
};

struct reported {
	struct mark *mark;	/* in order, once all are there */
	size_t count, room;
};

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mark));
}

static enum status
mark_of(const char *p_tid, struct mark *m)
{
	return shake256((const uint8_t *)p_tid, strlen(p_tid), m->v,
	    sizeof(m->v));
}

static enum status
add(struct reported *r, const char *p_tid)
{
	if (!array_reserve(r->mark, r->room, r->count + 1))
		return fail(FAILED, "no memory");
	return mark_of(p_tid, &r->mark[r->count++]);
}

/* The input is broken: that is no fault where its last item is not whole. */
static enum status
see_torn(const struct input *in, const char *name, bool more, off_t whole)
{
	size_t left = in->end - in->at, n;

	/* a report is a map: what is none, is no file of reports at all */
	if (in->broken.status != MALFORMED || left == 0 ||
	    !CBOR_IS_MAP(in->v[in->at]) ||
	    cbor_measure(in->v + in->at, left, &n) != OK)
		return fail_as(&in->broken);
	warn("warning: %s: the last report is cut off after %zu octets and "
	    "does not count", name, left);
	return !more || truncate(name, whole) == 0 ? OK :
	    fail(FAILED, "%s", strerror(errno));
}

static enum status
read_all(struct reported *r, struct input *in, const char *name, bool more)
{
	enum status status = OK;
	uint64_t number = 0;
	struct record report;
	const uint8_t *item;
	enum event event;
	off_t whole = 0;
	size_t len;

	while (status == OK && (event = input_next(in, true, &item, &len)) !=
	    INPUT_END) {
		number++;
		if (event == INPUT_BROKEN)
			status = see_torn(in, name, more, whole);
		if (event != INPUT_ITEM)
			continue;
		whole += (off_t)len;
		status = record_decode_as(&report, RECORD_REPORT, item, len);
		if (status == OK)
			status = add(r, report.p_tid.v);
	}
	return status == OK ? OK : fail_in(status, "record %" PRIu64, number);
}

enum status
reported_read(const char *name, bool more, struct reported **made)
{
	static struct input in;
	struct reported *r = calloc(1, sizeof(*r));
	enum status status;

	*made = r;
	if (r == NULL)
		return fail(FAILED, "%s: no memory", name);
	if (more && access(name, F_OK) != 0 && errno == ENOENT)
		return OK;
	if ((status = input_open(&in, name)) != OK)
		return status;
	status = read_all(r, &in, name, more);
	input_close(&in);
	if (r->count > 0)
		qsort(r->mark, r->count, sizeof(r->mark[0]), compare);
	return status == OK ? OK : fail_in(status, "%s", name);
}

bool
reported_has(const struct reported *r, const char *p_tid)
{
	struct mark m;

	return r != NULL && r->count > 0 && mark_of(p_tid, &m) == OK &&
	    bsearch(&m, r->mark, r->count, sizeof(m), compare) != NULL;
}

void
reported_free(struct reported *r)
{
	if (r != NULL)
		free(r->mark);
	free(r);
}
