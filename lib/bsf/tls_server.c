/* tls_server.c: TLS to a client that shows a certificate. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "bsf/tls_server.h"
#include "record/record.h"

/* ---- what went wrong ---- */

static enum status
explain(const struct tls_stream *t, int reason)
{
	switch (reason) {
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return fail(REJECTED, "tls: it shows no certificate");
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return fail(REJECTED, "tls: its certificate: %s",
		    X509_verify_cert_error_string(
		    SSL_get_verify_result(t->ssl)));
	case SSL_R_NO_APPLICATION_PROTOCOL:
		return fail(REJECTED, "tls: it does not speak HTTP/2 (ALPN "
		    "h2)");
	case SSL_R_NO_SHARED_CIPHER:
		return fail(REJECTED, "tls: it offers no cipher suite that "
		    "HTTP/2 allows");
	default:
		return OK;
	}
}

/* ---- the context ---- */

/* RFC 7301: one that offers other protocols does not speak ours. */
static int
choose_h2(SSL *ssl, const unsigned char **out, unsigned char *len,
    const unsigned char *in, unsigned in_len, void *unused)
{
	static const unsigned char h2[] = { 2, 'h', '2' };
	unsigned char *chosen;

	(void)ssl;
	(void)unused;
	if (SSL_select_next_proto(&chosen, len, h2, sizeof(h2), in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Whose certificates are asked for, a client is told by their names. */
static enum status
ask_clients(SSL_CTX *ctx, const struct tls_server_options *o)
{
	enum status status = tls_stream_trust(ctx, o->client_ca);

	if (status != OK)
		return status;
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(o->client_ca));
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (o->client_optional ? 0 :
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT), NULL);
	return OK;
}

enum status
tls_server_open(struct ssl_ctx_st **out, const struct tls_server_options *o)
{
	enum status status = tls_stream_context(out, true);
	SSL_CTX *ctx = *out;

	if (status != OK)
		return status;
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_alpn_select_cb(ctx, choose_h2, NULL);
	if ((status = tls_stream_http2(ctx)) == OK)
		status = tls_stream_identity(ctx, o->cert, o->key);
	if (status == OK && o->client_ca != NULL)
		status = ask_clients(ctx, o);
	ERR_clear_error();
	if (status == OK)
		return OK;
	SSL_CTX_free(ctx);
	*out = NULL;
	return status;
}

void
tls_server_close(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

/* ---- connections ---- */

enum status
tls_server_begin(struct tls_stream **out, struct ssl_ctx_st *ctx, int fd)
{
	enum status status = tls_stream_begin(out, ctx, fd, 0);

	if (status != OK)
		return status;
	(*out)->explain = explain;
	(*out)->peer = "the client";
	SSL_set_accept_state((*out)->ssl);
	return OK;
}

/* One of a form that names have; returns its length with NUL, or 0. */
static size_t
put_name(char *to, const ASN1_IA5STRING *name)
{
	const unsigned char *v = ASN1_STRING_get0_data(name);
	size_t len = (size_t)ASN1_STRING_length(name);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(v[i] >= 'A' && v[i] <= 'Z' ? v[i] | 0x20 : v[i]);
	if (len > 0 && to[len - 1] == '.')
		len--;
	if (!fqdn_valid(to, len))
		return 0;
	to[len] = '\0';
	return len + 1;
}

static char *
names_of(const GENERAL_NAMES *all)
{
	size_t room = 1, at = 0;
	const GENERAL_NAME *name;
	char *names;

	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		name = sk_GENERAL_NAME_value(all, i);
		if (name->type == GEN_DNS)
			room += (size_t)ASN1_STRING_length(name->d.dNSName) + 1;
	}
	if ((names = malloc(room)) == NULL)
		return NULL;
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		name = sk_GENERAL_NAME_value(all, i);
		if (name->type == GEN_DNS)
			at += put_name(names + at, name->d.dNSName);
	}
	names[at] = '\0';
	return names;
}

enum status
tls_server_names(const struct tls_stream *t, char **names)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	GENERAL_NAMES *all;

	*names = NULL;
	if (cert == NULL)
		return OK;
	all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	*names = names_of(all);
	GENERAL_NAMES_free(all);
	return *names != NULL ? OK : fail(FAILED, "tls: no memory");
}

bool
tls_server_is(const char *names, const char *name)
{
	for (; names[0] != '\0'; names += strlen(names) + 1)
		if (strcmp(names, name) == 0)
			return true;
	return false;
}
