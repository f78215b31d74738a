/*
 * devices: many devices at once, for a server of the secure connection: each
 * connects, proves its key, sends its trigger response, waits for the answer,
 * sends 200 octets, and closes.  Step 407 of gba-push(7).
 *
 *	cc -O2 -o devices tests/bench/devices.c $(pkg-config --libs libssl \
 *	    libcrypto)
 *	devices HOST:PORT FILE CONCURRENCY	one exchange for each line
 *	devices HOST:PORT FILE CONCURRENCY --hold N
 *	devices HOST:PORT FILE CONCURRENCY --echo N
 *
 * FILE has a line P_TID KEYHEX for each device.  HOST is an IPv4 address.  The
 * result is exchanges a second, a tab, how many failed, and a newline.  With
 * --hold the first N wait once they are answered: "held", a tab, how many;
 * they go at the end of standard input.  With --echo they do not just wait:
 * each sends an octet and awaits it back, ten times a second; in the end
 * "slowest", a tab, the milliseconds that one took, a tab, and how many came.
 * Status 1 where one failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
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

#define EVENTS 256
#define DATA 200		/* octets of each device */

struct device {
	char p_tid[65];
	unsigned char key[32];
	SSL *ssl;
	int fd;
	enum { TRIGGER_CONNECT, HANDSHAKE, ANSWER, CLOSE, DONE } phase;
	uint32_t watched;
	double sent, due;	/* the octet of --echo; 0: it is back */
};

static struct device *device;
static size_t devices, next, open_now, failed, held, hold;
static int poller;
static SSL_CTX *ctx;
static struct sockaddr_in server = { .sin_family = AF_INET };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- TLS ---- */

static int
use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
    SSL_SESSION **session)
{
	static const unsigned char suite[] = { 0x13, 0x01 };
	static char identity[128];
	struct device *d = SSL_get_app_data(ssl);
	SSL_SESSION *s = SSL_SESSION_new();

	(void)md;
	SSL_SESSION_set1_master_key(s, d->key, sizeof(d->key));
	SSL_SESSION_set_cipher(s, SSL_CIPHER_find(ssl, suite));
	SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION);
	*len = (size_t)snprintf(identity, sizeof(identity),
	    "3GPP-bootstrapping;%s", d->p_tid);
	*id = (unsigned char *)identity;
	*session = s;
	return 1;
}

static void
make_context(void)
{
	ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
}

/* ---- one device ---- */

static void
finish(struct device *d, int bad)
{
	failed += bad != 0;
	d->phase = DONE;
	SSL_free(d->ssl);
	d->ssl = NULL;
	close(d->fd);
	open_now--;
}

static void
watch(struct device *d, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = d };

	if (d->watched != events)
		epoll_ctl(poller, d->watched == 0 ? EPOLL_CTL_ADD :
		    EPOLL_CTL_MOD, d->fd, &e);
	d->watched = events;
}

static void
begin(struct device *d)
{
	int on = 1;

	open_now++;
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	d->ssl = SSL_new(ctx);
	SSL_set_fd(d->ssl, d->fd);
	SSL_set_app_data(d->ssl, d);
	SSL_set_connect_state(d->ssl);
	if (connect(d->fd, (struct sockaddr *)&server, sizeof(server)) != 0 &&
	    errno != EINPROGRESS)
		finish(d, 1);
	else
		watch(d, EPOLLOUT);
}

/* {0: 7, 8: p_tid, 25: time} */
static int
send_response(struct device *d)
{
	unsigned char v[128] = { 0xa3, 0, 7, 8 }, *p = v + 4;
	size_t n = strlen(d->p_tid);
	uint32_t t = htonl((uint32_t)time(NULL));

	if (n >= 24)
		*p++ = 0x78;
	*p++ = (unsigned char)(n >= 24 ? n : 0x60 | n);
	memcpy(p, d->p_tid, n);
	p += n;
	memcpy(p, "\x18\x19\x1a", 3);
	memcpy(p + 3, &t, 4);
	return SSL_write_ex(d->ssl, v, (size_t)(p - v) + 7, &n);
}

/* Whether a result of SSL is a wait. */
static int
waits(struct device *d, int result)
{
	int e = SSL_get_error(d->ssl, result);

	if (e == SSL_ERROR_WANT_READ)
		watch(d, EPOLLIN);
	return e == SSL_ERROR_WANT_READ;
}

static void
answered(struct device *d)
{
	static char data[DATA];
	size_t n;

	memset(data, 'x', sizeof(data));
	if (hold > 0) {
		held++;
		watch(d, EPOLLIN);
	} else if (SSL_write_ex(d->ssl, data, sizeof(data), &n) != 1 ||
	    SSL_shutdown(d->ssl) < 0) {
		finish(d, 1);
	}
	if (d->phase != DONE)
		d->phase = CLOSE;
}

