/* keys.c: rows that are found by keys, in more than one part. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/p_tid.h"
#include "store/keys.h"
#include "store/store.h"
#include "number.h"

static char name[64];
static struct db *db;

/* SA number N, of the UE of that number; CHANGED: with another lifetime. */
static void
make_sa(struct record *sa, uint64_t n, unsigned ue, bool changed)
{
	uint8_t random[P_TID_RANDOM] = { 0 }, rand[16];
	char text[24];

	be_write(random, 4, n);
	be_write(rand, 8, n);
	be_write(rand + 8, 8, ~n);
	record_init(sa, RECORD_ACCEPTED);
	p_tid_put(sa, 1800000000000, random);
	record_put(sa, KEY_UL_SA_ID, sa->p_tid.v, sa->p_tid.len);
	sa->has &= ~HAS(P_TID);
	record_put(sa, KEY_RAND, rand, sizeof(rand));
	record_put(sa, KEY_AUTN, rand, sizeof(rand));
	record_put(sa, KEY_APP_LBL, "", 0);
	record_put_uint(sa, KEY_UM, 0);
	record_put_uint(sa, KEY_KEY_LT, 1000 + n + changed);
	check_ok(record_set(sa, KEY_NAF_ID, "mtc.example.org/0100000007"));
	record_put(sa, KEY_KS_NAF, "0123456789abcdef0123456789abcdef", 32);
	record_put(sa, KEY_GPI, "gpi", 3);
	record_put_uint(sa, KEY_TIME, 1);
	snprintf(text, sizeof(text), "dev-%u@x.org", ue);
	check_ok(record_set(sa, KEY_UE_PRIV_ID, text));
	record_put_dl_sa_id(sa, sa->rand.v);
}

/* Put SA N of UE into the open transaction. */
static enum status
put(uint64_t n, unsigned ue, bool changed)
{
	struct record sa;

	make_sa(&sa, n, ue, changed);
	return sa_put(db, &sa);
}

#define FILLER 1000000

/*
 * As if all keys up to the last of a part had been there.  At the beginning of
 * a transaction: how many there are is looked for once in each.
 */
static void
fill_part(unsigned part)
{
	for (uint64_t k = KEYS_UE; k <= KEYS_RAND; k++)
		check_ok(db_run(db, NULL, "INSERT OR REPLACE INTO key_count "
		    "VALUES ($1, $2)", "nn", k,
		    ((uint64_t)(part + 1) << PART_BITS) - 1));
	check_ok(put(FILLER + part, FILLER, false));
}

static void
drop_fillers(void)
{
	check_ok(db_run(db, NULL, "DELETE FROM sa WHERE expires > 1000000",
	    ""));
}

static enum status
note(void *lifetimes, const struct record *sa)
{
	char *at = (char *)lifetimes + strlen(lifetimes);

	sprintf(at, "%u ", (unsigned)sa->key_lt);
	return OK;
}

/* The lifetimes of the SAs that have what SA N of UE has, in order. */
static const char *
found(struct db *in, enum sa_key key, uint64_t n, unsigned ue)
{
	static char lifetimes[256];
	struct record sa;

	lifetimes[0] = '\0';
	make_sa(&sa, n, ue, false);
	check_ok(sa_find(in, key, key == SA_UL ? sa.ul_sa_id.v :
	    key == SA_DL ? sa.dl_sa_id.v : sa.ue_priv_id.v, note, lifetimes));
	return lifetimes;
}

static void
check_found(struct db *in, enum sa_key key, uint64_t n, unsigned ue,
    const char *want)
{
	const char *got = found(in, key, n, ue);

	test_check(strcmp(got, want) == 0, __FILE__, __LINE__,
	    "SA %u, UE %u by %d: found %s, expected %s", (unsigned)n, ue, key,
	    got, want);
}

static void
begin(void)
{
	check_ok(db_begin(db));
}

static void
commit(void)
{
	check_ok(db_commit(db));
}

static void
three_parts(void)
{
	begin();
	check_ok(put(1, 7, false));
	commit();
	begin();
	fill_part(0);
	check_ok(put(2, 7, false));
	commit();
	begin();
	fill_part(1);
	check_ok(put(3, 7, false));
	check_ok(put(4, 8, false));
	drop_fillers();
	commit();
}

static void
searches(void)
{
	test("an SA is found in each part, by each id");
	for (unsigned n = 1; n <= 3; n++) {
		char want[16];

		snprintf(want, sizeof(want), "%u ", 1000 + n);
		check_found(db, SA_UL, n, 7, want);
		check_found(db, SA_DL, n, 7, want);
	}
	test("the SAs of a UE are found in all parts, in order");
	check_found(db, SA_UE, 0, 7, "1001 1002 1003 ");
	check_found(db, SA_UE, 0, 8, "1004 ");
	check_found(db, SA_UE, 0, 9, "");
	test("what no part has is not found");
	check_found(db, SA_DL, 77, 7, "");
	check_found(db, SA_UL, 77, 7, "");
	test("each part that is full has a filter for each key");
	check_uint(number(db, "SELECT count(*) FROM key_part"), 4);
	check_uint(number(db, "SELECT count(*) FROM key_rand"), 6);
	check_uint(number(db, "SELECT count(*) FROM key_ue"), 6);
}

