/* crowd.c: who goes first of a crowd; and when a ClientHello is whole. */
#include <arpa/inet.h>
#include <string.h>

#include "base/crowd.h"
#include "connection/client_hello.h"
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

/* ---- ClientHello ---- */

static void
check_wants(const char *hex, size_t want)
{
	uint8_t v[64];
	int len = hex_decode(v, sizeof(v), hex, strlen(hex));

	check(len >= 0);
	check_uint(client_hello_wants(v, (size_t)len), want);
}

static void
test_hello(void)
{
	test("client_hello: how many octets are wanted");
	check_wants("", 5);
	check_wants("1603", 5);
	check_wants("1603010005", 6);
	check_wants("160301000501", 7);
	check_wants("160301000501000001", 10);
	check_wants("16030100050100000100", 10);
	check_wants("1603010200010001fc", 517);
	/* its head, and then its end, in records of their own */
	check_wants("160301000101", 11);
	check_wants("1603010001011603010003000002", 19);
	check_wants("160301000401000002", 14);
	check_wants("1603010004010000021603010002", 16);
	/* too long */
	check_wants("16030100050100fffd", CLIENT_HELLO_MAX + 1);
	check_wants("160301ffff01003ff0", 5 + 0xffff);
	/* none, as is seen by then */
	check_wants("47", 0);
	check_wants("80", 0);
	check_wants("1603010000", 5);
	check_wants("16030100050200000100", 5);
	check_wants("16030100010115", 6);
}

static void
test_identity(void)
{
	static const uint8_t v[] = "\0\x30"
	    "\0\1x" "\0\0\0\0"
	    "\0\x15" "3GPP-bootstrapping;p" "?" "\0\0\0\0"
	    "\0\7" "another";
	size_t len = 0;

	test("client_hello: no identity, where lengths lie");
	check(client_hello_identity(v, sizeof(v) - 1, &len) == NULL);
	check(client_hello_identity(v, 1, &len) == NULL);
	check(client_hello_identity(v, 0, &len) == NULL);
}

static void
test_first_identity(void)
{
	static const uint8_t v[] = "\0\x40"
	    "\0\1x" "\0\0\0\0"
	    "\0\x14" "3GPP-bootstrapping;p" "\0\0\0\0"
	    "\0\x15" "3GPP-bootstrapping;qq" "\0\0\0\0";
	uint8_t w[sizeof(v)];
	size_t len = 0;

	memcpy(w, v, sizeof(v));
	be_write(w, 2, sizeof(v) - 3);
	test("client_hello: the first identity that is ours");
	check(client_hello_identity(w, sizeof(v) - 1, &len) == w + 11);
	check_uint(len, 20);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_weakest();
	test_sources();
	test_hello();
	test_identity();
	test_first_identity();
	return test_end();
}
