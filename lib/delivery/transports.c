/* transports.c: the table of transports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delivery/transports.h"
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

static enum status
unknown(const char *uri)
{
	char forms[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < COUNT(transports); i++)
		len += (size_t)snprintf(forms + len, sizeof(forms) - len,
		    "%s%s", i == 0 ? "" : i + 1 < COUNT(transports) ? ", " :
		    " or ", transports[i]->scheme);
	return fail(USAGE, "'%s' is not a known transport; use %s", uri, forms);
}

enum status
transport_find(const char *uri, const struct transport **transport,
    const char **where)
{
	const struct transport *t;
	size_t n;

	for (size_t i = 0; i < COUNT(transports); i++) {
		t = transports[i];
		n = strlen(t->scheme);
		if (strncmp(uri, t->scheme, n) != 0)
			continue;
		if (t->library != NULL)
			return fail(USAGE, "'%s': this program was built "
			    "without %s", uri, t->library);
		*transport = t;
		*where = uri + n;
		return t->valid(*where);
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
transport_listen(const char *uri, struct inbox *in,
    const struct transport_options *c)
{
	const struct transport *t;
	const char *where;
	enum status status = transport_find(uri, &t, &where);

	if (status == OK && t->listen == NULL)
		status = fail(USAGE, "'%s': this transport can only send", uri);
	if (status != OK)
		return status;
	return t->listen(where, in, c);
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
