/* many.c: statements of SQLite that are asked for many rows. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/af.h"
#include "store/hss.h"
#include "number.h"

#define ROWS 40			/* two groups, and part of one */

static char name[64];
static struct db *db;

/* The answers, in their order. */
static struct {
	uint64_t row[2 * ROWS];
	size_t count;
} got;

static void
note(void *row, struct query *q)
{
	got.row[got.count++] = *(uint64_t *)row = db_row(q) ?
	    db_number(q, 0) : 0;
	check(!db_row(q));
}

static const struct db_many find = {
	"SELECT subscriber FROM identity WHERE name = $1 AND kind = $2",
	NULL, false, 0,
	"SELECT i.subscriber, u.n FROM u CROSS JOIN identity i "
	"ON i.name = u.p1 AND i.kind = u.p2"
}, add = {
	"INSERT INTO identity (name, kind, subscriber) VALUES ($1, $2, $3)",
	NULL, false, 0,
	"INSERT INTO identity (name, kind, subscriber) SELECT p1, p2, p3 "
	"FROM u"
}, add_new = {
	"INSERT INTO identity (name, kind, subscriber) VALUES ($1, $2, $3) "
	"ON CONFLICT DO NOTHING", NULL, true, 0,
	"INSERT INTO identity (name, kind, subscriber) SELECT p1, p2, p3 "
	"FROM u"
};

static enum status
ask_add(const char *id, uint64_t row)
{
	return db_ask_many(db, NULL, NULL, &add, "tnn", id, (uint64_t)1, row);
}

/* A name of LEN octets with N in it. */
static const char *
name_of(unsigned n, size_t len)
{
	static char v[512];

	memset(v, 'x', len);
	v[len] = '\0';
	v[snprintf(v, len, "%03u", n)] = 'x';
	return v;
}

static void
in_order(size_t len)
{
	uint64_t row[2 * ROWS];
	bool right = true;

	test("names of %zu characters: what is there, what is not, twice",
	    len);
	check_ok(db_begin(db));
	/* a name need not stay */
	for (unsigned i = 1; i <= ROWS; i += 2)
		check_ok(ask_add(name_of(i, len), i));
	got.count = 0;
	for (unsigned i = 0; i < 2 * ROWS; i++)
		check_ok(db_ask_many(db, note, &row[i], &find, "tn",
		    name_of(i % ROWS, len), (uint64_t)1));
	check_ok(db_await(db));
	check_uint(got.count, 2 * ROWS);
	for (unsigned i = 0; i < 2 * ROWS; i++)
		right = right && got.row[i] == row[i] &&
		    row[i] == (i % 2 == 1 ? i % ROWS : 0);
	check(right);
	db_rollback(db);
}

static void
seen_at_once(void)
{
	test("a statement finds what was asked before it");
	check_ok(db_begin(db));
	check_ok(ask_add("a", 1));
	check_ok(ask_add("b", 2));
	check_uint(number(db, "SELECT count(*) FROM identity"), 2);
	check_ok(ask_add("c", 3));
	check_ok(db_commit(db));
	check_uint(number(db, "SELECT count(*) FROM identity"), 3);
	check_ok(db_run(db, NULL, "DELETE FROM identity", ""));
}

static void
undone(void)
{
	test("what was asked and not done yet is undone, too");
	check_ok(db_begin(db));
	check_ok(ask_add("a", 1));
	db_rollback(db);
	check_ok(db_await(db));
	check_uint(number(db, "SELECT count(*) FROM identity"), 0);
}

static void
failing(unsigned count)
{
	enum status status = OK;
	char text[128];

	test("one of %u fails, and no more is done", count);
	snprintf(text, sizeof(text), "%s: UNIQUE constraint failed: "
	    "identity.name, identity.kind", name);
	check_ok(db_begin(db));
	check_ok(ask_add("a", 1));
	check_ok(db_await(db));
	for (unsigned i = 1; i <= count && status == OK; i++)
		status = ask_add(i == 2 ? "a" : name_of(i, 9), i);
	check_fail(status == OK ? db_await(db) : status, FAILED, text);
	check_ok(db_await(db));
	db_rollback(db);
	check_uint(number(db, "SELECT count(*) FROM identity"), 0);
}

