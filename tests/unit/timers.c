/* timers.c: the heap of moments, and the table of P-TIDs. */
#include <stdlib.h>
#include <string.h>

#include "connection/connected.h"
#include "base/timers.h"
#include "test.h"

#define MANY 300

static struct timer timer[MANY];

/* The first is the earliest of those that are in it. */
static bool
in_order(const struct timers *ts)
{
	const struct timer *first = timers_first(ts);
	size_t count = 0;

	for (size_t i = 0; i < MANY; i++) {
		if (timer[i].place == 0)
			continue;
		count++;
		if (first == NULL || timer[i].at < first->at ||
		    ts->heap[timer[i].place - 1] != &timer[i])
			return false;
	}
	return count == ts->count && (count == 0) == (first == NULL);
}

static void
test_timers(void)
{
	struct timers ts = { .count = 0 };
	bool good = true;

	test("timers: added, moved and removed, the earliest is first");
	check(timers_first(&ts) == NULL);
	srandom(1);
	for (int i = 0; i < 20000 && good; i++) {
		struct timer *t = &timer[random() % MANY];

		if (t->place == 0) {
			t->at = (uint64_t)random() % 1000;
			check_ok(timers_add(&ts, t));
		} else if (random() % 4 == 0) {
			timers_remove(&ts, t);
		} else {
			timers_set(&ts, t, (uint64_t)random() % 1000);
		}
		good = in_order(&ts);
	}
	check(good);
	while (timers_first(&ts) != NULL && good) {
		timers_remove(&ts, timers_first(&ts));
		good = in_order(&ts);
	}
	check(good);
	timers_free(&ts);
}

static void
test_connected(void)
{
	static char name[2 * MANY][8];
	static struct connected_device device[2 * MANY];
	struct connected cs = { NULL };

	test("connected: one for each P-TID, the newest");
	for (int i = 0; i < 2 * MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "p%d", i % MANY);
		check(connected_put(&cs, &device[i], name[i]) ==
		    (i < MANY ? NULL : &device[i - MANY]));
	}
	check_uint(HASH_COUNT(cs.first), MANY);
	connected_remove(&cs, &device[0]);	/* not in it any more */
	check_uint(HASH_COUNT(cs.first), MANY);
	for (int i = MANY; i < 2 * MANY; i++)
		connected_remove(&cs, &device[i]);
	check(cs.first == NULL);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_timers();
	test_connected();
	return test_end();
}
