/* tls.c: how much of what a device sends is read at once. */
#include <openssl/ssl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection/client_hello.h"
#include "connection/relay.h"
#include "test.h"

static const uint8_t secret[TLS_KEY_LEN] = { 1 };

static enum tls_answer
ask(void *arg, const char *p_tid)
{
	(void)arg;
	check(strcmp(p_tid, "one") == 0);
	return TLS_HERE;
}

static enum status
find(void *arg, uint8_t key[static TLS_KEY_LEN])
{
	(void)arg;
	memcpy(key, secret, TLS_KEY_LEN);
	return OK;
}

/* ---- a device of OpenSSL alone ---- */

static int
use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
    SSL_SESSION **session)
{
	static const unsigned char suite[] = { 0x13, 0x01 };
	static const char identity[] = TLS_IDENTITY "one";

	(void)md;
	*session = SSL_SESSION_new();
	check(SSL_SESSION_set1_master_key(*session, secret, sizeof(secret)) &&
	    SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite)) &&
	    SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION));
	*id = (const unsigned char *)identity;
	*len = strlen(identity);
	return 1;
}

static SSL *
device_new(SSL_CTX *ctx, int fd)
{
	SSL *ssl;

	check(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256"));
	SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
	ssl = SSL_new(ctx);
	check(ssl != NULL && SSL_set_fd(ssl, fd));
	SSL_set_connect_state(ssl);
	return ssl;
}

/* From now on it is kept what DEVICE says, for say(). */
static BIO *
hold(SSL *device)
{
	BIO *held = BIO_new(BIO_s_mem());

	check(held != NULL && BIO_up_ref(held));
	SSL_set0_wbio(device, held);
	return held;
}

static void
say(BIO *held, int fd)
{
	char *v;
	long len = BIO_get_mem_data(held, &v);

	check(len > 0 && write(fd, v, (size_t)len) == len);
	check(BIO_reset(held) == 1);
}

/* All but the last LEN octets of it. */
static void
say_but(BIO *held, int fd, uint8_t *last, size_t len)
{
	char *v;
	size_t all = (size_t)BIO_get_mem_data(held, &v);

	check(all > len);
	memcpy(last, v + all - len, len);
	check(write(fd, v, all - len) == (ssize_t)(all - len));
	check(BIO_reset(held) == 1);
}

static void
update_keys(SSL *device, int count)
{
	for (int i = 0; i < count; i++)
		check(SSL_key_update(device, SSL_KEY_UPDATE_NOT_REQUESTED) &&
		    SSL_do_handshake(device) == 1);
}

/* ---- and the server ---- */

static int
unread(const struct relay *r)
{
	int n;

	check(ioctl(r->socket.fd, FIONREAD, &n) == 0);
	return n;
}

/* No poll would tell of what was read with the end of the handshake. */
static void
test_ahead(struct relay *r, SSL *device, int fd)
{
	BIO *held;
	bool done;

	test("tls: what comes in one with the end of the handshake is read");
	check(SSL_do_handshake(device) == -1);
	check_ok(tls_handshake(r->tls, &done));
	held = hold(device);
	check(!done && SSL_do_handshake(device) == 1);
	update_keys(device, 2);
	check(SSL_write(device, "data", 4) == 4);
	say(held, fd);
	check_ok(tls_handshake(r->tls, &done));
	check(done && unread(r) == 0);
	check_ok(relay_exchange(r));
	check(r->moved && r->in.len == 4 && memcmp(r->in.v, "data", 4) == 0);
	check_ok(relay_exchange(r));
	check(!r->moved);
	BIO_free(held);
}

/*
 * Take what has come until nothing moves and a poll would tell of no more;
 * returns its octets.
 */
static size_t
take_all(struct relay *r)
{
	size_t n = 0;

	do {
		check_ok(relay_exchange(r));
		for (size_t i = 0; i < r->in.len; i++)
			check(r->in.v[r->in.at + i] == 'd');
		n += r->in.len;
		r->in.at = r->in.len = 0;
	} while (r->moved || unread(r) > 0);
	return n;
}

/* More than is read ahead, and an alert of which the last octets are late. */
static void
test_all_at_once(struct relay *r, SSL *device, int fd)
{
	uint8_t data[40000], last[10];
	BIO *held;
	bool done;

	test("tls: so is all that the device says, up to its close_notify");
	memset(data, 'd', sizeof(data));
	check(SSL_do_handshake(device) == -1);
	check_ok(tls_handshake(r->tls, &done));
	held = hold(device);
	check(!done && SSL_do_handshake(device) == 1);
	check(SSL_write(device, data, sizeof(data)) == sizeof(data));
	update_keys(device, 1);
	check(SSL_write(device, data, 4) == 4 && SSL_shutdown(device) == 0);
	say_but(held, fd, last, sizeof(last));
	check_ok(tls_handshake(r->tls, &done));
	check(done);
	check_uint(take_all(r), sizeof(data) + 4);
	check(!tls_closed(r->tls));
	check(write(fd, last, sizeof(last)) == sizeof(last));
	check_uint(take_all(r), 0);
	check(tls_closed(r->tls));
	BIO_free(held);
}

static void
test_updates(struct relay *r, SSL *device, int fd)
{
	BIO *held = hold(device);
	int all, left;

	test("tls: after it, one KeyUpdate a turn");
	update_keys(device, 3);
	say(held, fd);
	all = unread(r);
	for (int i = 1; i <= 3; i++) {
		check_ok(relay_exchange(r));
		left = unread(r);
		check(!r->moved && left == all - i * all / 3);
	}
	BIO_free(held);
}

static void
test_ahead_and_after(struct relay *r, SSL *device, int fd)
{
	test_ahead(r, device, fd);
	test_updates(r, device, fd);
}

/* RUN with a device that has just connected. */
static void
connected(void (*run)(struct relay *, SSL *, int))
{
	static const struct tls_keys keys = { ask, find };
	SSL_CTX *client = SSL_CTX_new(TLS_client_method()), *server;
	struct relay r;
	SSL *device;
	int fd[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	check_ok(tls_context_open(&server, true));
	relay_init(&r, fd[0], NULL, NULL);
	check_ok(tls_accept(&r.tls, server, fd[0], &keys, NULL));
	device = device_new(client, fd[1]);
	run(&r, device, fd[1]);
	relay_free(&r);
	SSL_free(device);
	close(fd[1]);
	SSL_CTX_free(client);
	tls_context_close(server);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	connected(test_ahead_and_after);
	connected(test_all_at_once);
	return test_end();
}
