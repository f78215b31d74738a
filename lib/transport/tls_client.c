/* tls_client.c: TLS to a server that shows a certificate. */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/octets.h"
#include "transport/tls_client.h"

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
certificate_failure(const struct tls_stream *t, long error)
{
	for (size_t i = 0; i < COUNT(certificate_errors); i++)
		if (certificate_errors[i].error == error)
			return fail(REJECTED, "tls: its certificate %s",
			    certificate_errors[i].text);
	return fail(REJECTED, "tls: the certificate of %s: %s", t->host,
	    X509_verify_cert_error_string(error));
}

static enum status
explain(const struct tls_stream *t, int reason)
{
	switch (reason) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return certificate_failure(t, SSL_get_verify_result(t->ssl));
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return fail(REJECTED, "tls: it wants a certificate of the "
		    "client, which there is none of");
	case SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
		return fail(REJECTED, "tls: it does not speak HTTP/2 (ALPN "
		    "h2)");
	default:
		return OK;
	}
}

/* ---- the context ---- */

enum status
tls_client_open(struct ssl_ctx_st **out, const char *ca)
{
	enum status status = tls_stream_context(out, false);

	if (status != OK)
		return status;
	SSL_CTX_set_verify(*out, SSL_VERIFY_PEER, NULL);
	if (ca != NULL)
		status = tls_stream_trust(*out, ca);
	else if (SSL_CTX_set_default_verify_paths(*out) != 1)
		status = fail(FAILED, "tls: OpenSSL does not start");
	if (status == OK)
		return OK;
	SSL_CTX_free(*out);
	*out = NULL;
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
expect(struct tls_stream *t, const char *where)
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
tls_client_begin(struct tls_stream **out, struct ssl_ctx_st *ctx, int fd,
    const char *where)
{
	enum status status = tls_stream_begin(out, ctx, fd, HOST_MAX + 1);

	if (status != OK)
		return status;
	(*out)->explain = explain;
	(*out)->peer = "the server";
	if (!expect(*out, where)) {
		tls_stream_end(*out);
		*out = NULL;
		return fail(FAILED, "tls: no memory");
	}
	SSL_set_connect_state((*out)->ssl);
	return OK;
}
