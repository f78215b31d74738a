/*
 * udp: datagrams and nothing else, the yardstick for gpi-push and gpi-recv.
 *
 *	cc -O2 -o udp tests/bench/udp.c
 *	udp send COUNT SIZE PORT	by sendmmsg() to 127.0.0.1, 64 at a
 *					time; prints the seconds
 *	udp sink PORT COUNT		takes them by recvmmsg() until COUNT
 *					are there, none came for ten seconds,
 *					or SIGTERM did; prints how many, the
 *					seconds from the first to the last, and
 *					its processor time
 *	udp port			prints a port that is free, of TCP too
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TURN 64

static struct mmsghdr message[TURN];
static struct iovec part[TURN];
static unsigned char octets[TURN][2048];

static void
prepare(struct sockaddr_in *to, size_t size)
{
	for (int i = 0; i < TURN; i++) {
		part[i].iov_base = octets[i];
		part[i].iov_len = size;
		message[i].msg_hdr.msg_iov = &part[i];
		message[i].msg_hdr.msg_iovlen = 1;
		message[i].msg_hdr.msg_name = to;
		message[i].msg_hdr.msg_namelen = to == NULL ? 0 : sizeof(*to);
	}
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
send_all(int fd, struct sockaddr_in *to, long count, size_t size)
{
	double start = now();
	int n;

	prepare(to, size < sizeof(octets[0]) ? size : sizeof(octets[0]));
	for (long sent = 0; sent < count; sent += n) {
		n = (int)(count - sent < TURN ? count - sent : TURN);
		if ((n = sendmmsg(fd, message, (unsigned)n, 0)) < 0) {
			perror("udp: sendmmsg");
			return 1;
		}
	}
	printf("%.3f\n", now() - start);
	return 0;
}

/* It ends what waits. */
static void
stop(int signal)
{
	(void)signal;
}

static int
sink(int fd, const struct sockaddr_in *at, long count)
{
	const int room = 4 << 20;
	const struct sigaction act = { .sa_handler = stop };
	struct timeval patience = { .tv_sec = 60 };
	double first = 0, last = 0;
	long taken = 0;
	int n;

	prepare(NULL, sizeof(octets[0]));
	sigaction(SIGTERM, &act, NULL);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) !=
	    0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0) {
		perror("udp: bind");
		return 1;
	}
	while (taken < count &&
	    (n = recvmmsg(fd, message, TURN, MSG_WAITFORONE, NULL)) > 0) {
		last = now();
		if (taken == 0) {
			first = last;
			patience.tv_sec = 10;
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			    sizeof(patience));
		}
		taken += n;
	}
	printf("%ld %.3f %.3f\n", taken, last - first,
	    (double)clock() / CLOCKS_PER_SEC);
	return 0;
}

static int
port(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int tcp, udp;

	for (int i = 0; i < 100; i++) {
		at->sin_port = 0;
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		udp = socket(AF_INET, SOCK_DGRAM, 0);
		if (bind(tcp, (struct sockaddr *)at, len) == 0 &&
		    getsockname(tcp, (struct sockaddr *)at, &len) == 0 &&
		    bind(udp, (struct sockaddr *)at, len) == 0) {
			printf("%d\n", ntohs(at->sin_port));
			return 0;
		}
		close(tcp);
		close(udp);
	}
	perror("udp: port");
	return 1;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd >= 0 && argc == 5 && strcmp(argv[1], "send") == 0) {
		at.sin_port = htons((unsigned short)atoi(argv[4]));
		return send_all(fd, &at, atol(argv[2]),
		    (size_t)atol(argv[3]));
	}
	if (fd >= 0 && argc == 4 && strcmp(argv[1], "sink") == 0) {
		at.sin_port = htons((unsigned short)atoi(argv[2]));
		return sink(fd, &at, atol(argv[3]));
	}
	if (argc == 2 && strcmp(argv[1], "port") == 0)
		return port(&at);
	fprintf(stderr, "usage: udp port | udp send COUNT SIZE PORT | "
	    "udp sink PORT COUNT\n");
	return 2;
}