static void
step(struct device *d)
{
	unsigned char in[2048];
	size_t n;
	int r;

	ERR_clear_error();	/* another's, by which this is judged */
	if (d->phase == TRIGGER_CONNECT)
		d->phase = HANDSHAKE;
	if (d->phase == HANDSHAKE) {
		if ((r = SSL_do_handshake(d->ssl)) != 1) {
			if (!waits(d, r))
				finish(d, 1);
			return;
		}
		watch(d, EPOLLIN);
		d->phase = ANSWER;
		if (send_response(d) != 1) {
			finish(d, 1);
			return;
		}
	}
	r = SSL_read_ex(d->ssl, in, sizeof(in), &n);
	if (r == 1 && d->phase == ANSWER)
		answered(d);
	else if (r != 1 && !waits(d, r))	/* what comes is not of interest */
		finish(d, d->phase != CLOSE ||
		    SSL_get_error(d->ssl, r) != SSL_ERROR_ZERO_RETURN);
}

/* ---- echoes ---- */

static double slowest;
static size_t echoes;

static void
take_echo(struct device *d)
{
	char c;
	size_t n;
	int r;

	ERR_clear_error();
	if ((r = SSL_read_ex(d->ssl, &c, 1, &n)) == 1) {
		if (now() - d->sent > slowest)
			slowest = now() - d->sent;
		d->sent = 0;
		d->due = now() + 0.1;
		echoes++;
	} else if (!waits(d, r)) {
		finish(d, 1);
	}
}

static void
send_octet(struct device *d)
{
	size_t n;

	d->sent = now();
	if (SSL_write_ex(d->ssl, "x", 1, &n) != 1)
		finish(d, 1);
}

static void
exchange_echoes(void)
{
	static struct epoll_event event[EVENTS];
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;
	int n;

	while (poll(&in, 1, 0) == 0 || read(STDIN_FILENO, &c, 1) > 0) {
		for (size_t i = 0; i < devices; i++)
			if (device[i].phase != DONE && device[i].sent == 0 &&
			    now() >= device[i].due)
				send_octet(&device[i]);
		n = epoll_wait(poller, event, EVENTS, 10);
		for (int i = 0; i < n; i++)
			take_echo(event[i].data.ptr);
	}
	for (size_t i = 0; i < devices; i++)
		if (device[i].sent != 0 && now() - device[i].sent > slowest)
			slowest = now() - device[i].sent;
	printf("slowest\t%.0f\t%zu\n", 1000 * slowest, echoes);
}

/* ---- all of them ---- */

static void
read_devices(const char *name)
{
	char line[256], hex[65];
	FILE *f = fopen(name, "r");
	struct device d;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		memset(&d, 0, sizeof(d));
		if (sscanf(line, "%64s %64s", d.p_tid, hex) != 2)
			continue;
		for (int i = 0; i < 32; i++)
			sscanf(hex + 2 * i, "%2hhx", &d.key[i]);
		if ((devices & (devices - 1)) == 0)
			device = realloc(device, (devices == 0 ? 1 :
			    2 * devices) * sizeof(d));
		device[devices++] = d;
	}
	if (devices == 0) {
		perror(name);
		exit(4);
	}
}

static void
run(size_t concurrency)
{
	static struct epoll_event event[EVENTS];
	int n;

	while (hold > 0 ? held + failed < devices : open_now > 0 ||
	    next < devices) {
		while (next < devices && open_now - held < concurrency)
			begin(&device[next++]);
		n = epoll_wait(poller, event, EVENTS, -1);
		for (int i = 0; i < n; i++)
			step(event[i].data.ptr);
	}
}

int
main(int argc, char **argv)
{
	char *colon = argc > 1 ? strrchr(argv[1], ':') : NULL, c;
	struct rlimit files;
	double start;

	if (colon == NULL || (argc != 4 && (argc != 6 ||
	    strcmp(argv[4], "--hold") != 0 &&
	    strcmp(argv[4], "--echo") != 0))) {
		fputs("usage: devices HOST:PORT FILE CONCURRENCY "
		    "[--hold N | --echo N]\n", stderr);
		return 2;
	}
	*colon = '\0';
	inet_pton(AF_INET, argv[1], &server.sin_addr);
	server.sin_port = htons((uint16_t)atoi(colon + 1));
	read_devices(argv[2]);
	if (argc == 6 && (hold = (size_t)atol(argv[5])) < devices)
		devices = hold;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	make_context();
	poller = epoll_create1(0);
	start = now();
	run((size_t)atol(argv[3]));
	if (hold > 0) {
		printf("held\t%zu\n", held);
		fflush(stdout);
		if (strcmp(argv[4], "--echo") == 0)
			exchange_echoes();
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	} else {
		printf("%.0f\t%zu\n", (double)devices / (now() - start),
		    failed);
	}
	return failed > 0;
}
