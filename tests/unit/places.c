/*
 * places.c: names of places: HOST:PORT, the URIs of transports, and those of
 * CoAP, which are equal by RFC 7252 clause 6.3.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/address.h"
#include "delivery/transports.h"
#include "test.h"

#ifdef HAVE_COAP
#include "transport/coap/coap_uri.h"
#endif

/* Zones: eclipse-leshan/leshan#1580 and mkovatsc/Copper#18. */
static void
test_addresses(void)
{
	static const char *const good[][2] = {
		{ "h:1", "h:1" }, { "H.Example.ORG:7100", "h.example.org:7100" },
		{ "h:0", "h:0" }, { "h:00080", "h:80" }, { "h:65535", "h:65535" },
		{ "h", "h:5683" }, { "h:", "h:5683" }, { "%6cocal%2D_1.:1", "local-_1.:1" },
		{ "127.0.0.1:1", "127.0.0.1:1" }, { "127.0.0.1", "127.0.0.1:5683" },
		{ "[::1]:1", "[::1]:1" }, { "[::1]", "[::1]:5683" }, { "[::1]:", "[::1]:5683" },
		{ "[2001:DB8:0:0::1]:1", "[2001:db8::1]:1" },
		{ "[::ffff:127.0.0.1]:1", "127.0.0.1:1" }, { "[::ffff:7f00:1]:1", "127.0.0.1:1" },
		{ "[fe80::1%lo]:1", "[fe80::1%25lo]:1" }, { "[fe80::1%25lo]:1", "[fe80::1%25lo]:1" },
		{ "[FE80::1%25l%6f]:1", "[fe80::1%25lo]:1" }, { "[fe80::1%1]:1", "[fe80::1%251]:1" },
		{ "[fe80::1%251]:1", "[fe80::1%251]:1" }, { "[fe80::1%25]:1", "[fe80::1%2525]:1" },
	};
	static const char *const bad[][2] = {
		{ ":1", "the host is missing" }, { "", "the host is missing" },
		{ "h:99999", "the port is over 65535" }, { "h:4294967297", "the port is over 65535" },
		{ "h:+1", "the port is not a decimal number" }, { "h:-1", "the port is not a decimal number" },
		{ "h:1 ", "the port is not a decimal number" }, { "h:http", "the port is not a decimal number" },
		{ "::1:1", "an IPv6 address stands in brackets" }, { "[::1", "an IPv6 address stands in brackets" },
		{ "https://h:1", "no scheme stands before the host" },
		{ "[::1]1", "after ] comes the port" }, { "[]:1", "what is in brackets is not an IPv6 address" },
		{ "[127.0.0.1]:1", "what is in brackets is not an IPv6 address" },
		{ "[::1::]:1", "what is in brackets is not an IPv6 address" },
		{ "[fe80::1]:1", "a link-local address needs its zone, such as [fe80::1%eth0]" },
		{ "[fe80::1%]:1", "the zone after the % is missing" },
		{ "[fe80::1%a/b]:1", "the zone is not the name or the number of an interface" },
		{ "[fe80::1%0123456789abcdef]:1", "the zone is not the name or the number of an interface" },
		{ "010.0.0.1:1", "an IPv4 address has four numbers up to 255, without zeros before them" },
		{ "127.1:1", "an IPv4 address has four numbers up to 255, without zeros before them" },
		{ "0x7f000001:1", "an IPv4 address has four numbers up to 255, without zeros before them" },
		{ "1.2.3.256:1", "an IPv4 address has four numbers up to 255, without zeros before them" },
		{ "a b:1", "the host has other characters than letters, digits, - and ." },
		{ "h%2f:1", "the host has other characters than letters, digits, - and ." },
		{ "h%00:1", "the host has other characters than letters, digits, - and ." },
		{ "h%:1", "the host has other characters than letters, digits, - and ." },
		{ "\xc3\xa9:1", "the host is not ASCII; write its xn-- form" },
	};
	struct host_port at;
	char text[WHERE_MAX], why[256];

	for (size_t i = 0; i < COUNT(good); i++) {
		test("address: %s", good[i][0]);
		check_ok(address_read(good[i][0], strlen(good[i][0]), "5683",
		    &at));
		address_put(&at, text);
		check(strcmp(text, good[i][1]) == 0);
		check_ok(address_read(text, strlen(text), "", &at));
		address_put(&at, text);
		check(strcmp(text, good[i][1]) == 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		test("address: no %s", bad[i][0]);
		snprintf(why, sizeof(why), "'%s' is not HOST:PORT: %s",
		    bad[i][0], bad[i][1]);
		check_fail(address_read(bad[i][0], strlen(bad[i][0]), "5683",
		    &at), USAGE, why);
	}
	test("address: no port");
	check_fail(address_valid("h"), USAGE,
	    "'h' is not HOST:PORT: the port is missing");
	test("address: what may be a password is not shown");
	check_fail(address_valid("u:secret@h:1"), USAGE,
	    "not HOST:PORT: there is an @ in it");
}

static void
test_zones(void)
{
	struct address a;
	const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;

	test("address: a zone by its name and by its number");
	check(address_numeric("[fe80::1%lo]:1", &a));
	check_uint(in6->sin6_scope_id, 1);
	check(address_numeric("[fe80::1%251]:1", &a));
	check_uint(in6->sin6_scope_id, 1);
	check(!address_numeric("[fe80::1%nobody]:1", &a));
	check(!address_numeric("[fe80::1%4294967295]:1", &a));
	test("address: IPv4 in IPv6 is IPv4");
	check(address_numeric("[::ffff:127.0.0.1]:1", &a));
	check_uint(a.sa.sa_family, AF_INET);
}

/* What follows HOST:PORT: yhirose/cpp-httplib#849, apple/cups#1519. */
static void
test_kept(void)
{
	static const char *const good[][2] = {
		{ "udp://h:1", "udp://h:1" }, { "udp://h:1/", "udp://h:1" },
		{ "UDP://H:01/", "udp://h:1" }, { "Tcp://[::1]:1", "tcp://[::1]:1" },
		{ "udp://[fe80::1%lo]:1", "udp://[fe80::1%25lo]:1" },
		{ "sms:+491700000001", "sms:+491700000001" }, { "SMS:123", "sms:123" },
		{ "UNIX:/run/A", "unix:/run/A" }, { "file:a?b#c%41", "file:a?b#c%41" },
		{ "file:///a", "file:///a" }, { "sms-pdu:x?modem", "sms-pdu:x?modem" },
#ifdef HAVE_COAP
		{ "CoAP://h", "coap://h" }, { "coap://h/a%2fb?c", "coap://h/a%2fb?c" },
		{ "coap://[fe80::1%25lo]/", "coap://[fe80::1%25lo]/" },
#endif
	};
	static const struct {
		const char *uri, *why;
		enum status status;
	} bad[] = {
		{ "udp://h:0", "port 0 is only for listening", USAGE },
		{ "udp://0.0.0.0:1", "0.0.0.0 is only for listening", USAGE },
		{ "tcp://[0::0]:1", ":: is only for listening", USAGE },
		{ "udp://h", "'h' is not HOST:PORT: the port is missing", USAGE },
		{ "udp://h:1/x", "'h:1/x' is not HOST:PORT: nothing may follow it, such as '/x'", USAGE },
		{ "udp://h:1//", "'h:1//' is not HOST:PORT: nothing may follow it, such as '//'", USAGE },
		{ "udp://h:1?x", "'h:1?x' is not HOST:PORT: nothing may follow it, such as '?x'", USAGE },
		{ "udp://h:1#x@", "'h:1#x@' is not HOST:PORT: nothing may follow it, such as '#x@'", USAGE },
		{ "tcp://u:secret@h:1/x", "not HOST:PORT: there is an @ in it", USAGE },
		{ "udp://[fe80::1%25nobody]:1", "this machine has no interface nobody", FAILED },
		{ "sms:+49-170-1", "sms: '+49-170-1' is not a number of + and 3 to 15 digits, or of 3 to 20 digits", USAGE },
		{ "file:", "file: the path is missing", USAGE },
		{ "file://h/a", "'file://h/a' names a host; write file:/PATH", USAGE },
		{ "unix://run/a", "'unix://run/a' names a host; write unix:/PATH", USAGE },
#ifdef HAVE_COAP
		{ "coap://[fe80::1%lo]/gpi", "'coap://[fe80::1%lo]/gpi' is not coap://HOST[:PORT][/PATH]: write % before a zone as %25", USAGE },
		{ "coap://h:0", "port 0 is only for listening", USAGE },
#endif
	};
	char kept[TRANSPORT_KEPT_MAX];

	for (size_t i = 0; i < COUNT(good); i++) {
		test("ue_trp: %s", good[i][0]);
		check_ok(transport_keep(good[i][0], kept));
		check(strcmp(kept, good[i][1]) == 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		test("ue_trp: no %s", bad[i].uri);
		check_fail(transport_keep(bad[i].uri, kept), bad[i].status,
		    bad[i].why);
	}
}

#ifdef HAVE_COAP
/* eclipse-californium/californium#5, obgm/libcoap#1340 */
static void
test_coap(void)
{
	/* RFC 7252 clause 6.3 has the first three */
	static const char *const equal[][2] = {
		{ "example.com:5683/~sensors/temp.xml", "~sensors/temp.xml" },
		{ "EXAMPLE.com/%7Esensors/temp.xml", "~sensors/temp.xml" },
		{ "EXAMPLE.com:/%7esensors/temp.xml", "~sensors/temp.xml" },
		{ "h", "gpi" }, { "h/", "gpi" }, { "h/.", "gpi" }, { "h/a/..", "gpi" }, { "h?q", "gpi" },
		{ "h/gpi", "gpi" }, { "h/%67%70%69", "gpi" }, { "h/./gpi", "gpi" },
		{ "h/x/../gpi", "gpi" }, { "h/x/%2E%2e/gpi", "gpi" }, { "h/../../gpi", "gpi" },
		{ "h/a%2fb", "a%2Fb" }, { "h/a%2Fb", "a%2Fb" }, { "h/a/b", "a/b" }, { "h/a/b/", "a/b/" },
		{ "h/a/./", "a/" }, { "h//a", "/a" }, { "h/a//b", "a//b" },
		{ "h/%00%ff%20%25", "%00%FF%20%25" }, { "h/%21$&'()*+,;=:@", "!$&'()*+,;=:@" },
		{ "h/...", "..." }, { "h/.a/..b", ".a/..b" },
	};
	char where[COAP_PATH_MAX + 64] = "h/";
	struct coap_uri u;

	for (size_t i = 0; i < COUNT(equal); i++) {
		test("coap: %s", equal[i][0]);
		check_ok(coap_uri_split(equal[i][0], &u));
		check(strcmp(u.path, equal[i][1]) == 0);
		check(strcmp(u.query, strchr(equal[i][0], '?') != NULL ? "q" :
		    "") == 0);
	}
	test("coap: a path that is too long");
	memset(where + 2, 'a', COAP_PATH_MAX);
	check(coap_uri_split(where, &u) == USAGE);
}

/* What a sender's options make for a listener, is what the listener has. */
static void
test_coap_options(void)
{
	static const char *const path[] = { "gpi", "a%2Fb", "~s/t.x", "a//b",
	    "a/", "/a", "%00%FF", "a%3Fb%23", "!$&'()*+,;=:@" };
	coap_string_t *text;
	struct coap_uri u;
	char where[64];
	coap_pdu_t *pdu;

	coap_uri_quiet();
	for (size_t i = 0; i < COUNT(path); i++) {
		test("coap: the options of %s", path[i]);
		snprintf(where, sizeof(where), "h/%s", path[i]);
		check_ok(coap_uri_split(where, &u));
		pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST,
		    1, 1000);
		check(coap_uri_add(&u, pdu));
		text = coap_get_uri_path(pdu);
		check(text != NULL && text->length == strlen(path[i]) &&
		    memcmp(text->s, path[i], text->length) == 0);
		coap_delete_string(text);
		coap_delete_pdu(pdu);
	}
}
#endif

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_addresses();
	test_zones();
	test_kept();
#ifdef HAVE_COAP
	test_coap();
	test_coap_options();
#endif
	return test_end();
}
