/*
 * uri.c: fuzzes where a GPI may go: URIs of every transport, and what stands
 * in them.
 */
#include <string.h>

#include "delivery/transports.h"
#include "sms/sms.h"
#include "transport/coap/coap_uri.h"
#include "transport/smpp/smpp_uri.h"
#include "fuzz.h"

static void
at_smpp(const char *where, bool valid)
{
	struct smpp_uri u, smsc;
	size_t name = smpp_uri_name(where);

	expect(name <= strlen(where));
	expect((smpp_uri_split(where, &u) == OK) == valid);
	if (!valid)
		return;
	expect(memchr(u.name, '\0', sizeof(u.name)) != NULL);
	expect(address_valid(u.address) == OK);
	/* the name of the SMSC is a URI of the same SMSC */
	expect(smpp_uri_split(u.name, &smsc) == OK);
}

static void
at_coap(const char *where, bool valid)
{
	struct coap_uri u;

	expect((coap_uri_split(where, &u) == OK) == valid);
	if (valid)
		expect(address_valid(u.address) == OK);
}

static void
at_address(const char *where)
{
	char host[HOST_MAX + 1], text[ADDRESS_TEXT_MAX];
	struct sockaddr_un sun = { 0 };
	struct address a;
	const char *port;
	enum status status = address_split(where, host, &port);

	expect(status == OK || status == USAGE);
	if (status == OK)
		expect(strlen(host) <= HOST_MAX && port >= where &&
		    port <= where + strlen(where));
	if (address_numeric(where, &a))
		expect(status == OK && a.len <= sizeof(a.storage));
	if (address_unix(where, &sun) != OK)
		return;
	address_text((struct sockaddr *)&sun, sizeof(sun), text);
	expect(strncmp(text, where, strlen(text)) == 0);
}

static void
params(const char *text)
{
	struct sms_params f;
	enum status status = sms_params_parse(&f, text);

	expect(status == OK || status == USAGE);
	if (status != OK)
		return;
	expect(f.from[0] == '\0' || sms_number_valid(f.from) == OK);
	expect(f.to[0] == '\0' || sms_number_valid(f.to) == OK);
	expect(!f.wap || wap_app_id_valid(f.app_id) == OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	const struct transport *t;
	const char *where;
	char *uri = malloc(len + 1);
	enum status status;

	memcpy(uri, in, len);
	uri[len] = '\0';
	params(uri);
	at_address(uri);
	status = transport_find(uri, &t, &where);
	expect(status == OK || status == USAGE);
	if (status == OK) {
		expect(where >= uri && where <= uri + len);
		if (t->name != NULL)
			expect(t->name(where) <= strlen(where));
		status = t->valid(where);
		expect(status == OK || status == USAGE);
		if (t == &transport_smpp)
			at_smpp(where, status == OK);
		if (t == &transport_coap)
			at_coap(where, status == OK);
	}
	free(uri);
	return 0;
}
