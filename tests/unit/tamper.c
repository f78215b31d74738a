/*
 * tamper.c: GPIs that somebody changed on the way: a card takes none, and
 * answers none.  tamper COUNT SEED changes that many, as `make soak' does; the
 * tests do with a few.
 *
 * The policy is the laxest but for triggers without protection, which anybody
 * may change; so only what is computed protects: whatever is refused, must be
 * for its form, its AUTN or its MAC.
 */
#include <inttypes.h>
#include <string.h>

#include "gba/receive.h"
#include "gba/steps.h"
#include "../fuzz/vector.h"

#define NOW 1800000000
#define GPIS_MAX 64

/* A genuine GPI, and its card: just before it, and where it is stale. */
static struct genuine {
	struct out gpi;
	struct record decoded, fresh, stale;
} all[GPIS_MAX];
static size_t count;	/* of those that a card takes; after them are */
static size_t sources;	/* up to here such as lend their parts alone */

/* How many there were, and what refused them. */
static struct {
	uint64_t made, accepted, form, autn, mac, other;
} sum;

static uint64_t x;

static uint64_t
below(uint64_t n)
{
	return noise(&x) % n;
}

static const struct genuine *
any(void)
{
	return &all[below(count)];
}

static const struct genuine *
another(void)
{
	return &all[below(sources)];
}

/* ---- at the card ---- */

static bool
is_genuine(const struct out *o)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].gpi.len == o->len &&
		    memcmp(all[i].gpi.v, o->v, o->len) == 0)
			return true;
	return false;
}

/* The form is looked at before the MAC, and what is sealed after it. */
static bool
has_form(const uint8_t *v, size_t len)
{
	static struct record g;

	return gpi_decode(&g, v, len) == OK;
}

static void
try_at(const struct record *genuine_card, const uint8_t *v, size_t len)
{
	static const struct receive_policy lax = { .any_naf = true,
	    .sync_failures = true };
	static struct record card, out;
	struct reception r = { .policy = &lax, .now = NOW, .card = &card };
	enum status status;
	const char *text;

	card = *genuine_card;
	status = receive(&r, v, len, &out, NULL, false);
	text = fail_text();
	if (status == OK || out.type != RECORD_GPI || r.card_changed)
		sum.accepted++;
	else if (status == MALFORMED && !has_form(v, len))
		sum.form++;
	else if (status == REJECTED && strncmp(text, "autn: ", 6) == 0)
		sum.autn++;
	else if (status == REJECTED && strncmp(text, "the GPI was altered",
	    19) == 0)
		sum.mac++;
	else
		sum.other++;
	sum.made++;
}

/* A copy, so that nothing stands behind it. */
static void
try(const struct genuine *of, const struct out *o)
{
	uint8_t *exact;

	if (is_genuine(o))
		return;
	exact = malloc(o->len + 1);
	memcpy(exact, o->v, o->len);
	try_at(sum.made % 2 == 0 ? &of->fresh : &of->stale, exact, o->len);
	free(exact);
}

/* ---- ways to change a GPI ---- */

static void
change_bits(const struct genuine *a, struct out *o)
{
	(void)a;
	for (uint64_t n = 1 + below(3); n > 0; n--)
		o->v[below(o->len)] ^= (uint8_t)(1 << below(8));
}

/* Some octets are missing, or are there twice. */
static void
cut(const struct genuine *a, struct out *o)
{
	size_t at = below(o->len), n = 1 + below(o->len - at);

	(void)a;
	if (below(2) == 0) {
		memmove(o->v + at, o->v + at + n, o->len - at - n);
		o->len -= n;
	} else {
		memmove(o->v + at + n, o->v + at, o->len - at);
		o->len += n;
	}
}

/* It begins as one and ends as another. */
static void
join(const struct genuine *a, struct out *o)
{
	const struct genuine *b = another();
	size_t at = below(o->len + 1), from = at < b->gpi.len ? at : 0;

	(void)a;
	if (below(4) == 0)
		from = below(b->gpi.len);
	memcpy(o->v + at, b->gpi.v + from, b->gpi.len - from);
	o->len = at + b->gpi.len - from;
}

/* Some fields are those of another. */
static void
exchange(const struct genuine *a, struct out *o)
{
	static struct record g;
	const struct genuine *b = another();
	static const uint64_t field[] = { HAS(RAND), HAS(AUTN), HAS(APP_LBL),
	    HAS(UM), HAS(ENC_GPI), HAS(TRIGGER_MODE) | HAS(TRIGGER_IND) |
	    HAS(TRIGGER_TIME) | HAS(C2), HAS(MAC) };

	g = a->decoded;
	for (uint64_t n = 1 + below(3); n > 0; n--) {
		uint64_t of = field[below(COUNT(field))];

		g.has &= ~of;
		record_copy(&g, &b->decoded, of & b->decoded.has);
	}
	o->len = gpi_encode(&g, o->v);
}

/* Anything at all. */
static void
spoil(const struct genuine *a, struct out *o)
{
	(void)a;
	for (uint64_t n = 1 + below(3); n > 0 && o->len > 0; n--)
		mutate(o, &x);
}

