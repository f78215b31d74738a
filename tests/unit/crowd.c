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

/* A vector with WIDTH octets of length before it, at V; returns its end. */
static uint8_t *
put_vector(uint8_t *v, size_t width, const void *p, size_t len)
{
	be_write(v, width, len);
	memcpy(v + width, p, len);
	return v + width + len;
}

/*
 * A ClientHello of one record, with that vector of identities and COUNT
 * binders of LEN octets; returns its length.
 */
static size_t
make_hello(uint8_t *hello, const void *identities, size_t n, size_t count,
    size_t len)
{
	uint8_t psk[512], body[512], message[512], binder[64], all[512] = { 0 };
	uint8_t *p = all, *end = put_vector(psk, 2, identities, n);

	for (size_t i = 0; i < count; i++) {
		memset(binder, (int)i + 1, sizeof(binder));
		p = put_vector(p, 1, binder, len);
	}
	end = put_vector(end, 2, all, (size_t)(p - all));
	memset(body, 0, sizeof(body));
	/* version and random, no session, one cipher suite, no compression */
	memcpy(body + 34, "\0\0\2\x13\1\1\0", 7);
	p = body + 41;
	be_write(p, 2, (size_t)(end - psk) + 4);
	be_write(p + 2, 2, 41);
	p = put_vector(p + 4, 2, psk, (size_t)(end - psk));
	message[0] = 1;
	p = put_vector(message + 1, 3, body, (size_t)(p - body));
	memcpy(hello, "\x16\3\1", 3);
	return (size_t)(put_vector(hello + 3, 2, message,
	    (size_t)(p - message)) - hello);
}

static void
test_identity(void)
{
	static const char ours[] = "\0\1x" "\0\0\0\0"
	    "\0\x14" "3GPP-bootstrapping;p" "\0\0\0\0"
	    "\0\x15" "3GPP-bootstrapping;qq" "\0\0\0\0";
	static const char others[] = "\0\1x" "\0\0\0\0"
	    "\0\x15" "3GPP-bootstrapping;p" "\t" "\0\0\0\0"
	    "\0\7" "another";
	uint8_t v[1024], message[CLIENT_HELLO_MAX];
	struct client_psk psk;
	size_t len = make_hello(v, ours, sizeof(ours) - 1, 3, BINDER_LEN);

	test("client_hello: the first identity that is ours, and its binder");
	check_uint(client_hello_wants(v, len), len);
	check(client_hello_psk(v, len, message, &psk));
	check_uint(psk.len, 20);
	check(memcmp(psk.identity, "3GPP-bootstrapping;p", 20) == 0);
	check_uint(psk.binder[0], 2);
	check_uint(psk.bound, (size_t)(psk.binder - message) - 2 - 33 - 1);

	test("client_hello: none, where lengths lie, or there is none of ours");
	for (size_t i = 0; i < len; i++)
		check(!client_hello_psk(v, i, message, &psk));
	len = make_hello(v, others, sizeof(others) - 1, 3, BINDER_LEN);
	check(!client_hello_psk(v, len, message, &psk));

	test("client_hello: none, without a binder of its hash");
	len = make_hello(v, ours, sizeof(ours) - 1, 1, BINDER_LEN);
	check(!client_hello_psk(v, len, message, &psk));
	len = make_hello(v, ours, sizeof(ours) - 1, 3, 48);
	check(!client_hello_psk(v, len, message, &psk));
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_weakest();
	test_sources();
	test_hello();
	test_identity();
	return test_end();
}
