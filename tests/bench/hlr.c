/*
 * hlr.c: a bare client of an HLR: hlr HOST N SUBSCRIBERS asks for N vectors with
 * 128 requests under way, one subscriber after the other, and prints how many
 * it got in a second.  `hlr HOST' only sees that somebody is there.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vectors/gsup.h"

#define WINDOW 128

static int fd;

static void
die(const char *what)
{
	fprintf(stderr, "hlr: %s\n", what);
	exit(1);
}

static void
call(const char *host)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons(4222) };

	inet_pton(AF_INET, host, &to.sin_addr);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		exit(1);
}

/* The kind of the next frame. */
static enum gsup_kind
hear(void)
{
	static uint8_t v[1 << 16];
	static size_t len;
	struct gsup_frame f;
	ssize_t got;
	size_t n;

	while (gsup_measure(v, len, &n) == OK && n == 0) {
		if ((got = read(fd, v + len, sizeof(v) - len)) <= 0)
			die("the HLR is gone");
		len += (size_t)got;
	}
	if (gsup_decode(&f, v, n) != OK)
		die(fail_text());
	memmove(v, v + n, len -= n);
	return f.kind;
}

static void
ask(unsigned subscriber, unsigned session)
{
	uint8_t v[GSUP_REQUEST_MAX];
	char imsi[IMSI_MAX + 1];
	size_t len;

	snprintf(imsi, sizeof(imsi), "00101%010u", subscriber);
	len = gsup_request(&(struct gsup_request){ .imsi = imsi,
	    .session = session }, v);
	if (write(fd, v, len) != (ssize_t)len)
		die("write");
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	uint8_t v[GSUP_IDENTITY_MAX];
	unsigned n, subscribers, sent = 0;
	double since;

	if (argc < 2)
		return 2;
	call(argv[1]);
	if (argc < 4)
		return 0;
	n = (unsigned)atoi(argv[2]);
	subscribers = (unsigned)atoi(argv[3]);
	if (hear() != GSUP_WHO)
		die("no GSUP");
	if (write(fd, v, gsup_identity("bare", v)) < 0)
		die("write");
	since = now();
	for (unsigned got = 0; got < n; got++) {
		for (; sent < n && sent < got + WINDOW; sent++)
			ask(sent % subscribers, sent);
		if (hear() != GSUP_VECTOR)
			die("no vector");
	}
	printf("%.0f\n", n / (now() - since));
	return 0;
}
