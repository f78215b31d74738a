/*
 * lookup.c: how long it takes to find an SA among many.
 *
 *	lookup ask DB FIRST COUNT	add the triggers number FIRST and on,
 *					and write responses to them, made up
 *	lookup find DB FIRST COUNT N SEED	find N of these SAs by each id
 *
 * The latter prints three lines, by ul, dl and ue: microseconds of a lookup in
 * a transaction of its own, and of one inside a transaction with all others.
 *
 * cc -O2 -o lookup tests/bench/lookup.c build/libgba.a \
 *     $(pkg-config --libs sqlite3 libcrypto libcbor)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/p_tid.h"
#include "gba/steps.h"
#include "gba/gpi.h"
#include "gba/request.h"
#include "store/store.h"

#define NAF "mtc.example.org\1\0\0\0\7"
#define BEGIN_MS UINT64_C(1800000000000)
#define BATCH 10000

static struct db *db;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "lookup: %s: %s\n", what, fail_text());
		exit(1);
	}
}

/* splitmix64 */
static uint64_t
mix(uint64_t n)
{
	uint64_t z = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- SA number I, all of which follows from I ---- */

/* Forty or so begin in a millisecond, as they leave mtc-trigger. */
static void
put_p_tid(struct record *r, uint64_t i)
{
	uint8_t random[8];

	be_write(random, 8, mix(i));
	p_tid_put(r, BEGIN_MS + i / 40, random);
}

static void
put_ue_id(struct record *r, uint64_t i)
{
	char text[32];

	record_put(r, KEY_UE_ID, text, (size_t)snprintf(text, sizeof(text),
	    "dev-%llu", (unsigned long long)i));
}

static void
put_rand(struct record *r, uint64_t i)
{
	uint8_t rand[16];

	be_write(rand, 8, mix(i + (UINT64_C(1) << 40)));
	be_write(rand + 8, 8, mix(i + (UINT64_C(1) << 41)));
	record_put(r, KEY_RAND, rand, sizeof(rand));
}

static void
make_request(struct record *r, uint64_t i)
{
	record_init(r, RECORD_REQUEST);
	record_put_uint(r, KEY_UM, GBA_ME);
	record_put(r, KEY_APP_LBL, "", 0);
	record_put(r, KEY_NAF_ID, NAF, sizeof(NAF) - 1);
	record_put(r, KEY_UE_TRP, "udp://127.0.0.1:9", 17);
	record_put_uint(r, KEY_TRIGGER_IND, TRIGGER_REPORT);
	record_put_uint(r, KEY_TRIGGER_MODE, MODE_FULL);
	/* a day of 1,000 seconds: as many expire at a time everywhere */
	record_put_uint(r, KEY_KEY_LT, BEGIN_MS / 1000 + 86400 + i / 1000);
	put_p_tid(r, i);
	put_ue_id(r, i);
}

static void
make_response(struct record *response, const struct record *request,
    uint64_t i)
{
	struct record draft = *request;
	uint8_t key[32];

	for (size_t j = 0; j < sizeof(key); j += 8)
		be_write(key + j, 8, mix(i + (j + 1) * UINT64_C(0x10000000)));
	draft.type = RECORD_DRAFT;
	record_put_uint(&draft, KEY_VER, GPI_VER);
	put_rand(&draft, i);
	record_put(&draft, KEY_AUTN, key, 16);
	record_put(&draft, KEY_KS_NAF, key, 32);
	record_put(&draft, KEY_K_GPI, key, 32);
	must(record_check(&draft) == OK &&
	    gba_sign(&draft, MODE_NONE, response) == OK, "response");
}

static void
ask(uint64_t first, uint64_t n)
{
	static bool added[BATCH];
	uint8_t v[RECORD_MAX];
	struct record request, response;

	for (uint64_t i = 0; i < n; i++) {
		make_request(&request, first + i);
		if (i % BATCH == 0)
			must(db_begin(db) == OK, "begin");
		must(trigger_ask(db, &request, BEGIN_MS / 1000,
		    &added[i % BATCH]) == OK, "trigger");
		if (i % BATCH == BATCH - 1 || i + 1 == n)
			must(db_await(db) == OK && db_commit(db) == OK,
			    "commit");
		make_response(&response, &request, first + i);
		must(fwrite(v, record_encode(&response, v), 1, stdout) == 1,
		    "output");
	}
	must(fflush(stdout) == 0, "output");
}

/* ---- finding them ---- */

static enum status
count_one(void *found, const struct record *sa)
{
	(void)sa;
	++*(uint64_t *)found;
	return OK;
}

static const char *
id_of(struct record *r, enum sa_key key, uint64_t i)
{
	switch (key) {
	case SA_UL:
		put_p_tid(r, i);
		return r->p_tid.v;
	case SA_DL:
		put_rand(r, i);
		record_put_dl_sa_id(r, r->rand.v);
		return r->dl_sa_id.v;
	case SA_UE:
		break;
	}
	put_ue_id(r, i);
	return r->ue_id.v;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Microseconds of each of N lookups among COUNT from FIRST on. */
static double
find(enum sa_key key, uint64_t first, uint64_t count, uint64_t n,
    uint64_t seed)
{
	uint64_t found = 0;
	struct record r;
	double start;

	make_request(&r, 0);
	start = now();
	for (uint64_t i = 0; i < n; i++)
		must(sa_find(db, key, id_of(&r, key, first +
		    mix(seed + i) % count), count_one, &found) == OK, "find");
	start = now() - start;
	must(found == n, "found more or less than one each");
	return start / (double)n;
}

static void
find_all(uint64_t first, uint64_t count, uint64_t n, uint64_t seed)
{
	double own;

	for (enum sa_key key = SA_UL; key <= SA_UE; key++) {
		own = find(key, first, count, n, seed << 32);
		must(db_begin(db) == OK, "begin");
		printf("%.3f %.3f\n", own, find(key, first, count, n,
		    (seed << 32) + (UINT64_C(1) << 31)));
		db_rollback(db);
	}
}

int
main(int argc, char **argv)
{
	uint64_t n[4] = { 0 };

	for (int i = 3; i < argc && i < 7; i++)
		n[i - 3] = strtoul(argv[i], NULL, 10);
	if (argc < 5 || (argc < 7 && strcmp(argv[1], "find") == 0))
		return 2;
	must(db_open(&db, argv[2], &store_schema, true) == OK, argv[2]);
	if (strcmp(argv[1], "ask") == 0)
		ask(n[0], n[1]);
	else
		find_all(n[0], n[1], n[2], n[3]);
	db_close(db);
	return 0;
}