/* Of 2 groups, those that are a multiple of EACH are there. */
static void
some_are_there(unsigned each)
{
	bool added[32], right = true;

	test("each row of a multiple of %u is there already", each);
	check_ok(db_begin(db));
	for (unsigned i = 0; i < 32; i += each)
		check_ok(ask_add(name_of(i, 9), 1));
	for (unsigned i = 0; i < 32; i++)
		check_ok(db_ask_many(db, db_note_changed, &added[i], &add_new,
		    "tnn", name_of(i, 9), (uint64_t)1, (uint64_t)2));
	check_ok(db_await(db));
	for (unsigned i = 0; i < 32; i++)
		right = right && added[i] == (i % each != 0);
	check(right);
	check_uint(number(db, "SELECT count(*) FROM identity"), 32);
	check_uint(number(db, "SELECT sum(subscriber) FROM identity"),
	    64 - (32 + each - 1) / each);
	db_rollback(db);
}

static void
wrong_row(void)
{
	enum status status = OK;
	char text[128];

	test("a row that can never be inserted");
	snprintf(text, sizeof(text), "%s: NOT NULL constraint failed: "
	    "identity.name", name);
	check_ok(db_begin(db));
	for (unsigned i = 0; i < 16 && status == OK; i++)
		status = db_ask_many(db, NULL, NULL, &add_new, "tnn", i == 9 ?
		    NULL : name_of(i, 9), (uint64_t)1, (uint64_t)2);
	check_fail(status, FAILED, text);
	db_rollback(db);
	check_uint(number(db, "SELECT count(*) FROM identity"), 0);
}

static void
add_subscriber(const char *impi, struct hss_found *f)
{
	struct record s;

	record_init(&s, RECORD_SUBSCRIBER);
	check_ok(record_set(&s, KEY_UE_PRIV_ID, impi));
	check_ok(record_set(&s, KEY_K, "00112233445566778899aabbccddeeff"));
	check_ok(record_set(&s, KEY_OPC, "00112233445566778899aabbccddeeff"));
	check_ok(record_set(&s, KEY_AMF, "8000"));
	record_put_uint(&s, KEY_ALGORITHM, AF_MILENAGE);
	record_put_uint(&s, KEY_SQN, 7);
	check_ok(hss_add(db, &s));
	check_ok(hss_find(db, ID_PRIVATE, impi, &s, &f->row));
	f->count = 1;
}

static void
counted(void)
{
	static struct hss_found f[ROWS];
	struct record s;
	uint64_t row;
	char impi[16];
	bool right = true;

	test("the SQNs of many subscribers, and nothing else of them");
	check_ok(db_begin(db));
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(impi, sizeof(impi), "i%u@x.org", i);
		add_subscriber(impi, &f[i]);
	}
	for (unsigned i = 0; i < ROWS; i++)
		check_ok(hss_ask_found(db, &f[i]));
	check_ok(db_await(db));
	for (unsigned i = 0; i < ROWS; i++) {
		right = right && f[i].sqn == 7 && f[i].len > 0;
		f[i].sqn = 100 + i;
		check_ok(hss_ask_sqn(db, &f[i]));
	}
	check_ok(db_commit(db));
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(impi, sizeof(impi), "i%u@x.org", i);
		check_ok(hss_find(db, ID_PRIVATE, impi, &s, &row));
		right = right && s.sqn == 100 + i && s.k.v[1] == 0x11 &&
		    strcmp(s.ue_priv_id.v, impi) == 0;
	}
	check(right);
	check_uint(number(db, "SELECT count(*) FROM subscriber"), ROWS);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	snprintf(name, sizeof(name), "/tmp/many.%ld.db", (long)getpid());
	check_ok(db_open(&db, name, &hss_schema, true));
	in_order(9);
	in_order(400);	/* more than is collected */
	seen_at_once();
	undone();
	failing(3);
	failing(16);
	some_are_there(1);
	some_are_there(5);
	some_are_there(16);
	some_are_there(31);
	wrong_row();
	counted();
	db_close(db);
	unlink(name);
	return test_end();
}
