/* coap_uri.c: URIs of CoAP. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "transport/coap/coap_uri.h"

/* RFC 3986: what may stand in a URI; of a fragment CoAP knows nothing. */
static bool
characters_valid(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("#\"<>\\^`{|}", *s) ||
		    (*s == '%' && (!isxdigit((unsigned char)s[1]) ||
		    !isxdigit((unsigned char)s[2]))))
			return false;
	return true;
}

/* HOST:PORT of URI; false where it is too long, or no host. */
static bool
put_address(const coap_uri_t *uri, char *address, size_t max)
{
	const char *host = (const char *)uri->host.s;
	size_t len = uri->host.length;
	int n = snprintf(address, max, memchr(host, ':', len) != NULL ?
	    "[%.*s]:%u" : "%.*s:%u", (int)len, host, (unsigned)uri->port);

	return n > 0 && (size_t)n < max && memchr(host, '@', len) == NULL &&
	    address_valid(address) == OK;
}

enum status
coap_uri_split(const char *where, struct coap_uri *u)
{
	static const coap_str_const_t path = { 3, (const uint8_t *)"gpi" };
	int host = (int)strcspn(where, "/?");
	size_t n;

	memset(u, 0, sizeof(*u));
	/* coap_split_uri() finds a query only behind a path */
	n = (size_t)snprintf(u->text, sizeof(u->text), "coap://%.*s%s%s", host,
	    where, where[host] == '?' ? "/" : "", where + host);
	if (n >= sizeof(u->text) || !characters_valid(where) ||
	    coap_split_uri((const uint8_t *)u->text, n, &u->parts) != 0 ||
	    !put_address(&u->parts, u->address, sizeof(u->address)))
		return fail(USAGE, "'coap://%s' is not "
		    "coap://HOST[:PORT][/PATH]", where);
	if (u->parts.path.length == 0)
		u->parts.path = path;
	return OK;
}

coap_address_t
coap_uri_address(const struct address *a)
{
	coap_address_t at;

	memset(&at, 0, sizeof(at));	/* it is a key of tables, too */
	at.size = a->len;
	memcpy(&at.addr, &a->storage, a->len);
	return at;
}

/* ---- options, by ascending number ---- */

/* Clause 6.4: the host is said where it is a name. */
static bool
add_host(const coap_str_const_t *host, coap_pdu_t *pdu)
{
	char name[256];
	struct in_addr in;

	if (host->length >= sizeof(name))
		return false;
	for (size_t i = 0; i < host->length; i++)
		name[i] = (char)tolower(host->s[i]);
	name[host->length] = '\0';
	return strchr(name, ':') != NULL ||
	    inet_pton(AF_INET, name, &in) == 1 ||
	    coap_add_option(pdu, COAP_OPTION_URI_HOST, host->length,
	    (const uint8_t *)name) > 0;
}

/* Each part that SPLIT finds in TEXT is an option. */
static bool
add_parts(coap_pdu_t *pdu, coap_option_num_t number,
    const coap_str_const_t *text,
    int split(const uint8_t *, size_t, unsigned char *, size_t *))
{
	uint8_t parts[1024];
	const coap_opt_t *o = parts;
	size_t room = sizeof(parts);
	int n = text->length == 0 ? 0 : split(text->s, text->length, parts,
	    &room);
	bool good = n >= 0;

	for (; n > 0 && good; n--) {
		good = coap_add_option(pdu, number, coap_opt_length(o),
		    coap_opt_value(o)) > 0;
		o += coap_opt_size(o);
	}
	return good;
}

bool
coap_uri_add(const struct coap_uri *u, coap_pdu_t *pdu)
{
	static const uint8_t cbor = COAP_MEDIATYPE_APPLICATION_CBOR;

	return add_host(&u->parts.host, pdu) &&
	    add_parts(pdu, COAP_OPTION_URI_PATH, &u->parts.path,
	    coap_split_path) &&
	    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &cbor) > 0 &&
	    add_parts(pdu, COAP_OPTION_URI_QUERY, &u->parts.query,
	    coap_split_query);
}

/* ---- libcoap ---- */

static void
say_nothing(coap_log_t level, const char *message)
{
	(void)level;
	(void)message;
}

void
coap_uri_quiet(void)
{
	coap_startup();
	coap_set_log_level(LOG_EMERG);
	coap_set_log_handler(say_nothing);
}
