/* transports.c: the table of transports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/address.h"
#include "delivery/transports.h"
#include "sms/sms.h"
#include "transport/smpp/smpp_passwords.h"
#include "transport/tls_client.h"

#ifndef HAVE_COAP
const struct transport transport_coap = { .scheme = "coap://",
    .library = "libcoap" };
#endif

static const struct transport *const transports[] = {
	&transport_udp, &transport_tcp, &transport_unix, &transport_file,
	    &transport_coap,
	&transport_smpp, &transport_smpps, &transport_sms_pdu,
};

/* Why a URI is often none of these, by how it begins. */
static const struct {
	const char *begins, *hint;
} mistakes[] = {
	{ "sms:", "an SMSC or a modem sends short messages; use "
	    "smpp://[SYSTEM_ID@]HOST[:PORT] or sms-pdu:PATH" },
	{ "tel:", "a device with a number is sms:NUMBER, in its ue_trp" },
	{ "+", "a device with a number is sms:NUMBER, in its ue_trp" },
	{ "http:", "another program has to speak HTTP: gpi-push --to -" },
	{ "https:", "another program has to speak HTTP: gpi-push --to -" },
	{ "mqtt:", "another program has to speak MQTT: gpi-push --to -" },
	{ "mqtts:", "another program has to speak MQTT: gpi-push --to -" },
	{ "coaps:", "a GPI is protected without DTLS; use coap://" },
	{ "tls:", "a GPI is protected without TLS; use tcp://" },
	{ "/", "for a path use unix:PATH, file:PATH or sms-pdu:PATH" },
	{ "./", "for a path use unix:PATH, file:PATH or sms-pdu:PATH" },
	{ "../", "for a path use unix:PATH, file:PATH or sms-pdu:PATH" },
};

/* The transport of a URI whose // is missing, or not whole; and its REST. */
static const struct transport *
begun(const char *uri, const char **rest)
{
	size_t n = strcspn(uri, ":") + 1;

	for (size_t i = 0; i < COUNT(transports); i++)
		if (strncasecmp(uri, transports[i]->scheme, n) == 0) {
			*rest = uri + n + strspn(uri + n, "/");
			return transports[i];
		}
	return NULL;
}

/* Whether it is HOST:PORT. */
static bool
lacks_scheme(const char *uri)
{
	bool lacks = address_valid(uri) == OK;

	fail_said();
	return lacks;
}

static enum status
unknown(const char *uri)
{
	const char *rest;
	const struct transport *t = begun(uri, &rest);
	char forms[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < COUNT(mistakes); i++)
		if (strncasecmp(uri, mistakes[i].begins,
		    strlen(mistakes[i].begins)) == 0)
			return fail(USAGE, "'%s' is not a known transport; %s",
			    uri, mistakes[i].hint);
	if (t != NULL)
		return fail(USAGE, "'%s' is not a known transport; use %s%s",
		    uri, t->scheme, rest);
	if (lacks_scheme(uri))
		return fail(USAGE, "'%s' is not a known transport; put its "
		    "scheme before it, as udp://%s", uri, uri);
	for (size_t i = 0; i < COUNT(transports); i++)
		len += (size_t)snprintf(forms + len, sizeof(forms) - len,
		    "%s%s", i == 0 ? "" : i + 1 < COUNT(transports) ? ", " :
		    " or ", transports[i]->scheme);
	return fail(USAGE, "'%s' is not a known transport; use %s", uri, forms);
}

/* A scheme is the same in upper case (RFC 3986 clause 3.1). */
static enum status
find_scheme(const char *uri, const struct transport **transport,
    const char **where)
{
	const struct transport *t;
	size_t n;

	for (size_t i = 0; i < COUNT(transports); i++) {
		t = transports[i];
		n = strlen(t->scheme);
		if (strncasecmp(uri, t->scheme, n) != 0)
			continue;
		if (t->library != NULL)
			return fail(USAGE, "'%s': this program was built "
			    "without %s", uri, t->library);
		*transport = t;
		*where = uri + n;
		return OK;
	}
	return unknown(uri);
}

