/*
 * hello.c: fuzzes TLS.  By the first octet: 0 has the rest come to a server,
 * 1 to a device, 2 to a server as the identities of a ClientHello, and 3 in
 * a connection, as the device's trigger response and the stream after it.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection/relay.h"
#include "fuzz.h"

#define P_TID "fuzz"

static struct ssl_ctx_st *server, *device;
static const uint8_t zeros[TLS_KEY_LEN];
static unsigned asked;
static char claimed[65];

static enum tls_answer
ask(void *arg, const char *p_tid)
{
	(void)arg;
	expect(strlen(p_tid) < sizeof(claimed));
	/* the same each time */
	expect(asked == 0 || strcmp(claimed, p_tid) == 0);
	strcpy(claimed, p_tid);
	expect(p_tid[strspn(p_tid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
	    "mnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/?#[]\"<>\\^`{|}")] ==
	    '\0');
	return asked++ == 0 && p_tid[0] == 'L' ? TLS_LATER :
	    p_tid[0] == 'F' ? TLS_FAILED : TLS_HERE;
}

static enum status
find(void *arg, uint8_t key[static TLS_KEY_LEN])
{
	(void)arg;
	memcpy(key, zeros, sizeof(zeros));
	return strcmp(claimed, P_TID) == 0 ? OK : REJECTED;
}

static const struct tls_keys keys = { ask, find };

/* Whatever comes, nobody is let in who does not know the key. */
static void
shake(struct tls *t, int peer, const uint8_t *in, size_t len)
{
	enum status status;
	bool done = false;
	int turns = 20;

	status = tls_handshake(t, &done);
	expect(status == OK && !done);
	(void)!send(peer, in, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(peer, SHUT_WR);
	do
		status = tls_handshake(t, &done);
	while (status == OK && !done && --turns > 0);
	expect(!done && (status == REJECTED || status == FAILED ||
	    turns == 0));
}

/* ---- a ClientHello, of which the identities are the fuzzer's ---- */

struct hello {
	uint8_t v[4096];
	size_t len;
};

static void
put(struct hello *h, const void *v, size_t len)
{
	expect(h->len + len <= sizeof(h->v));
	memcpy(h->v + h->len, v, len);
	h->len += len;
}

/* Open a vector that has WIDTH octets of length, and close it. */
static size_t
open_vector(struct hello *h, size_t width)
{
	h->len += width;
	return h->len;
}

static void
close_vector(struct hello *h, size_t width, size_t at)
{
	be_write(h->v + at - width, width, h->len - at);
}

/* RFC 8446 clause 4.1.2: what our own device says, without a key share. */
static void
make_hello(struct hello *h, const uint8_t *identities, size_t len)
{
	static const uint8_t fixed[] =
	    "\0\2\x13\1" "\1\0";	/* suites, compression */
	static const uint8_t extensions[] =
	    "\0\x2b\0\3\2\3\4"		/* supported_versions */
	    "\0\x0a\0\4\0\2\0\x17"	/* supported_groups: P-256 */
	    "\0\x0d\0\4\0\2\4\3"	/* signature_algorithms */
	    "\0\x2d\0\2\1\1"		/* psk_key_exchange_modes */
	    "\0\x33\0\2\0";		/* key_share: none */
	static const uint8_t random[32], binder[35] = { 0, 33, 32 };
	size_t record, message, all, psk;

	h->len = 0;
	put(h, "\x16\3\1", 3);
	record = open_vector(h, 2);
	put(h, "\1", 1);
	message = open_vector(h, 3);
	put(h, "\3\3", 2);
	put(h, random, sizeof(random));
	put(h, "", 1);		/* legacy_session_id */
	put(h, fixed, sizeof(fixed) - 1);
	all = open_vector(h, 2);
	put(h, extensions, sizeof(extensions));
	put(h, "\0\x29", 2);	/* pre_shared_key, the last */
	psk = open_vector(h, 2);
	put(h, identities, len);
	put(h, binder, sizeof(binder));
	close_vector(h, 2, psk);
	close_vector(h, 2, all);
	close_vector(h, 3, message);
	close_vector(h, 2, record);
}

/* ---- connections ---- */

static void
to_server(int fd[2], const uint8_t *in, size_t len)
{
	struct tls *t;

	asked = 0;
	expect(tls_accept(&t, server, fd[0], &keys, NULL) == OK);
	shake(t, fd[1], in, len);
	expect(strlen(tls_p_tid(t)) <= 64);
	tls_free(t);
}

static void
identities(int fd[2], const uint8_t *in, size_t len)
{
	static struct hello h;

	if (len > 3000)
		return;
	make_hello(&h, in, len);
	to_server(fd, h.v, h.len);
}

static void
to_device(int fd[2], const uint8_t *in, size_t len)
{
	struct tls *t;

	expect(tls_connect(&t, device, fd[0], P_TID, zeros) == OK);
	shake(t, fd[1], in, len);
	tls_free(t);
}

/* The other end has the key, and says what it likes. */
static void
in_connection(int fd[2], const uint8_t *in, size_t len)
{
	bool at_server = false, at_device = false, done = false;
	struct tls *t;
	struct relay r;
	struct record response;
	enum status status = OK;
	size_t sent;

	asked = 0;
	relay_init(&r, dup(fd[0]), NULL, NULL);
	r.keep = true;
	expect(tls_accept(&r.tls, server, r.socket.fd, &keys, NULL) == OK);
	expect(tls_connect(&t, device, fd[1], P_TID, zeros) == OK);
	for (int i = 0; i < 10 && !(at_server && at_device); i++) {
		if (!at_device)
			expect(tls_handshake(t, &at_device) == OK);
		if (!at_server)
			expect(tls_handshake(r.tls, &at_server) == OK);
	}
	expect(at_server && at_device);
	expect(strcmp(tls_p_tid(r.tls), P_TID) == 0);
	expect(tls_write(t, in, len, &sent) == OK);
	expect(tls_close(t, &done) == OK);
	done = false;
	for (int i = 0; i < 10 && status == OK && !done; i++) {
		status = relay_exchange(&r);
		if (status == OK)
			status = relay_take_response(&r, &response, &done);
	}
	expect(status == OK || status == MALFORMED || status == FAILED);
	if (done && status == OK) {
		expect(response.type == RECORD_TRIGGER_RESPONSE);
		for (int i = 0; i < 10 && status == OK; i++)
			status = relay_step(&r);
	}
	tls_free(t);
	relay_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static void (*const kinds[])(int fd[2], const uint8_t *, size_t) = {
		to_server, to_device, identities, in_connection };
	int fd[2];

	if (server == NULL) {
		expect(tls_context_open(&server, true) == OK);
		expect(tls_context_open(&device, false) == OK);
		expect(loop_open() == OK);
	}
	if (len == 0)
		return 0;
	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0, fd) == 0);
	kinds[in[0] & 3](fd, in + 1, len - 1);
	close(fd[0]);
	close(fd[1]);
	return 0;
}