static const struct {
	const char *name;
	void (*change)(const struct genuine *, struct out *);
	unsigned tenths;	/* of all */
} ways[] = {
	{ "bits", change_bits, 2 }, { "cuts", cut, 2 }, { "splices", join, 2 },
	{ "fields of two", exchange, 2 }, { "anything", spoil, 2 },
};

/* ---- all of them ---- */

static void
take_genuine(const char *set, const struct gpi_vector *w)
{
	struct genuine *g = &all[sources++];
	struct record subscriber;
	uint64_t sqn;

	g->gpi = w->gpi;
	check_ok(gpi_decode(&g->decoded, g->gpi.v, g->gpi.len));
	sqn = vector_home(set, 0, &subscriber, &g->fresh);
	vector_home(set, sqn, &subscriber, &g->stale);
}

/* Some for one card, to be mixed with each other. */
static void
make_more(void)
{
	struct genuine *g;
	struct record request, subscriber, draft;
	struct vector vector;
	uint8_t rand[16];

	for (unsigned i = 0; i < 12; i++) {
		g = &all[sources++];
		vector_home("1", SQN(100, 0), &subscriber, &g->fresh);
		vector_home("1", SQN(200, 0), &subscriber, &g->stale);
		make(&request, RECORD_REQUEST, false, false);
		record_put_uint(&request, KEY_UM, i & 1 ? GBA_U : GBA_ME);
		check_ok(record_set(&request, KEY_NAF_ID, i & 2 ?
		    "mtc.example.org/0100000007" : "a.org/0100000007"));
		if (i % 3 > 0) {
			record_put_uint(&request, KEY_TRIGGER_IND, 1 + i % 2);
			record_put_uint(&request, KEY_TRIGGER_MODE, i % 3 == 1 ?
			    MODE_INTEGRITY : MODE_FULL);
		}
		memset(rand, (int)i, sizeof(rand));
		check_ok(gba_vector(&subscriber, rand, SQN(101 + i, i),
		    &vector));
		check_ok(gba_generate(&request, &vector, BSF, NOW + 1 + i,
		    &draft));
		check_ok(gpi_seal(&draft, MODE_NONE, g->gpi.v, &g->gpi.len));
		check_ok(gpi_decode(&g->decoded, g->gpi.v, g->gpi.len));
	}
}

/* What they are made of is good: the one card takes it, the other answers. */
static void
test_genuine(void)
{
	test("tamper: %zu genuine GPIs are taken, and answered", count);
	for (size_t i = 0; i < count; i++) {
		try_at(&all[i].fresh, all[i].gpi.v, all[i].gpi.len);
		try_at(&all[i].stale, all[i].gpi.v, all[i].gpi.len);
	}
	check_uint(sum.accepted, 2 * count);
	memset(&sum, 0, sizeof(sum));
}

/* Each bit, and each end. */
static void
test_each(void)
{
	struct out o;

	test("tamper: each bit, and each octet that could be the last");
	for (size_t i = 0; i < count; i++) {
		for (size_t bit = 0; bit < 8 * all[i].gpi.len; bit++) {
			o = all[i].gpi;
			o.v[bit / 8] ^= (uint8_t)(1 << bit % 8);
			try(&all[i], &o);
		}
		for (o = all[i].gpi; o.len-- > 0;)
			try(&all[i], &o);
	}
	check_uint(sum.accepted, 0);
	check_uint(sum.other, 0);
}

static void
test_way(size_t way, uint64_t n)
{
	const uint64_t end = sum.made + n * ways[way].tenths / 10;
	const struct genuine *a;
	struct out o;

	test("tamper: %s", ways[way].name);
	while (sum.made < end) {
		a = any();
		o = a->gpi;
		ways[way].change(a, &o);
		try(a, &o);
	}
	check_uint(sum.accepted, 0);
	check_uint(sum.other, 0);
}

/* Those whose trigger is protected, or the rest. */
static void
take_all(bool protected)
{
	struct gpi_vector w;
	struct csv csv;

	csv_open(&csv, "gpi.csv");
	while (sources < GPIS_MAX && vector_next(&csv, &w))
		if (protected != (record_has(&w.draft, HAS(TRIGGER_MODE)) &&
		    w.draft.trigger_mode == MODE_NONE))
			take_genuine(csv_text(&csv, "set_35208"), &w);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;

	x = argc > 2 ? strtoull(argv[2], NULL, 10) : 20140134995;
	test_init(1, argv);
	take_all(true);
	make_more();
	count = sources;
	take_all(false);
	test_genuine();
	test_each();
	for (size_t i = 0; i < COUNT(ways); i++)
		test_way(i, n);
	test("tamper: each of the checks had to refuse some");
	check(sum.form > 0 && sum.autn > 0 && sum.mac > 0);
	if (argc > 1)
		printf("# %" PRIu64 " changed GPIs, %" PRIu64 " accepted; "
		    "refused for their form %" PRIu64 ", AUTN %" PRIu64
		    ", MAC %" PRIu64 "\n", sum.made, sum.accepted, sum.form,
		    sum.autn, sum.mac);
	return test_end();
}