static void
again(void)
{
	struct sa_asked asked;
	struct record sa;

	test("an SA that is stored again changes nothing, whatever its part");
	begin();
	for (unsigned n = 1; n <= 3; n++) {
		check_ok(put(n, 7, false));
		make_sa(&sa, n, 7, false);
		check_ok(sa_ask(db, &sa, &asked));
		check(!asked.inserted);
	}
	check_uint(number(db, "SELECT count(*) FROM sa"), 4);
	test("one with the same RAND and other content is refused");
	for (unsigned n = 1; n <= 3; n++) {
		make_sa(&sa, n, 7, true);
		check_fail(sa_put(db, &sa), REJECTED,
		    "dl_sa_id: it is stored with other content");
		check_ok(sa_ask(db, &sa, &asked));
		check(!asked.inserted);
	}
	test("one with the same P-TID and another RAND is refused");
	for (unsigned n = 1; n <= 3; n++) {
		struct record other;

		make_sa(&sa, n, 7, false);
		make_sa(&other, n + 50, 7, false);
		record_copy(&sa, &other, HAS(RAND) | HAS(DL_SA_ID));
		check_fail(sa_put(db, &sa), REJECTED,
		    "ul_sa_id: it is stored with other content");
	}
	test("two in one transaction, before their keys are in a table");
	check_ok(put(5, 8, false));
	check_ok(put(5, 8, false));
	make_sa(&sa, 5, 8, true);
	check_fail(sa_put(db, &sa), REJECTED,
	    "dl_sa_id: it is stored with other content");
	check_found(db, SA_UE, 0, 8, "1004 1005 ");
	commit();
	check_found(db, SA_UE, 0, 8, "1004 1005 ");
}

/* A program that has looked before sees what another one adds. */
static void
two_programs(void)
{
	struct db *other;

	test("parts that another program fills are seen");
	check_ok(db_open(&other, name, &store_schema, false));
	check_found(other, SA_DL, 6, 7, "");
	begin();
	check_ok(put(6, 7, false));
	commit();
	begin();
	fill_part(2);
	check_ok(put(7, 7, false));
	drop_fillers();
	commit();
	check_found(other, SA_DL, 6, 7, "1006 ");
	check_found(other, SA_DL, 7, 7, "1007 ");
	check_found(other, SA_UE, 0, 7, "1001 1002 1003 1006 1007 ");
	db_close(other);
}

static void
undone(void)
{
	test("a part that was filled in a transaction that was undone");
	begin();
	fill_part(3);
	check_ok(put(8, 7, false));
	check_found(db, SA_DL, 8, 7, "1008 ");
	db_rollback(db);
	check_found(db, SA_DL, 8, 7, "");
	begin();
	check_ok(put(9, 7, false));
	commit();
	begin();
	fill_part(3);
	check_ok(put(10, 7, false));
	drop_fillers();
	commit();
	check_found(db, SA_DL, 9, 7, "1009 ");
	check_found(db, SA_DL, 10, 7, "1010 ");
	check_found(db, SA_UE, 0, 7, "1001 1002 1003 1006 1007 1009 1010 ");
}

/* So many that filters are read, and that keys go into the table. */
static void
many(void)
{
	unsigned lost = 0;

	test("many are found, and none that was not stored");
	begin();
	for (unsigned n = 1000; n < 2000; n++)
		check_ok(put(n, n, false));
	commit();
	for (unsigned n = 1000; n < 2000; n++)
		lost += strlen(found(db, SA_DL, n, n)) != 5 ||
		    strlen(found(db, SA_UE, n, n)) != 5;
	check_uint(lost, 0);
	for (unsigned n = 2000; n < 3000; n++)
		lost += strlen(found(db, SA_DL, n, n)) != 0;
	check_uint(lost, 0);
	check_found(db, SA_UE, 0, 7, "1001 1002 1003 1006 1007 1009 1010 ");
}

