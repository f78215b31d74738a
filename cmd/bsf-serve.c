/*
 * bsf-serve: the BSF on the network: answers requests for GPIs by HTTP/2, from
 * fresh vectors of the HSS (step 402 of gba-push(7)).
 */
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/message.h"
#include "bsf/bsf_serve.h"
#include "pipe/confine.h"
#include "pipe/program.h"
#include "vectors/vectors.h"

static struct {
	const char *allow_file, *token_file;
	bool insecure;
	struct record bsf;
	struct grant grant;
	struct tokens tokens;
	struct bsf_options serve;
} arg = { .grant.max_lifetime = GRANT_LIFETIME };

static const struct opt opts[] = {
	{ "hss", 0, OPT_STRING, "HSS", &arg.serve.hss, 0, ALL_VERBS, ALL_VERBS,
	  "its store, gsup://HOST[:PORT][/NAME] or slf:FILE" },
	{ "bsf", 0, OPT_FIELD, "FQDN", &arg.bsf, KEY_BSF, ALL_VERBS, ALL_VERBS,
	  "the BSF's name, to which K_GPI is bound" },
	{ "listen", 0, OPT_STRING, "HOST:PORT", &arg.serve.listen, 0,
	  ALL_VERBS, ALL_VERBS, "where NAFs connect, or unix:PATH" },
	{ "cert", 0, OPT_STRING, "FILE", &arg.serve.tls.cert, 0, ALL_VERBS, 0,
	  "the server's certificate and its chain" },
	{ "key", 0, OPT_STRING, "FILE", &arg.serve.tls.key, 0, ALL_VERBS, 0,
	  "its private key" },
	{ "client-ca", 0, OPT_STRING, "FILE", &arg.serve.tls.client_ca, 0,
	  ALL_VERBS, 0, "who signs the certificates of NAFs" },
	{ "token-file", 0, OPT_STRING, "FILE", &arg.token_file, 0, ALL_VERBS,
	  0, "lines TOKEN FQDN: the bearer tokens of NAFs" },
	{ "insecure", 0, OPT_FLAG, NULL, &arg.insecure, 0, ALL_VERBS, 0,
	  "without TLS, on this machine alone" },
	{ "allow", 0, OPT_STRING, "FILE", &arg.allow_file, 0, ALL_VERBS, 0,
	  "which NAF may ask for which device" },
	{ "max-lifetime", 0, OPT_NUMBER, "S", &arg.grant.max_lifetime, 0,
	  ALL_VERBS, 0, "longest lifetime of a key (one day)" },
	{ "max-connections", 0, OPT_NUMBER, "N", &arg.serve.max_connections, 0,
	  ALL_VERBS, 0, "at most N connections (as descriptors allow)" },
	CONFINE_OPTS(ALL_VERBS),
};

/* ---- options ---- */

/* Whether what is sent to LISTEN stays on this machine. */
static bool
is_local(const char *listen)
{
	struct host_port p;

	if (strncmp(listen, "unix:", 5) == 0)
		return true;
	return address_read(listen, strlen(listen), "", &p) == OK &&
	    address_loopback(&p);
}

static enum status
check_plain(void)
{
	const struct tls_server_options *tls = &arg.serve.tls;

	if (tls->cert != NULL || tls->key != NULL || tls->client_ca != NULL)
		return fail(USAGE, "--insecure goes without --cert, --key and "
		    "--client-ca");
	if (!is_local(arg.serve.listen))
		return fail(USAGE, "--insecure: %s is no address of this "
		    "machine alone: 127.0.0.1, [::1] or unix:PATH",
		    arg.serve.listen);
	arg.serve.plain = true;
	return OK;
}

static enum status
check_tls(void)
{
	struct tls_server_options *tls = &arg.serve.tls;

	if (strncmp(arg.serve.listen, "unix:", 5) == 0)
		return fail(USAGE, "--listen: unix:PATH is without TLS; give "
		    "--insecure");
	if (tls->cert == NULL || tls->key == NULL)
		return fail(USAGE, "missing option: --%s FILE; or --insecure, "
		    "on this machine alone", tls->cert == NULL ? "cert" :
		    "key");
	if (tls->client_ca == NULL && arg.token_file == NULL)
		return fail(USAGE, "give --client-ca FILE, --token-file FILE "
		    "or both: who the NAFs are");
	tls->client_optional = arg.token_file != NULL;
	return OK;
}

static enum status
read_files(void)
{
	enum status status;

	arg.grant.bsf = arg.bsf.bsf.v;
	arg.grant.allows = arg.allow_file != NULL;
	if (arg.allow_file != NULL && (status = naf_policy_read(
	    &arg.grant.policy, arg.allow_file)) != OK)
		return status;
	if (arg.token_file == NULL)
		return OK;
	arg.serve.tokens = &arg.tokens;
	return tokens_read(&arg.tokens, arg.token_file);
}

static enum status
check(void)
{
	enum status status;

	if (strncmp(arg.serve.listen, "unix:", 5) != 0 &&
	    (status = address_valid(arg.serve.listen)) != OK)
		return fail_in(status, "--listen");
	status = arg.insecure ? check_plain() : check_tls();
	return status != OK ? status : read_files();
}

/* ---- the run ---- */

static void
say_listening(const char *at)
{
	warn("listening on %s", at);
}

static enum status
run(void)
{
	enum status status;

	clock_release();
	arg.serve.grant = &arg.grant;
	arg.serve.listening = say_listening;
	status = bsf_serve(&arg.serve);
	tokens_free(&arg.tokens);
	naf_policy_free(&arg.grant.policy);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct verb verb[] = { { "", "", "Answer requests for "
	    "GPIs by HTTP/2, as the BSF.", .run = run,
	    .manners = VERB_NO_OPERAND | VERB_NO_OUTPUT, .check = check } };
	static const struct program program = { "bsf-serve", "", verb, 1, opts,
	    COUNT(opts), .built_with = vectors_kinds };

	return program_main(&program, argc, argv);
}
