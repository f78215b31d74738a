/* tls.c: TLS 1.3 with an external PSK, through OpenSSL. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "connection/client_hello.h"
#include "connection/keylog.h"
#include "connection/tls.h"

#define IDENTITY_MAX (TLS_IDENTITY_LEN + 64)

struct tls {
	SSL *ssl;			/* server: from the ClientHello on */
	SSL_CTX *ctx;
	int fd;
	size_t seen;			/* octets of the ClientHello so far,
					   or 0 */
	const char *peer;		/* for messages */
	bool closed;
	short read_wants, write_wants;
	char identity[IDENTITY_MAX + 1];	/* "" until known */
	const struct tls_keys *keys;	/* server */
	void *arg;
	char offered[IDENTITY_MAX + 1];	/* which was asked for, or "" */
	SSL_SESSION *session;		/* device: the PSK */
};

/* ---- what went wrong ---- */

/* Received alerts have reasons of their own, 1000 and their number. */
static const struct {
	int reason;
	enum status status;
	const char *text;		/* after "tls: the PEER " */
} reasons[] = {
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, REJECTED,
	    "knows no such SA, or its key or its groups differ" },
	{ SSL_R_TLSV1_ALERT_DECRYPT_ERROR, REJECTED,
	    "knows no such SA, or its key differs" },
	{ SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER, REJECTED,
	    "knows no such SA, or its key differs" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY, REJECTED,
	    "knows no such SA, or its key differs" },
	{ SSL_R_TLSV1_ALERT_INTERNAL_ERROR, FAILED, "has an internal error" },
	{ SSL_R_BINDER_DOES_NOT_VERIFY, REJECTED, "has another key" },
	{ SSL_R_DIGEST_CHECK_FAILED, REJECTED, "has another key" },
	{ SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, REJECTED,
	    "sent a record that is forged or damaged" },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, REJECTED,
	    "offers no key with psk_dhe_ke" },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, REJECTED,
	    "offers no group of ours (Groups in openssl.cnf)" },
	{ SSL_R_NO_SHARED_CIPHER, REJECTED,
	    "does not offer TLS_AES_128_GCM_SHA256" },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, REJECTED,
	    "shows a certificate, expected the shared key" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, REJECTED, "does not speak TLS 1.3" },
	{ SSL_R_VERSION_TOO_LOW, REJECTED, "does not speak TLS 1.3" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, REJECTED,
	    "does not speak TLS 1.3" },
	{ SSL_R_WRONG_VERSION_NUMBER, REJECTED, "does not speak TLS" },
	{ SSL_R_HTTP_REQUEST, REJECTED, "does not speak TLS" },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, FAILED,
	    "is gone without close_notify" },
};

static enum status
protocol_failure(const struct tls *t)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].reason == reason)
			return fail(reasons[i].status, "tls: the %s %s",
			    t->peer, reasons[i].text);
	return fail(REJECTED, "tls: the %s breaks the rules of TLS 1.3",
	    t->peer);
}

/* What an SSL call that returned RESULT means, beyond success. */
static enum status
outcome(struct tls *t, int result, short *wants)
{
	int e = errno;

	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		*wants = POLLIN;
		return OK;
	case SSL_ERROR_WANT_WRITE:
		*wants = POLLOUT;
		return OK;
	case SSL_ERROR_SYSCALL:
	case SSL_ERROR_ZERO_RETURN:	/* a failure after close_notify */
		return fail(FAILED, "tls: the %s is gone: %s", t->peer,
		    e == 0 ? "end of the connection" : strerror(e));
	default:
		return protocol_failure(t);
	}
}

/* OpenSSL judges a call by its queue of errors, so the queue starts empty. */
static SSL *
begin(struct tls *t)
{
	ERR_clear_error();
	errno = 0;
	return t->ssl;
}

/* ---- the key ---- */

