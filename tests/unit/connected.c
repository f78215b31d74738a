/* connected.c: the table of P-TIDs. */
#include <string.h>

#include "connection/connected.h"
#include "test.h"

#define MANY 300

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
	test_connected();
	return test_end();
}
