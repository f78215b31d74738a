/* coap_uri.c: URIs of CoAP. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/resolve.h"
#include "transport/coap/coap_uri.h"

#define PORT ":5683"
#define PATH "gpi"

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

enum status
coap_uri_split(const char *where, struct coap_uri *u)
{
	size_t host = strcspn(where, "/?");
	bool port = memchr(where, ':', host) != NULL &&
	    where[host - 1] != ']';
	size_t n;

	memset(u, 0, sizeof(*u));
	n = (size_t)snprintf(u->address, sizeof(u->address), "%.*s%s",
	    (int)host, where, port ? "" : PORT);
	u->path = where + host + (where[host] == '/');
	u->path_len = strcspn(u->path, "?");
	u->query = u->path + u->path_len;
	u->query += *u->query == '?';
	u->query_len = strlen(u->query);
	if (u->path_len == 0) {
		u->path = PATH;
		u->path_len = strlen(PATH);
	}
	if (n < sizeof(u->address) && characters_valid(where) &&
	    memchr(where, '@', host) == NULL && address_valid(u->address) == OK)
		return OK;
	return fail(USAGE, "found coap://%s, expected coap://HOST[:PORT]"
	    "[/PATH]", where);
}

enum status
coap_uri_find(const struct coap_uri *u, coap_address_t *at)
{
	struct addresses found;
	enum status status = resolve_wait(u->address, &found);

	if (status != OK)
		return status;
	coap_address_init(at);
	at->size = found.v[0].len;
	memcpy(&at->addr, &found.v[0].storage, found.v[0].len);
	return OK;
}

/* ---- options, by ascending number ---- */

/* Clause 6.4: the host is said where it is a name. */
static bool
add_host(const char *address, coap_pdu_t *pdu)
{
	size_t len = (size_t)(strrchr(address, ':') - address);
	struct in_addr in;
	char host[256];

	if (len >= sizeof(host))
		return false;
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)address[i]);
	host[len] = '\0';
	return host[0] == '[' || inet_pton(AF_INET, host, &in) == 1 ||
	    coap_add_option(pdu, COAP_OPTION_URI_HOST, len,
	    (const uint8_t *)host) > 0;
}

/* Each part that SPLIT finds in LEN characters S is an option. */
static bool
add_parts(coap_pdu_t *pdu, coap_option_num_t number, const char *s, size_t len,
    int split(const uint8_t *, size_t, unsigned char *, size_t *))
{
	uint8_t parts[1024];
	const coap_opt_t *o = parts;
	size_t room = sizeof(parts);
	int n = len == 0 ? 0 : split((const uint8_t *)s, len, parts, &room);
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

	return add_host(u->address, pdu) &&
	    add_parts(pdu, COAP_OPTION_URI_PATH, u->path, u->path_len,
	    coap_split_path) &&
	    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &cbor) > 0 &&
	    add_parts(pdu, COAP_OPTION_URI_QUERY, u->query, u->query_len,
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
