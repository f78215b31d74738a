/* together.c: rows that are inserted into a file several at a time. */
#include <stdio.h>
#include <unistd.h>

#include "record/p_tid.h"
#include "store/store.h"
#include "number.h"

#define MANY 40		/* more than two groups */

static struct db *db;
static bool added[MANY];

/* Ask for a trigger whose P-TID has this number. */
static void
ask(size_t i, unsigned number)
{
	uint8_t random[P_TID_RANDOM] = { 0 };
	struct record r;

	be_write(random, 4, number);
	record_init(&r, RECORD_REQUEST);
	record_put_uint(&r, KEY_UM, 0);
	record_put(&r, KEY_APP_LBL, "", 0);
	record_put_uint(&r, KEY_KEY_LT, 1000);
	check_ok(record_set(&r, KEY_NAF_ID, "mtc.example.org/0100000007"));
	check_ok(record_set(&r, KEY_UE_ID, "meter-7"));
	check_ok(record_set(&r, KEY_UE_TRP, "udp://192.0.2.7:1"));
	p_tid_put(&r, 1800000000000, random);
	check_ok(trigger_ask(db, &r, 1, &added[i]));
}

#define TRIGGERS "SELECT count(*) FROM trigger_state"

static size_t
how_many_added(void)
{
	size_t n = 0;

	for (size_t i = 0; i < MANY; i++)
		n += added[i];
	return n;
}

int
main(int argc, char **argv)
{
	char name[64];

	test_init(argc, argv);
	snprintf(name, sizeof(name), "/tmp/together.%ld.db", (long)getpid());
	check_ok(db_open(&db, name, &store_schema, true));

	test("what waits is inserted before anything else is asked");
	check_ok(db_begin(db));
	for (size_t i = 0; i < MANY; i++)
		ask(i, (unsigned)i);
	check_uint(number(db, TRIGGERS), MANY);
	check_uint(how_many_added(), MANY);
	check_ok(db_commit(db));

	test("of a group, only what is there already is refused");
	check_ok(db_begin(db));
	for (size_t i = 0; i < MANY; i++)
		ask(i, i == 9 ? 7 : i == 25 ? 120 : 100 + (unsigned)i);
	check_ok(db_await(db));
	check_uint(how_many_added(), MANY - 2);
	check(!added[9] && added[20] && !added[25]);
	check_ok(db_commit(db));
	check_uint(number(db, TRIGGERS), 2 * MANY - 2);

	test("the last of a commit is refused, and the next is added");
	check_ok(db_begin(db));
	ask(0, 7);
	check_ok(db_commit(db));
	check(!added[0]);
	check_ok(db_begin(db));
	ask(0, 199);
	check_ok(db_commit(db));
	check(added[0]);
	check_uint(number(db, TRIGGERS), 2 * MANY - 1);

	test("a commit has what waits, and what is undone has not");
	check_ok(db_begin(db));
	ask(0, 200);
	check_ok(db_commit(db));
	check_uint(number(db, TRIGGERS), 2 * MANY);
	check_ok(db_begin(db));
	ask(0, 201);
	ask(1, 202);
	db_rollback(db);
	check_uint(number(db, TRIGGERS), 2 * MANY);
	check_ok(db_begin(db));
	ask(0, 201);
	check_ok(db_commit(db));
	check(added[0]);
	check_uint(number(db, TRIGGERS), 2 * MANY + 1);

	db_close(db);
	unlink(name);
	return test_end();
}
