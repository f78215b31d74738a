/* reported.c: which P-TIDs have a report already. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "crypto/crypto.h"
#include "pipe/reported.h"
#include "record/json.h"

/* A P-TID is kept as so much of its hash: a million in 16 MB. */
struct mark {
	uint8_t v[12];
	uint32_t order;		/* of the report: 2 N, and 1 if it failed */
};

struct reported {
	bool retry_failed;
	struct mark *mark;	/* in order, once all are there */
	size_t count, room;
};

static int
compare_p_tid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct mark *)0)->v));
}

/* The reports of one P-TID as they came. */
static int
compare(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = compare_p_tid(a, b);

	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static enum status
mark_of(const char *p_tid, struct mark *m)
{
	return shake256((const uint8_t *)p_tid, strlen(p_tid), m->v,
	    sizeof(m->v));
}

static enum status
add(struct reported *r, const struct record *report)
{
	struct mark *m;

	if (r->count > UINT32_MAX / 2 ||
	    !array_reserve(r->mark, r->room, r->count + 1))
		return fail(FAILED, "no memory");
	m = &r->mark[r->count];
	m->order = (uint32_t)(2 * r->count++) +
	    (report->state == STATE_FAILED);
	return mark_of(report->p_tid.v, m);
}

/* Of each P-TID only the last report counts. */
static void
sort(struct reported *r)
{
	struct mark *m = r->mark;
	size_t n = 0;

	if (r->count > 0)
		qsort(m, r->count, sizeof(m[0]), compare);
	for (size_t i = 0; i < r->count; i++)
		if (i + 1 == r->count || compare_p_tid(&m[i], &m[i + 1]) != 0)
			m[n++] = m[i];
	r->count = n;
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
	warn("warning: %s: the last report is cut off after %zu octet%s and "
	    "does not count", name, left, plural(left));
	return !more || truncate(name, whole) == 0 ? OK :
	    fail(FAILED, "%s", strerror(errno));
}

/* The same for a line of JSON; such a file does not grow. */
static enum status
see_torn_line(struct input *in, const char *name, size_t len, bool begun)
{
	struct outcome wrong = outcome_of(MALFORMED);
	const uint8_t *item;
	size_t more;

	if (!begun || input_next(in, true, &item, &more) != INPUT_END)
		return fail_as(&wrong);
	warn("warning: %s: the last report is cut off after %zu octet%s and "
	    "does not count", name, len, plural(len));
	fail_said();
	return OK;
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
		status = json_or_record_as(&report, RECORD_REPORT, item, len);
		if (status == OK)
			status = add(r, &report);
		else if (json_is(item, len))
			status = see_torn_line(in, name, len,
			    item[len - 1] != '}');
	}
	return status == OK ? OK : in->line > 0 ?
	    fail_in(status, "line %" PRIu64, in->line) :
	    fail_in(status, "record %" PRIu64, number);
}

enum status
reported_read(const char *name, bool more, bool retry_failed,
    struct reported **made)
{
	static struct input in;
	struct reported *r = calloc(1, sizeof(*r));
	enum status status;

	*made = r;
	if (r == NULL)
		return fail(FAILED, "%s: no memory", name);
	r->retry_failed = retry_failed;
	if (more && access(name, F_OK) != 0 && errno == ENOENT)
		return OK;
	if ((status = input_open(&in, name)) != OK)
		return status;
	in.framing = FRAMING_SEQUENCE_OR_LINES;
	status = read_all(r, &in, name, more);
	input_close(&in);
	sort(r);
	return status == OK ? OK : fail_in(status, "%s", name);
}

bool
reported_has(const struct reported *r, const char *p_tid)
{
	const struct mark *found = NULL;
	struct mark m;

	if (r != NULL && r->count > 0 && mark_of(p_tid, &m) == OK)
		found = bsearch(&m, r->mark, r->count, sizeof(m),
		    compare_p_tid);
	return found != NULL && !(r->retry_failed && found->order % 2 == 1);
}

void
reported_free(struct reported *r)
{
	if (r != NULL)
		free(r->mark);
	free(r);
}
