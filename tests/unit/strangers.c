/* strangers.c: who has to go of those that have proved no key. */
#include <string.h>

#include "connection/strangers.h"
#include "test.h"

#define MANY 8

static struct stranger stranger[MANY];

static void
put(struct strangers *all, int i, const char *where)
{
	memset(&stranger[i], 0, sizeof(stranger[i]));
	check(address_numeric(where, &stranger[i].from));
	check(strangers_put(all, &stranger[i]) == OK);
}

static void
test_surplus(void)
{
	struct strangers all;

	test("strangers: too many of one address, too many in all");
	check(strangers_open(&all, 4, 2) == OK);
	put(&all, 0, "10.0.0.1:1");
	put(&all, 1, "10.0.0.1:2");
	check(strangers_surplus(&all, &stranger[1]) == NULL);
	put(&all, 2, "10.0.0.1:3");
	check(strangers_surplus(&all, &stranger[2]) == &stranger[0]);
	strangers_remove(&all, &stranger[0]);
	strangers_remove(&all, &stranger[0]);	/* once is enough */
	check_uint(all.count, 2);
	put(&all, 3, "10.0.0.2:1");
	put(&all, 4, "10.0.0.3:1");
	check(strangers_surplus(&all, &stranger[4]) == NULL);
	put(&all, 5, "10.0.0.4:1");
	check(strangers_surplus(&all, &stranger[5]) == &stranger[1]);
	for (int i = 1; i < 6; i++)
		strangers_remove(&all, &stranger[i]);
	check(strangers_weakest(&all) == NULL);
	strangers_close(&all);
}

static void
test_asking(void)
{
	struct strangers all;

	test("strangers: those that have named a P-TID go last, not at once");
	check(strangers_open(&all, 4, 2) == OK);
	for (int i = 0; i < 3; i++) {
		put(&all, i, "10.0.0.1:1");
		strangers_mark(&all, &stranger[i], true);
		check(strangers_surplus(&all, &stranger[i]) == NULL);
	}
	check(strangers_weakest(&all) == NULL);
	put(&all, 3, "10.0.0.2:1");
	check(strangers_weakest(&all) == &stranger[3]);
	/* nobody knows its P-TID */
	strangers_mark(&all, &stranger[1], false);
	put(&all, 4, "10.0.0.1:1");
	check(strangers_surplus(&all, &stranger[4]) == &stranger[1]);
	strangers_remove(&all, &stranger[1]);
	strangers_mark(&all, &stranger[4], true);
	strangers_remove(&all, &stranger[3]);
	/* a second later */
	stranger[0].since -= 1000;
	check(strangers_weakest(&all) == &stranger[0]);
	strangers_remove(&all, &stranger[0]);
	strangers_remove(&all, &stranger[2]);
	strangers_remove(&all, &stranger[4]);
	check_uint(all.count, 0);
	strangers_close(&all);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	if (loop_open() != OK)
		return 1;
	test_surplus();
	test_asking();
	return test_end();
}
