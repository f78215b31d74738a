/* tls_client.c: TLS to a server that shows a certificate. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "transport/tls_client.h"

struct tls_client {
	SSL *ssl;
	short wants;		/* of the last call that could not go on */
	bool secured, failed;
	char host[HOST_MAX + 1];
};

/* ---- what went wrong ---- */

/* After "its certificate "; OpenSSL has words for the others. */
static const struct {
	long error;
	const char *text;
} certificate_errors[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, "is for another name" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, "is for another address" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	  "comes from an authority that is not trusted; see --ca" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	  "comes from an authority that is not trusted; see --ca" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
	  "comes from an authority that is not trusted; see --ca" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	  "is signed by itself and not trusted; see --ca" },
};

static enum status
certificate_failure(const struct tls_client *t, long error)
{
	for (size_t i = 0; i < COUNT(certificate_errors); i++)
		if (certificate_errors[i].error == error)
			return fail(REJECTED, "tls: its certificate %s",
			    certificate_errors[i].text);
	return fail(REJECTED, "tls: the certificate of %s: %s", t->host,
	    X509_verify_cert_error_string(error));
}

static enum status
protocol_failure(const struct tls_client *t)
{
	long error = SSL_get_verify_result(t->ssl);
	int reason = ERR_GET_REASON(ERR_peek_error());

	switch (reason) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return certificate_failure(t, error);
	case SSL_R_WRONG_VERSION_NUMBER:
		return fail(REJECTED, "tls: it does not speak TLS");
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return fail(REJECTED, "tls: it speaks neither TLS 1.2 nor 1.3");
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return fail(REJECTED, "tls: it wants a certificate of the "
		    "client, which there is none of");
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return fail(FAILED, t->secured ? "tls: closed without "
		    "close_notify" : "tls: closed in the handshake; does it "
		    "speak TLS?");
	}
	/* received alerts have reasons of 1000 and their number */
	if (reason >= SSL_AD_REASON_OFFSET)
		return fail(REJECTED, "tls: it ends the handshake with alert "
		    "%d", reason - SSL_AD_REASON_OFFSET);
	return fail(REJECTED, "tls: it breaks the rules of TLS");
}

/* What an SSL call that returned RESULT means, beyond success. */
static enum status
outcome(struct tls_client *t, int result)
{
	int e = errno, error = SSL_get_error(t->ssl, result);

	t->wants = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return OK;
	t->failed = true;
	if (error == SSL_ERROR_ZERO_RETURN)
		return fail(FAILED, "closed by the server");
	if (error == SSL_ERROR_SYSCALL)
		return fail(FAILED, "%s", e == 0 ? "closed by the server" :
		    strerror(e));
	return protocol_failure(t);
}

/* OpenSSL judges a call by its queue of errors, so the queue starts empty. */
static SSL *
begin(struct tls_client *t)
{
	ERR_clear_error();
	errno = 0;
	t->wants = 0;
	return t->ssl;
}

/* ---- the context ---- */

static enum status
trust(SSL_CTX *ctx, const char *ca)
{
	if (ca == NULL)
		return SSL_CTX_set_default_verify_paths(ctx) == 1 ? OK :
		    fail(FAILED, "tls: OpenSSL does not start");
	if (access(ca, R_OK) != 0)
		return fail(FAILED, "%s: %s", ca, strerror(errno));
	return SSL_CTX_load_verify_file(ctx, ca) == 1 ? OK :
	    fail(MALFORMED, "%s: found no certificate in PEM", ca);
}

enum status
tls_client_open(struct ssl_ctx_st **out, const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	enum status status;

	*out = NULL;
	if (ctx == NULL || !SSL_CTX_set_min_proto_version(ctx,
	    TLS1_2_VERSION)) {
		SSL_CTX_free(ctx);
		return fail(FAILED, "tls: OpenSSL does not start");
	}
	/* X.509 looks here for the digest of a signature; crypto.c, where it
	   comes first, leaves the table empty, as half of the start-up time */
	EVP_add_digest(EVP_sha256());
	EVP_add_digest(EVP_sha384());
	EVP_add_digest(EVP_sha512());
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	/* or a server that sends KeyUpdates for ever holds up all others */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	if ((status = trust(ctx, ca)) == OK)
		*out = ctx;
	else
		SSL_CTX_free(ctx);
	return status;
}

void
tls_client_close(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

/* ---- connections ---- */

/* RFC 6125: the name that was dialled; RFC 6066 clause 3: no address in SNI. */
static bool
expect(struct tls_client *t, const char *where)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	struct address address;
	struct host_port p;
	size_t n;

	if (address_read(where, strlen(where), "", &p) != OK)
		return false;
	strcpy(t->host, p.host);
	if (address_numeric(where, &address))
		return X509_VERIFY_PARAM_set1_ip_asc(param, t->host);
	n = strlen(t->host);
	if (t->host[n - 1] == '.')
		t->host[n - 1] = '\0';
	return SSL_set1_host(t->ssl, t->host) &&
	    SSL_set_tlsext_host_name(t->ssl, t->host);
}

enum status
tls_client_begin(struct tls_client **out, struct ssl_ctx_st *ctx, int fd,
    const char *where)
{
	struct tls_client *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (t == NULL || (t->ssl = SSL_new(ctx)) == NULL ||
	    !SSL_set_fd(t->ssl, fd) || !expect(t, where)) {
		tls_client_end(t);
		return fail(FAILED, "tls: no memory");
	}
	SSL_set_connect_state(t->ssl);
	*out = t;
	return OK;
}

void
tls_client_end(struct tls_client *t)
{
	if (t == NULL)
		return;
	if (t->secured && !t->failed)
		(void)SSL_shutdown(begin(t));
	SSL_free(t->ssl);
	free(t);
}

enum status
tls_client_handshake(struct tls_client *t, bool *done)
{
	int result = SSL_do_handshake(begin(t));

	*done = t->secured = result == 1;
	return result == 1 ? OK : outcome(t, result);
}

enum status
tls_client_read(struct tls_client *t, void *v, size_t max, size_t *n)
{
	int result = SSL_read_ex(begin(t), v, max, n);

	if (result == 1)
		return OK;
	*n = 0;
	return outcome(t, result);
}

enum status
tls_client_write(struct tls_client *t, const void *v, size_t len, size_t *n)
{
	int result = SSL_write_ex(begin(t), v, len, n);

	if (result == 1)
		return OK;
	*n = 0;
	return outcome(t, result);
}

short
tls_client_events(const struct tls_client *t)
{
	return t->wants;
}

bool
tls_client_pending(const struct tls_client *t)
{
	return SSL_pending(t->ssl) > 0;
}
