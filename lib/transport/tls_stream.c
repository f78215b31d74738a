/* tls_stream.c: one TLS connection with certificates. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "transport/tls_stream.h"

/* ---- what went wrong ---- */

static enum status
protocol_failure(const struct tls_stream *t)
{
	int reason = ERR_GET_REASON(ERR_peek_error());
	enum status status = t->explain(t, reason);

	if (status != OK)
		return status;
	switch (reason) {
	case SSL_R_HTTP_REQUEST:
	case SSL_R_WRONG_VERSION_NUMBER:
		return fail(REJECTED, "tls: it does not speak TLS");
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return fail(REJECTED, "tls: it speaks neither TLS 1.2 nor 1.3");
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return fail(FAILED, t->secured ? "tls: closed without "
		    "close_notify" : "tls: closed in the handshake; does it "
		    "speak TLS?");
	}
	/* received alerts have reasons of 1000 and their number */
	if (reason >= SSL_AD_REASON_OFFSET)
		return fail(REJECTED, "tls: it ends the handshake with alert "
		    "%d, %s", reason - SSL_AD_REASON_OFFSET,
		    SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
	return fail(REJECTED, "tls: it breaks the rules of TLS");
}

/* What an SSL call that returned RESULT means, beyond success. */
static enum status
outcome(struct tls_stream *t, int result)
{
	int e = errno, error = SSL_get_error(t->ssl, result);

	t->wants = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return OK;
	t->failed = true;
	if (error == SSL_ERROR_ZERO_RETURN)
		return fail(FAILED, "closed by %s", t->peer);
	if (error == SSL_ERROR_SYSCALL && e == 0)
		return fail(FAILED, "closed by %s", t->peer);
	if (error == SSL_ERROR_SYSCALL)
		return fail(FAILED, "%s", strerror(e));
	return protocol_failure(t);
}

/* OpenSSL judges a call by its queue of errors, so the queue starts empty. */
static SSL *
begin(struct tls_stream *t)
{
	ERR_clear_error();
	errno = 0;
	t->wants = 0;
	return t->ssl;
}

/* ---- the context ---- */

static enum status
is_there(const char *file)
{
	return access(file, R_OK) == 0 ? OK :
	    fail(FAILED, "%s: %s", file, strerror(errno));
}

enum status
tls_stream_trust(struct ssl_ctx_st *ctx, const char *ca)
{
	enum status status = is_there(ca);

	if (status != OK)
		return status;
	return SSL_CTX_load_verify_file(ctx, ca) == 1 ? OK :
	    fail(MALFORMED, "%s: found no certificate in PEM", ca);
}

/* A program that may have no terminal asks for no password. */
static int
no_password(char *v, int max, int writes, void *unused)
{
	(void)v;
	(void)max;
	(void)writes;
	(void)unused;
	return -1;
}

enum status
tls_stream_identity(struct ssl_ctx_st *ctx, const char *cert, const char *key)
{
	enum status status;

	if ((status = is_there(cert)) != OK || (status = is_there(key)) != OK)
		return status;
	file_warn_readable(key);
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fail(MALFORMED, "%s: found no certificate in PEM",
		    cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return fail(MALFORMED, "%s: found no private key in PEM "
		    "without a password, or not that of the certificate", key);
	return OK;
}

/* RFC 9113 clause 9.2.2 forbids all but these, and their like. */
enum status
tls_stream_http2(struct ssl_ctx_st *ctx)
{
	return SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") ?
	    OK : fail(FAILED, "tls: OpenSSL does not start");
}

enum status
tls_stream_context(struct ssl_ctx_st **out, bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() :
	    TLS_client_method());

	*out = ctx;
	if (ctx == NULL || !SSL_CTX_set_min_proto_version(ctx,
	    TLS1_2_VERSION)) {
		SSL_CTX_free(ctx);
		*out = NULL;
		return fail(FAILED, "tls: OpenSSL does not start");
	}
	/* X.509 looks here for the digest of a signature; crypto.c, where it
	   comes first, leaves the table empty, as half of the start-up time */
	EVP_add_digest(EVP_sha256());
	EVP_add_digest(EVP_sha384());
	EVP_add_digest(EVP_sha512());
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	/* or a peer that sends KeyUpdates for ever holds up all others */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	return OK;
}

/* ---- connections ---- */

enum status
tls_stream_begin(struct tls_stream **out, struct ssl_ctx_st *ctx, int fd,
    size_t room)
{
	struct tls_stream *t = calloc(1, sizeof(*t) + room);

	*out = t;
	if (t != NULL && (t->ssl = SSL_new(ctx)) != NULL &&
	    SSL_set_fd(t->ssl, fd))
		return OK;
	tls_stream_end(t);
	*out = NULL;
	return fail(FAILED, "tls: no memory");
}

void
tls_stream_end(struct tls_stream *t)
{
	if (t == NULL)
		return;
	if (t->secured && !t->failed)
		(void)SSL_shutdown(begin(t));
	SSL_free(t->ssl);
	free(t);
}

enum status
tls_stream_handshake(struct tls_stream *t, bool *done)
{
	int result = SSL_do_handshake(begin(t));

	*done = t->secured = result == 1;
	return result == 1 ? OK : outcome(t, result);
}

enum status
tls_stream_read(struct tls_stream *t, void *v, size_t max, size_t *n)
{
	int result = SSL_read_ex(begin(t), v, max, n);

	if (result == 1)
		return OK;
	*n = 0;
	return outcome(t, result);
}

enum status
tls_stream_write(struct tls_stream *t, const void *v, size_t len, size_t *n)
{
	int result = SSL_write_ex(begin(t), v, len, n);

	if (result == 1)
		return OK;
	*n = 0;
	return outcome(t, result);
}

short
tls_stream_events(const struct tls_stream *t)
{
	return t->wants;
}

bool
tls_stream_pending(const struct tls_stream *t)
{
	return SSL_pending(t->ssl) > 0;
}
