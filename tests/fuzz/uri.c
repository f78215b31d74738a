/*
 * uri.c: fuzzes where a GPI may go: URIs of every transport, and what stands
 * in them.  What is read is put into its one form, which reads the same.
 */
#include <string.h>

#include "delivery/transports.h"
#include "sms/sms.h"
#include "fuzz.h"

static void
host_port(const char *where)
{
	struct host_port at, again;
	char text[WHERE_MAX], same[WHERE_MAX];
	struct address a;
	enum status status = address_read(where, strlen(where), "7", &at);

	expect(status == OK || status == USAGE);
	if (status != OK)
		return;
	address_put(&at, text);
	expect(address_valid(text) == OK);
	expect(address_read(text, strlen(text), "", &again) == OK);
	address_put(&again, same);
	expect(strcmp(text, same) == 0);
	if (address_of(&at, &a))
		expect(a.len <= sizeof(a.storage));
}

static void
path(const char *where)
{
	char text[ADDRESS_TEXT_MAX];
	struct sockaddr_un sun = { 0 };

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

static void
transport(const char *uri, enum transport_use use)
{
	char where[TRANSPORT_WHERE_MAX], same[TRANSPORT_WHERE_MAX];
	char again[TRANSPORT_KEPT_MAX];
	const struct transport *t, *other;
	enum status status = transport_find(uri, use, &t, where);

	expect(status == OK || status == USAGE ||
	    (status == FAILED && use == USE_KEEP));
	if (status != OK)
		return;
	expect(strlen(where) < sizeof(where));
	snprintf(again, sizeof(again), "%s%s", t->scheme, where);
	expect(transport_find(again, use, &other, same) == OK);
	expect(other == t && strcmp(where, same) == 0);
	if (t->name == NULL)
		return;
	t->name(where, same);
	expect(strlen(same) <= strlen(where));
}

static void
kept(const char *uri)
{
	char text[TRANSPORT_KEPT_MAX], same[TRANSPORT_KEPT_MAX];

	if (transport_keep(uri, text) != OK)
		return;
	expect(transport_keep(text, same) == OK);
	expect(strcmp(text, same) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	char *uri = malloc(len + 1);

	memcpy(uri, in, len);
	uri[len] = '\0';
	params(uri);
	host_port(uri);
	path(uri);
	for (int use = USE_SEND; use <= USE_KEEP; use++)
		transport(uri, (enum transport_use)use);
	kept(uri);
	free(uri);
	return 0;
}
