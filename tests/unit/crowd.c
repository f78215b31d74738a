/* crowd.c: who goes first of a crowd. */
#include <arpa/inet.h>
#include <string.h>

#include "base/crowd.h"
#include "test.h"

static struct address
from(const char *host)
{
	struct address a;
	char where[64];

	snprintf(where, sizeof(where), strchr(host, ':') == NULL ? "%s:1" :
	    "[%s]:1", host);
	check(address_numeric(where, &a));
	return a;
}

static void
join(struct crowd *c, struct crowd_member *m, const char *host)
{
	struct address a = from(host);

	check(crowd_join(c, m, &a) == OK);
}

static void
test_weakest(void)
{
	struct crowd_member m[8] = { 0 };
	struct address one = from("10.0.0.1");
	struct crowd c;

	test("crowd: the oldest of the address that has most");
	check(crowd_open(&c, 7) == OK);
	check(crowd_weakest(&c) == NULL);
	join(&c, &m[0], "10.0.0.1");
	join(&c, &m[1], "10.0.0.2");
	check(crowd_weakest(&c) == &m[0]);
	join(&c, &m[2], "10.0.0.2");
	join(&c, &m[3], "10.0.0.2");
	check(crowd_weakest(&c) == &m[1]);
	check_uint(crowd_around(&m[3]), 3);
	check(crowd_oldest(&m[3]) == &m[1]);
	crowd_renew(&m[1]);
	check(crowd_weakest(&c) == &m[2]);
	crowd_leave(&c, &m[2]);
	crowd_leave(&c, &m[3]);
	crowd_leave(&c, &m[3]);		/* once is enough */
	join(&c, &m[4], "10.0.0.1");
	check(crowd_weakest(&c) == &m[0]);
	crowd_leave(&c, &m[0]);
	crowd_leave(&c, &m[4]);
	check(crowd_weakest(&c) == &m[1]);
	for (int i = 2; i < 8; i++)
		join(&c, &m[i], "10.0.0.3");
	check(crowd_join(&c, &m[0], &one) == FAILED);
	check_uint(c.count, 7);
	crowd_close(&c);
}

static void
test_sources(void)
{
	static const char *const same[][2] = {
		{ "10.0.0.1", "::ffff:10.0.0.1" },
		{ "2001:db8::1", "2001:db8::ffff:1" },
	}, *const others[][2] = {
		{ "10.0.0.1", "10.0.0.2" },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1" },
	};
	struct crowd_member m[2] = { 0 };
	struct crowd c;

	test("crowd: an IPv6 /64 is one address, and IPv4 in it the same");
	for (size_t i = 0; i < COUNT(same) + COUNT(others); i++) {
		bool is_same = i < COUNT(same);
		const char *const *pair = is_same ? same[i] :
		    others[i - COUNT(same)];

		check(crowd_open(&c, 2) == OK);
		join(&c, &m[0], pair[0]);
		join(&c, &m[1], pair[1]);
		check_uint(crowd_around(&m[0]), is_same ? 2 : 1);
		crowd_close(&c);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_weakest();
	test_sources();
	return test_end();
}
