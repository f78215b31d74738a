/*
 * sides.c: a store that is a server's and a device's, changed at random by two
 * programs, so that P-TIDs, RANDs, UEs and lifetimes meet in all ways.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/p_tid.h"
#include "runs/sa_batch.h"
#include "store/keys.h"
#include "test.h"

#define P_TIDS 12
#define RANDS 14
#define UES 4
#define ROUNDS 500
#define TURN_MOST 40

static char name[64];
static struct db *program[2], *db;
static uint64_t seed = 1;

static unsigned
below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(seed >> 33) % n;
}

/* ---- records ---- */

static void
put_common(struct record *r, unsigned ue, unsigned lifetime)
{
	char text[16];

	record_put(r, KEY_APP_LBL, "", 0);
	record_put_uint(r, KEY_UM, 0);
	record_put_uint(r, KEY_KEY_LT, lifetime);
	check_ok(record_set(r, KEY_NAF_ID, "mtc.example.org/0100000007"));
	snprintf(text, sizeof(text), "dev-%u", ue);
	check_ok(record_set(r, KEY_UE_ID, text));
}

static void
put_p_tid(struct record *r, unsigned p_tid)
{
	uint8_t random[P_TID_RANDOM] = { 0 };

	be_write(random, 4, p_tid);
	p_tid_put(r, 1800000000000, random);
}

static void
make_request(struct record *r, unsigned p_tid, unsigned ue, unsigned lifetime)
{
	record_init(r, RECORD_REQUEST);
	put_common(r, ue, lifetime);
	check_ok(record_set(r, KEY_UE_TRP, "udp://192.0.2.7:1"));
	put_p_tid(r, p_tid);
}

static void
make_sa(struct record *sa, bool of_naf, unsigned p_tid, unsigned rand,
    unsigned ue, unsigned lifetime)
{
	uint8_t v[16];

	memset(v, (int)rand, sizeof(v));
	record_init(sa, of_naf ? RECORD_NAF_SA : RECORD_ACCEPTED);
	put_common(sa, ue, lifetime);
	put_p_tid(sa, p_tid);
	record_put(sa, KEY_UL_SA_ID, sa->p_tid.v, sa->p_tid.len);
	sa->has &= ~HAS(P_TID);
	record_put(sa, KEY_RAND, v, sizeof(v));
	record_put(sa, KEY_AUTN, v, sizeof(v));
	record_put(sa, KEY_KS_NAF, "0123456789abcdef0123456789abcdef", 32);
	record_put_dl_sa_id(sa, sa->rand.v);
	if (of_naf) {
		check_ok(record_set(sa, KEY_UE_TRP, "udp://192.0.2.7:1"));
		record_put(sa, KEY_MAC, v, 16);
		record_put(sa, KEY_ENC_GPI, sa->ks_naf.v, 32);
		return;
	}
	record_put(sa, KEY_UE_PRIV_ID, sa->ue_id.v, sa->ue_id.len);
	record_put(sa, KEY_GPI, "gpi", 3);
	record_put_uint(sa, KEY_TIME, 1);
}

/* ---- changes ---- */

static void
request(unsigned now)
{
	struct record r;
	enum status status;

	make_request(&r, below(P_TIDS), below(UES), now + 1 + below(8));
	status = trigger_add(db, &r, now);
	check(status == OK || status == REJECTED);
}

struct wanted {
	const struct record *sa;
	unsigned count;
};

static enum status
note_same(void *arg, const struct record *sa)
{
	static uint8_t a[RECORD_MAX], b[RECORD_MAX];
	struct wanted *w = arg;
	size_t len = record_encode(sa, a);

	w->count += len == record_encode(w->sa, b) && memcmp(a, b, len) == 0;
	return OK;
}

static void
put_turn(unsigned now)
{
	static struct sa_batch batch;
	static struct record sa[TURN_MOST];
	unsigned n = 1 + below(TURN_MOST);
	bool stored[TURN_MOST];
	enum status status;

	batch.db = db;
	batch.unrequested = below(3) == 0;
	for (unsigned i = 0; i < n; i++) {
		make_sa(&sa[i], below(3) != 0, below(P_TIDS), below(RANDS),
		    below(UES), now + 1 + below(8));
		if (i > 0 && below(8) == 0)
			sa[i] = sa[below(i)];
		check_ok(sa_batch_take(&batch, i, &sa[i]));
	}
	check_ok(sa_batch_store(&batch));
	for (unsigned i = 0; i < n; i++) {
		status = sa_batch_decide(&batch, i);
		test_check(status == OK || status == REJECTED, __FILE__,
		    __LINE__, "item %u: %s", i, fail_text());
		stored[i] = status == OK;
	}
	sa_batch_forget(&batch);
	for (unsigned i = 0; i < n; i++) {
		struct wanted w = { &sa[i], 0 };

		check_ok(sa_find_rand(db, sa[i].rand.v, note_same, &w));
		check(w.count == 1 || !stored[i]);
	}
}

static void
remove_some(void)
{
	struct record sa;
	uint64_t removed;
	enum sa_key key = below(3);

	make_sa(&sa, false, below(P_TIDS), below(RANDS), below(UES), 1);
	check_ok(sa_remove(db, key, key == SA_UL ? sa.ul_sa_id.v :
	    key == SA_DL ? sa.dl_sa_id.v : sa.ue_id.v, 1 + below(3),
	    &removed));
}

static void
cancel(unsigned now)
{
	struct record r;
	uint64_t closed = 0;

	make_request(&r, 0, below(UES), 1);
	check_ok(trigger_ask_cancel(db, r.ue_id.v, now, &closed));
	check_ok(db_await(db));
}