static void
removal(void)
{
	struct record sa;
	uint64_t removed;
	bool more;

	test("an SA is removed from any part, by each id");
	begin();
	make_sa(&sa, 1, 7, false);
	check_ok(sa_remove(db, SA_UL, sa.ul_sa_id.v, 9, &removed));
	check_uint(removed, 1);
	make_sa(&sa, 2, 7, false);
	check_ok(sa_remove(db, SA_DL, sa.dl_sa_id.v, 9, &removed));
	check_uint(removed, 1);
	check_ok(sa_remove(db, SA_UE, "dev-7@x.org", 2, &removed));
	check_uint(removed, 2);
	commit();
	check_found(db, SA_UE, 0, 7, "1007 1009 1010 ");
	check_found(db, SA_DL, 2, 7, "");

	test("when all have expired, no key is left of parts that are full");
	begin();
	do
		check_ok(sa_expire(db, 10000, 100, &removed, &more));
	while (more);
	commit();
	check_uint(number(db, "SELECT count(*) FROM sa"), 0);
	check_uint(number(db, "SELECT count(*) FROM expiry WHERE expires < "
	    "1000000"), 0);
	check_uint(number(db, "SELECT count(*) FROM key_rand "
	    "WHERE key < 4 << 45"), 0);
	check_uint(number(db, "SELECT count(*) FROM key_ue "
	    "WHERE key < 4 << 45"), 0);
	check_uint(number(db, "SELECT count(*) FROM key_part"), 0);

	test("an SA whose row has the number of an earlier one is found once");
	for (unsigned n = 11; n <= 12; n++) {
		begin();
		make_sa(&sa, n - 1, 7, false);
		check_ok(sa_remove(db, SA_UL, sa.ul_sa_id.v, 9, &removed));
		check_ok(put(n, 7, false));
		commit();
		check_uint(number(db, "SELECT max(id) FROM sa"), 1);
	}
	check_found(db, SA_UE, 0, 7, "1012 ");
	check_found(db, SA_DL, 11, 7, "");
	check_found(db, SA_DL, 12, 7, "1012 ");
}

static void
expiry_in_between(void)
{
	uint64_t removed;
	bool more;

	test("what expires in between goes alone");
	begin();
	check_ok(sa_expire(db, 100000, 100, &removed, &more));
	for (unsigned n = 20; n < 30; n++)
		check_ok(put(n + (n % 2) * 1000, 9, false));
	check_ok(sa_expire(db, 1500, 100, &removed, &more));
	commit();
	check_uint(removed, 5);
	check(!more);
	check_found(db, SA_UE, 0, 9, "2021 2023 2025 2027 2029 ");
}

#define FILTERS 20		/* more than one block */

static uint32_t
bits_of(uint64_t n)
{
	return (uint32_t)(keys_hash(&n, sizeof(n)) >> (64 - FILTER_HASH_BITS));
}

/* How many of FILTERS say that they may have key N; *OWN: the one that has. */
static unsigned
may_have(const struct filters *set, uint64_t n, size_t has, bool *own)
{
	struct filter_probe probe;
	unsigned said = 0;

	*own = false;
	filters_probe(set, bits_of(n), &probe);
	for (size_t i; (i = filters_next(set, &probe)) != FILTERS_END; said++)
		*own |= i == has;
	return said;
}

static void
filters(void)
{
	static uint8_t filter[FILTER_OCTETS], *full[FILTERS];
	struct filters set = { 0 };
	unsigned missed = 0, wrong = 0;
	bool own;

	test("a filter knows each key that it has, and nearly none else");
	for (uint64_t n = 0; n < FILTERS * FILTER_KEYS; n++) {
		filter_add(filter, bits_of(n));
		missed += !filter_may_have(filter, bits_of(n));
		if (n % FILTER_KEYS < FILTER_KEYS - 1)
			continue;
		full[n / FILTER_KEYS] = memcpy(malloc(sizeof(filter)), filter,
		    sizeof(filter));
		memset(filter, 0, sizeof(filter));
	}
	memset(full[7], 0, FILTER_OCTETS);
	for (size_t i = 0, n = 1; i < FILTERS; i += n, n = FILTERS - i < n + 4 ?
	    FILTERS - i : n + 4)
		check(filters_add(&set, (const uint8_t *const *)full + i, n));
	check_uint(set.count, FILTERS);
	for (size_t i = 0; i < FILTERS; i++)
		free(full[i]);
	for (uint64_t n = 0; n < FILTERS * FILTER_KEYS; n += 97) {
		may_have(&set, n, n / FILTER_KEYS, &own);
		missed += own == (n / FILTER_KEYS == 7);
	}
	check_uint(missed, 0);
	for (uint64_t n = 0; n < 50000; n++)
		wrong += may_have(&set, UINT64_MAX - n, 0, &own);
	/* 0.15 % of 19 x 50,000 are 1,425 */
	check(wrong < 3000);
	check_uint(filters_octets(FILTERS), (size_t)32 * FILTER_OCTETS);
	filters_free(&set);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	filters();
	snprintf(name, sizeof(name), "/tmp/keys.%ld.db", (long)getpid());
	check_ok(db_open(&db, name, &store_schema, true));
	three_parts();
	searches();
	again();
	two_programs();
	undone();
	many();
	removal();
	expiry_in_between();
	db_close(db);
	unlink(name);
	return test_end();
}