enum status
transport_prepare(struct transport_options *o)
{
	enum status status = OK;

	if (o->passwords != NULL)
		status = smpp_passwords_open(&o->known, o->passwords);
	if (status == OK && o->ca != NULL)
		status = tls_client_open(&o->tls, o->ca);
	return status;
}

void
transport_release(struct transport_options *o)
{
	smpp_passwords_close(o->known);
	tls_client_close(o->tls);
	o->known = NULL;
	o->tls = NULL;
}

enum status
transport_find(const char *uri, enum transport_use use,
    const struct transport **transport, char where[static TRANSPORT_WHERE_MAX])
{
	const char *raw;
	enum status status;

	if ((status = find_scheme(uri, transport, &raw)) != OK)
		return status;
	if (strlen(raw) >= TRANSPORT_WHERE_MAX)
		return fail(USAGE, "'%.40s...' has over %d characters", uri,
		    TRANSPORT_WHERE_MAX - 1);
	if ((*transport)->read != NULL)
		return (*transport)->read(raw, use, where);
	strcpy(where, raw);
	return (*transport)->valid(raw);
}

const char *
transport_sms_number(const char *uri)
{
	return strncasecmp(uri, "sms:", 4) == 0 ? uri + 4 : NULL;
}

enum status
transport_keep(const char *uri, char kept[static TRANSPORT_KEPT_MAX])
{
	const char *number = transport_sms_number(uri);
	char where[TRANSPORT_WHERE_MAX];
	const struct transport *t;
	enum status status;

	if (number != NULL && (status = sms_number_valid(number)) != OK)
		return fail_in(status, "sms");
	if (number == NULL && (status = transport_find(uri, USE_KEEP, &t,
	    where)) != OK)
		return status;
	snprintf(kept, TRANSPORT_KEPT_MAX, "%s%s", number != NULL ? "sms:" :
	    t->scheme, number != NULL ? number : where);
	return OK;
}

enum status
transport_listen(const char *uri, struct inbox *in,
    const struct transport_options *c)
{
	char one_form[TRANSPORT_WHERE_MAX];
	const struct transport *t;
	const char *where;
	enum status status = find_scheme(uri, &t, &where);

	if (status == OK && t->listen == NULL)
		status = fail(USAGE, "'%s': this transport can only send", uri);
	if (status == OK && t->read != NULL) {
		status = transport_find(uri, USE_LISTEN, &t, one_form);
		where = one_form;
	} else if (status == OK) {
		status = t->valid(where);
	}
	return status == OK ? t->listen(where, in, c) : status;
}

/* ---- sockets that somebody else opened ---- */

static enum status
adopt(int fd, struct inbox *in)
{
	enum status status = USAGE;

	for (size_t i = 0; i < COUNT(transports); i++)
		if (transports[i]->adopt != NULL &&
		    (status = transports[i]->adopt(fd, in)) != USAGE)
			return status;
	return fail(USAGE, "LISTEN_FDS: descriptor %d is no socket for this: "
	    "bound UDP, listening TCP or Unix datagram", fd);
}

/* sd_listen_fds(3) has the protocol: descriptors from 3 on. */
enum status
transport_adopt(struct inbox *in, size_t *count)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	enum status status = OK;
	long n = 0;

	if (pid != NULL && fds != NULL && strtol(pid, NULL, 10) == getpid())
		n = strtol(fds, NULL, 10);
	for (long fd = 3; status == OK && fd < 3 + n; fd++)
		status = adopt((int)fd, in);
	/* what this program starts, shall not take them for its own */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	*count = n > 0 ? (size_t)n : 0;
	return status;
}

const char *
transport_list(void)
{
	static char list[512];
	size_t len = (size_t)snprintf(list, sizeof(list), "transports:");
	const struct transport *t;

	for (size_t i = 0; i < COUNT(transports); i++) {
		t = transports[i];
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    t->library == NULL ? " %.*s" : " (%.*s: built without %s)",
		    (int)strcspn(t->scheme, ":"), t->scheme, t->library);
	}
	return list;
}