/* An external PSK is a session that never was: RFC 8446 clause 4.2.11. */
static SSL_SESSION *
psk_session(SSL *ssl, const uint8_t key[static TLS_KEY_LEN])
{
	static const unsigned char aes_128_gcm_sha256[] = { 0x13, 0x01 };
	const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, aes_128_gcm_sha256);
	SSL_SESSION *session = SSL_SESSION_new();

	if (session != NULL && cipher != NULL &&
	    SSL_SESSION_set1_master_key(session, key, TLS_KEY_LEN) &&
	    SSL_SESSION_set_cipher(session, cipher) &&
	    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION))
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

/* A key that nobody has, where FIND has none. */
static enum status
find_key(struct tls *t, uint8_t key[static TLS_KEY_LEN])
{
	if (t->keys->find(t->arg, key) == OK ||
	    RAND_priv_bytes(key, TLS_KEY_LEN) == 1)
		return OK;
	return fail(FAILED, "tls: no random octets");
}

/*
 * One connection costs one look-up, whatever a second ClientHello offers.  That
 * the device claims its identity is not said before OpenSSL has found the rest
 * of the hello in order, unless the handshake ends before.
 */
static int
server_psk(SSL *ssl, const unsigned char *id, size_t len,
    SSL_SESSION **session)
{
	struct tls *t = SSL_get_app_data(ssl);
	uint8_t key[TLS_KEY_LEN];

	*session = NULL;
	if (t->offered[0] == '\0' || strlen(t->offered) != len ||
	    memcmp(t->offered, id, len) != 0)
		return 1;
	memcpy(t->identity, t->offered, sizeof(t->identity));
	if (find_key(t, key) == OK)
		*session = psk_session(ssl, key);
	else
		fail_said();
	wipe(key, sizeof(key));
	return 1;
}

static int
device_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
    SSL_SESSION **session)
{
	struct tls *t = SSL_get_app_data(ssl);

	(void)md;			/* the one cipher suite fixes it */
	*id = (const unsigned char *)t->identity;
	*len = strlen(t->identity);
	*session = t->session;
	return SSL_SESSION_up_ref(t->session);
}

/* ---- contexts ---- */

enum status
tls_context_open(struct ssl_ctx_st **out, bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() :
	    TLS_client_method());

	*out = ctx;
	if (ctx == NULL ||
	    !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
	    !SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") ||
	    !SSL_CTX_set_num_tickets(ctx, 0) ||
	    !SSL_CTX_set_max_early_data(ctx, 0) ||
	    !SSL_CTX_set_recv_max_early_data(ctx, 0)) {
		tls_context_close(ctx);
		*out = NULL;
		return fail(FAILED, "tls: OpenSSL does not start");
	}
	keylog_attach(ctx);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	/* a system's openssl.cnf may have set these */
	SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_NO_DHE_KEX |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* or a device that sends KeyUpdates for ever holds up all others */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* what comes of the handshake is had by one read, not two a record */
	SSL_CTX_set_read_ahead(ctx, 1);
	if (server) {
		SSL_CTX_set_psk_find_session_callback(ctx, server_psk);
	} else {
		/* no certificate is trusted: it must be the key */
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_psk_use_session_callback(ctx, device_psk);
	}
	return OK;
}

