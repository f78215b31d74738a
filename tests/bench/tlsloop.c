/*
 * tlsloop: the yardstick of mtc-trigger serve: what TLS and an epoll loop cost
 * where nothing is stored and nothing is said.  A device, whatever P-TID it
 * claims, sends a trigger response and gets an answer that is as long as the
 * real one's, sends its data, and closes; so do we.
 *
 *	cc -O2 -o tlsloop tests/bench/tlsloop.c $(pkg-config --libs libssl \
 *	    libcrypto)
 *	tlsloop PORT KEYHEX
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

struct conn {
	int fd;
	SSL *ssl;
	enum { HANDSHAKE, RECORD_RESPONSE, DATA } phase;
};

static unsigned char key[32];
static int poller;

static int
find_psk(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
	static const unsigned char suite[] = { 0x13, 0x01 };
	SSL_SESSION *s = SSL_SESSION_new();

	(void)id;
	(void)len;
	SSL_SESSION_set1_master_key(s, key, sizeof(key));
	SSL_SESSION_set_cipher(s, SSL_CIPHER_find(ssl, suite));
	SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION);
	*session = s;
	return 1;
}

/* As tls_context_open() of lib/tls.c. */
static SSL_CTX *
context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_recv_max_early_data(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_psk_find_session_callback(ctx, find_psk);
	return ctx;
}

static int
listen_at(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	perror("tlsloop");
	exit(4);
}

static void
take(SSL_CTX *ctx, int listener)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct conn *c;
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		c = calloc(1, sizeof(*c));
		c->fd = fd;
		c->ssl = SSL_new(ctx);
		SSL_set_fd(c->ssl, fd);
		SSL_set_accept_state(c->ssl);
		e.data.ptr = c;
		epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
	}
}

static void
end(struct conn *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	free(c);
}

/* Whether it goes on. */
static int
serve(struct conn *c)
{
	static unsigned char in[16384];
	size_t n;
	int r;

	ERR_clear_error();
	if (c->phase == HANDSHAKE) {
		if ((r = SSL_do_handshake(c->ssl)) != 1)
			return SSL_get_error(c->ssl, r) == SSL_ERROR_WANT_READ;
		c->phase = RECORD_RESPONSE;
	}
	while ((r = SSL_read_ex(c->ssl, in, sizeof(in), &n)) == 1)
		if (c->phase == RECORD_RESPONSE) {
			/* the real answer has a state: three octets more */
			if (SSL_write_ex(c->ssl, in, n + 3, &n) != 1)
				return 0;
			c->phase = DATA;
		}
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return 1;
	case SSL_ERROR_ZERO_RETURN:
		SSL_shutdown(c->ssl);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static struct epoll_event event[EVENTS];
	struct epoll_event e = { .events = EPOLLIN };
	struct rlimit files;
	SSL_CTX *ctx = context();
	int listener, n;

	if (argc != 3 || strlen(argv[2]) != 64) {
		fputs("usage: tlsloop PORT KEYHEX\n", stderr);
		return 2;
	}
	for (int i = 0; i < 32; i++)
		sscanf(argv[2] + 2 * i, "%2hhx", &key[i]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	listener = listen_at(atoi(argv[1]));
	poller = epoll_create1(0);
	epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
	while ((n = epoll_wait(poller, event, EVENTS, -1)) >= 0 ||
	    errno == EINTR)
		for (int i = 0; i < n; i++)
			if (event[i].data.ptr == NULL)
				take(ctx, listener);
			else if (!serve(event[i].data.ptr))
				end(event[i].data.ptr);
	return 4;
}
