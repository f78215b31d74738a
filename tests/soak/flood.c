/*
 * flood: what strangers send, as fast as is asked for, until SIGTERM or the end
 * of standard input.
 *
 *	cc -O2 -o flood tests/soak/flood.c
 *	flood datagrams PORT RATE	datagrams of garbage a second
 *	flood silent PORT FROM N [HEX]	N connections at a time, which say HEX
 *					and no more; one that is closed is
 *					opened again
 *	flood hellos PORT FROM RATE	whole ClientHellos a second, each with
 *					a P-TID of its own that nobody knows
 *
 * All go to 127.0.0.1, connections from the address FROM.  In the end it prints
 * how many it sent, a tab, the seconds that this took, a tab, and how many
 * ClientHellos had an answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TURN 64			/* datagrams of one call */
#define SIZE 200
#define EVENTS 256
#define AT_ONCE 200		/* connections that are begun in one turn */

static struct sockaddr_in to = { .sin_family = AF_INET },
    from = { .sin_family = AF_INET };
static volatile sig_atomic_t over;
static double start;
static long sent, answered;
static int poller;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
stop(int number)
{
	(void)number;
	over = 1;
}

/* How many are due, at RATE a second, of those that were not sent yet. */
static long
due(double rate)
{
	return (long)((now() - start) * rate) - sent;
}

static int
is_over(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	return over || (poll(&in, 1, 0) > 0 &&
	    read(STDIN_FILENO, &c, 1) <= 0);
}

static int
failed(const char *what)
{
	perror(what);
	return 1;
}

/* ---- datagrams ---- */

static int
datagrams(double rate)
{
	static struct mmsghdr message[TURN];
	static struct iovec part[TURN];
	static unsigned char octets[TURN][SIZE];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), n;

	for (int i = 0; i < TURN; i++) {
		for (int j = 0; j < SIZE; j++)
			octets[i][j] = (unsigned char)rand();
		part[i] = (struct iovec){ octets[i], SIZE };
		message[i].msg_hdr.msg_iov = &part[i];
		message[i].msg_hdr.msg_iovlen = 1;
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return failed("flood: connect");
	while (!is_over()) {
		for (long left = due(rate); left > 0; left -= n) {
			n = sendmmsg(fd, message, (unsigned)(left < TURN ?
			    left : TURN), 0);
			/* its listener may not be there yet */
			if (n < 0 && errno != ECONNREFUSED)
				return failed("flood: sendmmsg");
			n = n < 0 ? 1 : n;
			sent += n;
		}
		usleep(1000);
	}
	return 0;
}

/* ---- connections ---- */

/* One that is begun, for the poller; -1: there is no room. */
static int
begin(uint32_t events)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
	struct epoll_event e = { .events = events, .data.fd = fd };

	/* the port is chosen when it connects, so that many are free */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno == EINPROGRESS) &&
	    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
await(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	(void)epoll_ctl(poller, EPOLL_CTL_MOD, fd, &e);
}

static int
silent(long many, const unsigned char *v, size_t len)
{
	static struct epoll_event event[EVENTS];
	long open_now = 0;
	int n, fd;

	while (!is_over()) {
		for (int i = 0; i < AT_ONCE && open_now < many &&
		    begin(len > 0 ? EPOLLOUT : EPOLLIN) >= 0; i++) {
			open_now++;
			sent++;
		}
		n = epoll_wait(poller, event, EVENTS, 5);
		for (int i = 0; i < n; i++) {
			fd = event[i].data.fd;
			if ((event[i].events & ~(uint32_t)EPOLLOUT) == 0 &&
			    send(fd, v, len, MSG_NOSIGNAL) == (ssize_t)len) {
				await(fd, EPOLLIN);
				continue;
			}
			close(fd);
			open_now--;
		}
	}
	return 0;
}

/* ---- ClientHellos ---- */