void
tls_context_close(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

/* ---- connections ---- */

static enum status
no_memory(void)
{
	return fail(FAILED, "tls: no memory");
}

static enum status
tls_new(struct tls **out, SSL_CTX *ctx, int fd, const char *peer)
{
	struct tls *t = calloc(1, sizeof(*t));

	*out = t;
	if (t == NULL)
		return no_memory();
	t->ctx = ctx;
	t->fd = fd;
	t->peer = peer;
	t->read_wants = POLLIN;
	t->write_wants = POLLOUT;
	return OK;
}

/* T has OpenSSL's part from now on. */
static enum status
tls_begin(struct tls *t)
{
	if ((t->ssl = SSL_new(t->ctx)) == NULL || !SSL_set_fd(t->ssl, t->fd))
		return no_memory();
	SSL_set_app_data(t->ssl, t);
	return OK;
}

enum status
tls_accept(struct tls **out, struct ssl_ctx_st *ctx, int fd,
    const struct tls_keys *keys, void *arg)
{
	enum status status;

	if ((status = tls_new(out, ctx, fd, "device")) != OK)
		return status;
	(*out)->keys = keys;
	(*out)->arg = arg;
	return OK;
}

enum status
tls_connect(struct tls **out, struct ssl_ctx_st *ctx, int fd,
    const char *p_tid, const uint8_t key[static TLS_KEY_LEN])
{
	enum status status;
	struct tls *t;

	if ((status = tls_new(out, ctx, fd, "server")) != OK)
		return status;
	t = *out;
	if ((status = tls_begin(t)) != OK) {
		tls_free(t);
		*out = NULL;
		return status;
	}
	snprintf(t->identity, sizeof(t->identity), TLS_IDENTITY "%s", p_tid);
	SSL_set_connect_state(t->ssl);
	if ((t->session = psk_session(t->ssl, key)) != NULL)
		return OK;
	tls_free(t);
	*out = NULL;
	return no_memory();
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_SESSION_free(t->session);	/* it wipes its key */
	SSL_free(t->ssl);
	free(t);
}

/* The keys of the connection were derived from it: nothing needs it again. */
static void
forget_psk(struct tls *t)
{
	static const uint8_t none[TLS_KEY_LEN];
	SSL_SESSION *session = SSL_get_session(t->ssl);

	if (session != NULL)
		SSL_SESSION_set1_master_key(session, none, sizeof(none));
	SSL_SESSION_free(t->session);
	t->session = NULL;
}

/* ---- the ClientHello, before OpenSSL sees it ---- */

/* The kernel wakes us when there are so many octets, or no more come. */
static void
await_octets(const struct tls *t, size_t count)
{
	const int n = (int)count;

	setsockopt(t->fd, SOL_SOCKET, SO_RCVLOWAT, &n, sizeof(n));
}

/*
 * What has come so far stays with the kernel until the ClientHello is whole.
 * Where a wake-up brings no more, no more comes.
 */
static enum status
await_hello(struct tls *t, uint8_t v[static CLIENT_HELLO_MAX], size_t *len,
    bool *whole)
{
	ssize_t n = recv(t->fd, v, CLIENT_HELLO_MAX, MSG_PEEK | MSG_DONTWAIT);
	size_t want;

	*whole = false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return OK;
	if (n < 0)
		return fail(FAILED, "tls: the %s is gone: %s", t->peer,
		    strerror(errno));
	if (n == 0)
		return fail(FAILED, "tls: the %s is gone without close_notify",
		    t->peer);
	*len = (size_t)n;
	want = client_hello_wants(v, *len);
	if (want > CLIENT_HELLO_MAX)
		return fail(REJECTED, "tls: the %s sent a ClientHello of over "
		    "%d octets", t->peer, CLIENT_HELLO_MAX);
	*whole = want <= *len || *len <= t->seen;
	if (!*whole)
		await_octets(t, want);
	else if (t->seen > 0)
		await_octets(t, 1);
	t->seen = *whole ? 0 : *len;
	return OK;
}

/*
 * Refuse the device as OpenSSL does, with the ALERT.  What is left unread would
 * have the kernel reset the connection, and the alert be lost.
 */
static void
refuse(struct tls *t, uint8_t alert, size_t unread)
{
	static uint8_t v[CLIENT_HELLO_MAX];
	const uint8_t record[] = { 21, 3, 3, 0, 2, SSL3_AL_FATAL, alert };

	(void)!recv(t->fd, v, unread, MSG_DONTWAIT);
	(void)!send(t->fd, record, sizeof(record), MSG_DONTWAIT |
	    MSG_NOSIGNAL);
	memcpy(t->identity, t->offered, sizeof(t->identity));
}

/*
 * Whether the device has the key of the identity that it offers.  Who guesses
 * P-TIDs is not to learn which are in use: one that is refused costs the same,
 * and gets the same alert, as a wrong key.
 */
static enum status
check_binder(struct tls *t, const uint8_t *message,
    const struct client_psk *psk)
{
	uint8_t key[TLS_KEY_LEN], binder[BINDER_LEN];
	enum status status;

	if ((status = find_key(t, key)) == OK)
		status = binder_make(key, message, psk->bound, binder);
	wipe(key, sizeof(key));
	if (status == OK && !same_octets(binder, psk->binder,
	    sizeof(binder)))
		status = fail(REJECTED, "tls: the %s has another key",
		    t->peer);
	return status;
}

/*
 * What OpenSSL needs for a connection, 40 KiB and a tenth of a millisecond, is
 * for who has proved a key; and for a ClientHello that offers none, so that
 * OpenSSL says what it thinks of it.
 */
static enum status
begin_at_hello(struct tls *t)
{
	static uint8_t v[CLIENT_HELLO_MAX], message[CLIENT_HELLO_MAX];
	struct client_psk psk;
	enum status status;
	bool whole;
	size_t len;

	if ((status = await_hello(t, v, &len, &whole)) != OK || !whole)
		return status;
	t->read_wants = POLLIN;
	if (!client_hello_psk(v, len, message, &psk))
		return tls_begin(t);
	memcpy(t->offered, psk.identity, psk.len);
	switch (t->keys->ask(t->arg, t->offered + TLS_IDENTITY_LEN)) {
	case TLS_LATER:
		t->read_wants = 0;
		return OK;
	case TLS_FAILED:
		refuse(t, SSL_AD_INTERNAL_ERROR, len);
		return fail(FAILED, "tls: nobody knows the key");
	case TLS_HERE:
		break;
	}
	if ((status = check_binder(t, message, &psk)) == OK)
		return tls_begin(t);
	refuse(t, status == FAILED ? SSL_AD_INTERNAL_ERROR :
	    SSL_AD_ILLEGAL_PARAMETER, len);
	return status;
}

enum status
tls_handshake(struct tls *t, bool *done)
{
	enum status status;
	int n;

	*done = false;
	if (t->ssl == NULL && t->keys != NULL) {
		if ((status = begin_at_hello(t)) != OK || t->ssl == NULL)
			return status;
		SSL_set_accept_state(t->ssl);
	}
	n = SSL_do_handshake(begin(t));
	*done = n == 1;
	if (n != 1)
		return outcome(t, n, &t->read_wants);
	t->read_wants = POLLIN;
	/* where part of a record has been read ahead, OpenSSL goes on by
	   itself, as with SSL_MODE_AUTO_RETRY */
	SSL_set_read_ahead(t->ssl, 0);
	forget_psk(t);
	if (!SSL_session_reused(t->ssl))
		return fail(REJECTED, "tls: the %s did without the shared "
		    "key", t->peer);
	return OK;
}

enum status
tls_read(struct tls *t, void *v, size_t max, size_t *n)
{
	int result = SSL_read_ex(begin(t), v, max, n);

	t->read_wants = POLLIN;
	if (result == 1)
		return OK;
	*n = 0;
	if (SSL_get_error(t->ssl, result) == SSL_ERROR_ZERO_RETURN) {
		t->closed = true;
		return OK;
	}
	return outcome(t, result, &t->read_wants);
}

enum status
tls_write(struct tls *t, const void *v, size_t len, size_t *n)
{
	int result = SSL_write_ex(begin(t), v, len, n);

	t->write_wants = POLLOUT;
	if (result == 1)
		return OK;
	*n = 0;
	return outcome(t, result, &t->write_wants);
}

enum status
tls_close(struct tls *t, bool *done)
{
	int n = SSL_shutdown(begin(t));

	*done = n >= 0;
	return n >= 0 ? OK : outcome(t, n, &t->write_wants);
}

void
tls_rest(struct tls *t)
{
	(void)SSL_free_buffers(t->ssl);
}

bool
tls_closed(const struct tls *t)
{
	return t->closed;
}

bool
tls_waits(const struct tls *t)
{
	return t->read_wants == 0;
}

short
tls_events(const struct tls *t, bool reading, bool writing)
{
	return (short)((reading ? t->read_wants : 0) |
	    (writing ? t->write_wants : 0));
}

const char *
tls_p_tid(const struct tls *t)
{
	return t->identity[0] == '\0' ? "" : t->identity + TLS_IDENTITY_LEN;
}
