/* smpp_uri.c: URIs of SMPP, and the passwords of whom they name. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "transport/smpp/smpp_uri.h"

#define PORT ":2775"
#define FORM "smpp://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM]"
#define PASSWORDS_ROOM 65536

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
	return fail(USAGE, "number: found %zu characters, expected at most %d",
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
		return fail(USAGE, "smpp: found a password in the URI, "
		    "expected it in the file of --passwords");
	if (!split_name(where, len, u))
		return fail(USAGE, "found smpp://%s, expected " FORM, where);
	if (where[len] == '/')
		status = split_number(number, end - len - 1, u);
	if (status == OK)
		status = sms_params_parse(&u->form, form == NULL ? NULL :
		    form + 1);
	return status == OK ? OK : fail_in(status, "smpp");
}

/* ---- passwords ---- */

/* The second word of LINE, LEN characters; what begins with # is none. */
static enum status
take_password(const char *line, size_t len, const char *file, unsigned number,
    char password[static 9])
{
	size_t n;

	n = strspn(line, " \t");
	line += n;
	len -= n;
	n = strcspn(line, " \t\r\n");
	n = n < len ? n : len;
	if (n > 8)
		return fail(REJECTED, "%s: line %u: found a password of %zu "
		    "characters, expected at most 8", file, number, n);
	memcpy(password, line, n);
	password[n] = '\0';
	return OK;
}

/* Empty, a comment, or begun by an SMSC's whole name. */
static bool
line_valid(const char *line, size_t len)
{
	size_t n = strcspn(line, " \t\r\n");
	const char *at = memchr(line, '@', n);

	return len == 0 || n == 0 || line[0] == '#' || (at != NULL &&
	    memchr(at, ':', n - (size_t)(at - line)) != NULL);
}

static enum status
find_password(const char *text, const char *file, const char *name,
    char password[static 9])
{
	size_t n = strlen(name), len;
	unsigned number = 1;

	for (const char *line = text; *line != '\0'; number++) {
		len = strcspn(line, "\n");
		if (!line_valid(line, len))
			return fail(REJECTED, "%s: line %u: found no "
			    "SYSTEM_ID@HOST:PORT, expected it and a password",
			    file, number);
		if (strncmp(line, name, n) == 0 &&
		    (line[n] == ' ' || line[n] == '\t'))
			return take_password(line + n, len - n, file, number,
			    password);
		line += len + (line[len] == '\n');
	}
	return OK;
}

enum status
smpp_uri_password(const char *passwords, const char *name, bool quiet,
    char password[static 9])
{
	char text[PASSWORDS_ROOM];
	enum status status;
	size_t len = 0;

	password[0] = '\0';
	if (passwords == NULL)
		return OK;
	status = file_read(passwords, !quiet, text, sizeof(text), &len);
	if (status == OK)
		status = find_password(text, passwords, name, password);
	wipe(text, sizeof(text));
	return status;
}