/*
 * TLS_AES_128_GCM_SHA256, TLS 1.3, X25519 with a share, psk_dhe_ke; and one
 * identity, which is put behind these, with a binder of zeros behind it.
 */
#define IDENTITY "3GPP-bootstrapping;%024lld"
#define IDENTITY_AT 123
#define IDENTITY_LEN 43
#define HELLO_LEN 205

static const char hello_hex[] = "16030100c8" "010000c4" "0303"
    "0101010101010101010101010101010101010101010101010101010101010101"
    "00" "00021301" "0100" "0099"
    "002b0003020304" "000a00040002001d"
    "003300260024001d0020"
    "0900000000000000000000000000000000000000000000000000000000000000"
    "002d00020101" "002900560031002b";

static void
make_hello(unsigned char v[HELLO_LEN], long long number)
{
	char identity[IDENTITY_LEN + 1];

	memset(v, 0, HELLO_LEN);
	for (int i = 0; i < IDENTITY_AT; i++)
		sscanf(hello_hex + 2 * i, "%2hhx", &v[i]);
	snprintf(identity, sizeof(identity), IDENTITY, number);
	memcpy(v + IDENTITY_AT, identity, IDENTITY_LEN);
	/* after four octets of age: the lengths of all binders, and of one */
	v[IDENTITY_AT + IDENTITY_LEN + 5] = 33;
	v[IDENTITY_AT + IDENTITY_LEN + 6] = 32;
}

/* The next turn of one that has connected, or was answered; 0: it is over. */
static int
greet(int fd, uint32_t events, long long number)
{
	unsigned char v[HELLO_LEN];

	if ((events & EPOLLOUT) == 0) {
		answered += recv(fd, v, sizeof(v), 0) > 0;
		return 0;
	}
	make_hello(v, number);
	await(fd, EPOLLIN);
	return send(fd, v, sizeof(v), MSG_NOSIGNAL) == HELLO_LEN;
}

static int
hellos(double rate)
{
	static struct epoll_event event[EVENTS];
	const struct linger none = { .l_onoff = 1 };
	long long number = (long long)(now() * 1e9) ^ getpid();
	int n, fd;

	while (!is_over()) {
		for (int i = 0; i < AT_ONCE && due(rate) > 0; i++) {
			(void)begin(EPOLLOUT);
			sent++;
		}
		n = epoll_wait(poller, event, EVENTS, 1);
		for (int i = 0; i < n; i++) {
			fd = event[i].data.fd;
			if (greet(fd, event[i].events, number++))
				continue;
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &none,
			    sizeof(none));
			close(fd);
		}
	}
	return 0;
}

/* ---- all of them ---- */

static int
usage(void)
{
	fputs("usage: flood datagrams PORT RATE | flood silent PORT FROM N "
	    "[HEX] | flood hellos PORT FROM RATE\n", stderr);
	return 2;
}

static int
run(int argc, char **argv)
{
	unsigned char v[256];
	size_t len = 0;

	if (argc == 4 && strcmp(argv[1], "datagrams") == 0)
		return datagrams(atof(argv[3]));
	if (argc < 5 || inet_pton(AF_INET, argv[3], &from.sin_addr) != 1)
		return usage();
	if (argc == 5 && strcmp(argv[1], "hellos") == 0)
		return hellos(atof(argv[4]));
	if (strcmp(argv[1], "silent") != 0 || argc > 6)
		return usage();
	for (const char *hex = argc == 6 ? argv[5] : ""; len < sizeof(v) &&
	    sscanf(hex + 2 * len, "%2hhx", &v[len]) == 1; len++)
		;
	return silent(atol(argv[4]), v, len);
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	int result;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGTERM, stop);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)(argc > 2 ? atoi(argv[2]) : 0));
	poller = epoll_create1(0);
	start = now();
	result = run(argc, argv);
	if (result == 0)
		printf("%ld\t%.3f\t%ld\n", sent, now() - start, answered);
	return result;
}
