/* smpp_uri.c: URIs of SMPP, and the passwords of whom they name. */
#include <stdio.h>
#include <string.h>

#include "base/lines.h"
#include "transport/smpp/smpp_uri.h"

#define PORT ":2775"
#define FORM "smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM]"

/* ---- URIs ---- */

size_t
smpp_uri_name(const char *where)
{
	return strcspn(where, "/?");
}

static bool
system_id_valid(const char *id, size_t len)
{
	if (len < 1 || len > 15)
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
	bool port = memchr(host, ':', len - (size_t)(host - where)) != NULL &&
	    where[len - 1] != ']';

	if ((at != NULL && !system_id_valid(where, id)) ||
	    memchr(host, '@', len - (size_t)(host - where)) != NULL ||
	    len + sizeof(PORT) > sizeof(u->address))
		return false;
	memcpy(u->system_id, where, id);
	snprintf(u->name, sizeof(u->name), "%.*s%s", (int)len, where,
	    port ? "" : PORT);
	strcpy(u->address, u->name + (host - where));
	return address_valid(u->address) == OK;
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
smpp_uri_split(const char *where, struct smpp_uri *u)
{
	size_t len = smpp_uri_name(where);
	const char *form = strchr(where, '?'), *number = where + len + 1;
	size_t end = strcspn(where, "?");
	enum status status = OK;

	memset(u, 0, sizeof(*u));
	if (password_in(where, len))
		return fail(USAGE, "smpp: put the password into the file of "
		    "--passwords, not into the URI");
	if (!split_name(where, len, u))
		return fail(USAGE, "'smpp://%s' is not " FORM, where);
	if (where[len] == '/')
		status = split_number(number, end - len - 1, u);
	if (status == OK)
		status = sms_params_parse(&u->form, form == NULL ? NULL :
		    form + 1);
	return status == OK ? OK : fail_in(status, "smpp");
}

/* ---- passwords ---- */

struct password {
	const char *name;	/* whose it is */
	char *out;
	bool found;
};

/* Whether NAME may be an SMSC's, with a port after the last @. */
static bool
name_valid(const char *name)
{
	const char *at = strchr(name, '@');

	return at != NULL && strchr(at, ':') != NULL;
}

/* NAME, blanks, PASSWORD; what begins with # is none. */
static enum status
take_password(void *arg, char *line)
{
	struct password *p = arg;
	char *word[2] = { NULL, NULL };
	size_t n = line_words(line, word, COUNT(word));

	if (n == 0 || word[0][0] == '#' || p->found)
		return OK;
	if (!name_valid(word[0]))
		return fail(REJECTED, "not understood; a line is "
		    "SYSTEM_ID@HOST:PORT PASSWORD");
	if (strcmp(word[0], p->name) != 0)
		return OK;
	p->found = true;
	if (n == 1)
		return OK;
	if (strlen(word[1]) > 8)
		return fail(REJECTED, "the password has %zu characters; 8 are "
		    "possible", strlen(word[1]));
	strcpy(p->out, word[1]);
	return OK;
}

enum status
smpp_uri_password(const char *passwords, const char *name, bool quiet,
    char password[static 9])
{
	struct password p = { name, password, false };

	password[0] = '\0';
	return passwords == NULL ? OK : lines_each(passwords, !quiet,
	    take_password, &p);
}