static void
prune(unsigned now)
{
	uint64_t after = 0, removed = 0;
	bool more;

	do
		check_ok(trigger_prune_next(db, now, now, 5, &after, &removed,
		    &more));
	while (more);
}

static uint64_t
count(const char *sql, uint64_t now)
{
	struct query *q = strchr(sql, 0x24) == NULL ? db_query(db, sql, "") :
	    db_query(db, sql, "n", now);
	uint64_t n = db_row(q) ? db_number(q, 0) : 0;

	check_ok(db_done(db, q));
	return n;
}

static void
expire(unsigned now)
{
	uint64_t removed;
	unsigned turns = 0;
	bool more;

	do
		check_ok(sa_expire(db, now, 1 + below(7), &removed, &more));
	while (more && ++turns < 10000);
	check(!more);
	check_uint(count("SELECT count(*) FROM sa WHERE expires <= $1", now),
	    0);
	check_uint(count("SELECT count(*) FROM trigger_state WHERE "
	    "expires <= $1 AND closed = 0", now), 0);
	check_uint(count("SELECT count(*) FROM expiry WHERE expires <= $1",
	    now), 0);
}

/* As if there had been keys, so that few are left of the part. */
static void
skip_keys(void)
{
	check_ok(db_run(db, NULL, "INSERT OR REPLACE INTO key_count SELECT "
	    "keys, (count | 131071) - 3 FROM key_count WHERE count & 131071 "
	    "< 131068", ""));
}

static void
change(unsigned now)
{
	switch (below(9)) {
	case 0:
	case 1:
	case 2:
		request(now);
		break;
	case 3:
	case 4:
		put_turn(now);
		break;
	case 5:
		remove_some();
		break;
	case 6:
		if (below(4) == 0)
			cancel(now);
		break;
	case 7:
		prune(now);
		break;
	case 8:
		expire(now);
		break;
	}
}

/* ---- what always holds ---- */

static const char *const never[] = {
	/* a P-TID twice */
	"SELECT count(*) - count(DISTINCT coalesce(sa.ul, t.p_tid)) FROM sa "
	"LEFT JOIN trigger_state t ON t.id = sa.id",
	/* an SA without a P-TID, or with two */
	"SELECT count(*) FROM sa LEFT JOIN trigger_state t ON t.id = sa.id "
	"WHERE (sa.ul IS NULL) = (t.id IS NULL)",
	/* a trigger without a request, a request without a trigger */
	"SELECT count(*) FROM trigger_state WHERE id NOT IN (SELECT id FROM "
	"trigger_request)",
	"SELECT count(*) FROM trigger_request WHERE id NOT IN (SELECT id FROM "
	"trigger_state)",
	/* a row whose end no run has */
	"SELECT count(*) FROM sa WHERE NOT EXISTS (SELECT 1 FROM expiry e "
	"WHERE e.expires = sa.expires AND sa.id BETWEEN first AND last)",
	"SELECT count(*) FROM trigger_state t WHERE closed = 0 AND NOT EXISTS "
	"(SELECT 1 FROM expiry e WHERE e.expires = t.expires AND t.id "
	"BETWEEN first AND last)",
};

struct seen {
	unsigned rands[256], ues[UES];
};

static enum status
note_sa(void *arg, const struct record *sa)
{
	struct seen *seen = arg;

	seen->rands[sa->rand.v[0]]++;
	seen->ues[atoi(strchr(sa->ue_id.v, '-') + 1)]++;
	return OK;
}

static enum status
add_one(void *n, const struct record *sa)
{
	(void)sa;
	++*(unsigned *)n;
	return OK;
}

static void
look(struct db *in)
{
	struct seen seen = { 0 };
	struct record sa;
	unsigned n;

	check_ok(sa_each(in, note_sa, &seen));
	for (unsigned i = 0; i < RANDS; i++) {
		make_sa(&sa, false, i, i, i % UES, 1);
		check(seen.rands[i] <= 1);
		n = 0;
		check_ok(sa_find_rand(in, sa.rand.v, add_one, &n));
		check_uint(n, seen.rands[i]);
	}
	for (unsigned i = 0; i < UES; i++) {
		make_sa(&sa, false, i, i, i, 1);
		n = 0;
		check_ok(sa_find(in, SA_UE, sa.ue_id.v, add_one, &n));
		check_uint(n, seen.ues[i]);
		n = 0;
		check_ok(trigger_each_of(in, (const char *[]){ sa.ue_id.v }, 1,
		    add_one, &n));
		check_uint(n, count("SELECT count(*) FROM trigger_state "
		    "WHERE ue_id = 'dev-' || $1", i));
	}
}

static void
round_of(unsigned now)
{
	db = program[below(2)];
	check_ok(db_begin(db));
	if (below(50) == 0)
		skip_keys();
	for (unsigned n = 1 + below(4); n > 0; n--)
		change(now);
	if (below(10) == 0)
		db_rollback(db);
	else
		check_ok(db_commit(db));
	for (size_t i = 0; i < COUNT(never); i++)
		test_check(count(never[i], 0) == 0, __FILE__, __LINE__,
		    "at %u: %s", now, never[i]);
	look(program[0]);
	look(program[1]);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	snprintf(name, sizeof(name), "/tmp/sides.%ld.db", (long)getpid());
	check_ok(db_open(&program[0], name, &store_schema, true));
	check_ok(db_open(&program[1], name, &store_schema, true));
	test("two programs change a store at random");
	for (unsigned i = 0; i < ROUNDS; i++)
		round_of(100 + i / 4);
	db_close(program[0]);
	db_close(program[1]);
	unlink(name);
	return test_end();
}
