/* smpp_uri.c: URIs of SMPP. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "transport/smpp/smpp_uri.h"

#define FORM "[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM]"

/* IANA: smpp, ssmpp; where the URI has none. */
static const char *const schemes[] = { "smpp://", "smpps://" };
static const char *const ports[] = { "2775", "3550" };

/* Whether PARAM, which may have a value, belongs to the session. */
static bool
of_session(const char *param)
{
	static const char *const names[] = { "system-type", "address-range",
	    "address-ton", "address-npi", "interface-version" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcspn(param, "=&") == strlen(names[i]) &&
		    strncmp(param, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

void
smpp_uri_name(const char *where, char name[static TRANSPORT_WHERE_MAX])
{
	size_t len = strcspn(where, "/?"), n;
	const char *param = where + strcspn(where, "?");
	char before = '?';

	assert(strlen(where) < TRANSPORT_WHERE_MAX);
	snprintf(name, TRANSPORT_WHERE_MAX, "%.*s", (int)len, where);
	for (; *param != '\0'; param += n) {
		param++;
		n = strcspn(param, "&");
		if (!of_session(param))
			continue;
		len += (size_t)snprintf(name + len, TRANSPORT_WHERE_MAX - len,
		    "%c%.*s", before, (int)n, param);
		before = '&';
	}
}

static bool
system_id_valid(const char *id, size_t len)
{
	if (len < 1 || len > SMPP_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (id[i] <= ' ' || id[i] > '~')
			return false;
	return true;
}

/* As other URIs have it: it would stand in reports, and in messages. */
static bool
password_in(const char *where, size_t len)
{
	const char *at = memchr(where, '@', len);

	return at != NULL && memchr(where, ':', (size_t)(at - where)) != NULL;
}

/* The LEN characters WHERE, which name the SMSC. */
static bool
split_name(const char *where, size_t len, struct smpp_uri *u)
{
	const char *at = memchr(where, '@', len);
	size_t id = at == NULL ? 0 : (size_t)(at - where);
	const char *host = at == NULL ? where : at + 1;
	struct host_port p;

	if ((at != NULL && !system_id_valid(where, id)) || address_read(host,
	    len - (size_t)(host - where), ports[u->secure], &p) != OK)
		return false;
	memcpy(u->system_id, where, id);
	address_put(&p, u->address);
	snprintf(u->name, sizeof(u->name), "%s%s%s", u->system_id,
	    at == NULL ? "" : "@", u->address);
	snprintf(u->uri, sizeof(u->uri), "%s%s", schemes[u->secure], u->name);
	return true;
}

static enum status
split_number(const char *number, size_t len, struct smpp_uri *u)
{
	snprintf(u->number, sizeof(u->number), "%.*s", (int)len, number);
	if (len < sizeof(u->number))
		return sms_number_valid(u->number);
	return fail(USAGE, "the number has %zu characters; %d are possible",
	    len, SMS_NUMBER_MAX);
}

enum status
smpp_uri_split(const char *where, bool secure, struct smpp_uri *u)
{
	size_t len = strcspn(where, "/?");
	const char *form = strchr(where, '?'), *number = where + len + 1;
	size_t end = strcspn(where, "?");
	enum status status = OK;

	*u = (struct smpp_uri){ .secure = secure };
	if (password_in(where, len))
		return fail(USAGE, "smpp: put the password into the file of "
		    "--passwords, not into the URI");
	if (!split_name(where, len, u))
		return fail(USAGE, "'%s%s' is not %s" FORM, schemes[secure],
		    where, schemes[secure]);
	if (where[len] == '/' && end > len + 1)
		status = split_number(number, end - len - 1, u);
	if (status == OK)
		status = sms_params_parse(&u->form, form == NULL ? NULL :
		    form + 1);
	return status == OK ? OK : fail_in(status, "smpp");
}
