/*
 * names.c: deliveries that wait for their names; and a datagram that its first
 * address refuses.  What names are, this program decides.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <unistd.h>

#include "base/clock.h"
#include "transport/names.h"
#include "test.h"

/* ---- the names ---- */

static atomic_uint lookups;

/* `two' is broadcast, which is refused, and 127.0.0.1; others are nobody. */
int
getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	static struct sockaddr_in at[2];
	static struct addrinfo list[2];

	(void)hints;
	lookups++;
	if (strcmp(node, "two") != 0)
		return EAI_NONAME;
	for (size_t i = 0; i < 2; i++) {
		at[i].sin_family = AF_INET;
		at[i].sin_port = htons((uint16_t)atoi(service));
		at[i].sin_addr.s_addr = htonl(i == 0 ? INADDR_BROADCAST :
		    INADDR_LOOPBACK);
		list[i].ai_addr = (struct sockaddr *)&at[i];
		list[i].ai_addrlen = sizeof(at[i]);
		list[i].ai_next = i == 0 ? &list[1] : NULL;
	}
	*result = list;
	return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* ---- look-ups ---- */

#define MANY 5

static struct {
	unsigned good, bad;
	char text[512];
} seen;

static void
found(void *arg, struct delivery *d, const struct outcome *outcome)
{
	(void)arg;
	(void)d;
	if (outcome == NULL) {
		seen.good++;
		return;
	}
	seen.bad++;
	strcpy(seen.text, outcome->text);
}

static void
await(unsigned ended)
{
	uint64_t deadline = clock_monotonic_ms() + 10000;

	while (seen.good + seen.bad < ended &&
	    clock_monotonic_ms() < deadline)
		(void)loop_wait(-1, deadline);
}

static void
test_names(void)
{
	static const struct outcome why = { FAILED, "closed" };
	struct names names = { .found = found };
	struct delivery d[MANY] = { { .uri = "" } };
	struct sockaddr_in in;

	test("names: an address is no look-up");
	names_find(&names, "192.0.2.7:9", &d[0]);
	check_uint(seen.good, 1);
	check_uint(names_count(&d[0]), 1);
	check(names_next(&d[0]) != NULL && names_next(&d[0]) == NULL);
	names_forget(&d[0]);
	check(names_next(&d[0]) == NULL);
	check_uint(lookups, 0);

	test("names: many deliveries for one name share a look-up");
	seen.good = 0;
	for (size_t i = 0; i < MANY - 1; i++)
		names_find(&names, "two:9", &d[i]);
	check_uint(seen.good, 0);
	await(MANY - 1);
	check_uint(seen.good, MANY - 1);
	names_find(&names, "two:9", &d[MANY - 1]);
	check_uint(seen.good, MANY);
	check_uint(lookups, 1);

	test("names: the addresses of each delivery, in their order");
	for (size_t i = 0; i < MANY; i++) {
		check_uint(names_count(&d[i]), 2);
		memcpy(&in, &names_next(&d[i])->storage, sizeof(in));
		check(in.sin_addr.s_addr == htonl(INADDR_BROADCAST));
		memcpy(&in, &names_next(&d[i])->storage, sizeof(in));
		check(in.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
		check(in.sin_port == htons(9));
		check(names_next(&d[i]) == NULL);
		names_forget(&d[i]);
	}

	test("names: one that nobody knows fails, and is asked for again");
	seen.good = 0;
	for (unsigned i = 0; i < 2; i++) {
		names_find(&names, "nobody:9", &d[0]);
		await(i + 1);
		check_uint(seen.bad, i + 1);
	}
	check(strcmp(seen.text, "no such host") == 0);
	check_uint(lookups, 3);

	test("names: those that wait are told of the end");
	names_find(&names, "other:9", &d[0]);
	names_close(&names, &why);
	check_uint(seen.bad, 3);
	check(strcmp(seen.text, "closed") == 0);
	check(names.name == NULL);
}

/* ---- datagrams ---- */

static void
ended(struct delivery *d, enum state state, const struct outcome *outcome)
{
	(void)d;
	found(NULL, NULL, state == STATE_SENT ? NULL : outcome);
}

static int
receiver(char *where, const char *host, size_t size)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
	check(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	snprintf(where, size, "%s:%u", host, ntohs(in.sin_port));
	return fd;
}

static void
test_datagrams(void)
{
	static const struct outcome why = { FAILED, "closed" };
	const struct transport_options o = { .timeout = 1 };
	struct delivery d[3];
	struct connection *c;
	uint8_t in[8];
	char where[32];
	int fd = receiver(where, "two", sizeof(where));

	test("udp: what the first address refuses goes to the next");
	memset(&seen, 0, sizeof(seen));
	check_ok(transport_udp.open(&c, "", &o));
	for (size_t i = 0; i < COUNT(d); i++) {
		d[i] = (struct delivery){ .uri = "udp://x", .end = ended,
		    .where = i == 1 ? "127.255.255.255:9" : where,
		    .gpi = (const uint8_t *)"abc" + i, .len = 3 - i };
		transport_udp.send(c, &d[i]);
	}
	await(COUNT(d));
	check_uint(seen.good, 2);
	check_uint(seen.bad, 1);
	check(strcmp(seen.text, "udp://x: Permission denied") == 0);
	check(recv(fd, in, sizeof(in), MSG_DONTWAIT) == 3);
	check(memcmp(in, "abc", 3) == 0);
	check(recv(fd, in, sizeof(in), MSG_DONTWAIT) == 1);
	check(in[0] == 'c');
	transport_udp.close(c, &why);
	close(fd);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	check_ok(loop_open());
	test_names();
	test_datagrams();
	return test_end();
}
