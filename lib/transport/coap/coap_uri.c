/* coap_uri.c: URIs of CoAP. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "transport/coap/coap_uri.h"

/* ---- paths ---- */

/* RFC 3986 clause 3.3: what stands for itself in a segment. */
static bool
stands_for_itself(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' &&
	    strchr("-._~!$&'()*+,;=:@", c) != NULL);
}

/*
 * The segment of LEN characters, whose escapes are good, in its one form, to
 * OUT, which has room for it.  Returns its length.
 */
static size_t
put_segment(char *out, const char *segment, size_t len)
{
	size_t n = 0;
	uint8_t c;

	for (size_t i = 0; i < len; i++) {
		c = (uint8_t)segment[i];
		if (c == '%') {
			(void)hex_decode(&c, 1, segment + i + 1, 2);
			i += 2;
		}
		if (stands_for_itself((char)c))
			out[n++] = (char)c;
		else
			n += (size_t)sprintf(out + n, "%%%02X", c);
	}
	return n;
}

/*
 * The path of LEN characters, which begins with a slash or is empty, without
 * its dots (RFC 3986 clause 5.2.4); false where it is too long.
 */
static bool
put_path(char out[static COAP_PATH_MAX], const char *path, size_t len)
{
	size_t n = 0, at, next, segment;
	bool dot = false, dots = false;

	out[0] = '\0';
	for (at = 0; at < len; at = next) {
		for (next = at + 1; next < len && path[next] != '/';)
			next++;
		if (n + 2 + 3 * (next - at) > COAP_PATH_MAX)
			return false;
		out[n] = '/';
		segment = put_segment(out + n + 1, path + at + 1,
		    next - at - 1);
		dot = segment == 1 && out[n + 1] == '.';
		dots = segment == 2 && memcmp(out + n + 1, "..", 2) == 0;
		while (dots && n > 0 && out[--n] != '/')
			;
		if (!dot && !dots)
			n += 1 + segment;
	}
	/* a last segment of dots leaves its slash */
	if (dot || dots)
		out[n++] = '/';
	out[n] = '\0';
	memmove(out, out + (n > 0), n + (n == 0));
	return true;
}

/* ---- URIs ---- */

/* RFC 3986: what may stand in a path or query. */
static bool
characters_valid(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("#\"<>[\\]^`{|}", *s) ||
		    (*s == '%' && (!isxdigit((unsigned char)s[1]) ||
		    !isxdigit((unsigned char)s[2]))))
			return false;
	return true;
}

static enum status
no_uri(const char *where, const char *why)
{
	return fail(USAGE, "'coap://%s' is not coap://HOST[:PORT][/PATH]: %s",
	    where, why);
}

enum status
coap_uri_split(const char *where, struct coap_uri *u)
{
	size_t host = strcspn(where, "/?#");
	size_t end = host + strcspn(where + host, "?");
	enum status status;

	if ((status = address_read(where, host, "5683", &u->at)) != OK)
		return fail_in(status, "coap");
	if (strchr(where + host, '#') != NULL)
		return no_uri(where, "CoAP has no fragments");
	if (!characters_valid(where + host))
		return no_uri(where, "there are characters that a URI has only "
		    "as %XX");
	if (!put_path(u->path, where + host, end - host))
		return no_uri(where, "it is too long");
	if (u->path[0] == '\0')
		strcpy(u->path, "gpi");
	u->query = where[end] == '?' ? where + end + 1 : "";
	address_put(&u->at, u->address);
	return OK;
}

/* What is kept, others read as a URI, too: a zone stands behind %25 there. */
enum status
coap_uri_read(const char *where, enum transport_use use,
    char out[static TRANSPORT_WHERE_MAX])
{
	struct coap_uri u;
	enum status status;

	if ((status = coap_uri_split(where, &u)) != OK ||
	    (status = transport_host_valid(&u.at, use)) != OK)
		return status;
	if (use == USE_KEEP && u.at.zone[0] != '\0' &&
	    strncmp(strchr(where, '%'), "%25", 3) != 0)
		return no_uri(where, "write % before a zone as %25");
	strcpy(out, where);
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

/* Each part that SPLIT finds in TEXT is an option. */
static bool
add_parts(coap_pdu_t *pdu, coap_option_num_t number, const char *text,
    int split(const uint8_t *, size_t, unsigned char *, size_t *))
{
	uint8_t parts[2 * COAP_PATH_MAX];
	const coap_opt_t *o = parts;
	size_t room = sizeof(parts);
	int n = text[0] == '\0' ? 0 : split((const uint8_t *)text,
	    strlen(text), parts, &room);
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
	const char *host = u->at.host;

	/* clause 6.4: the host is said where it is a name */
	return (u->at.family != 0 || coap_add_option(pdu, COAP_OPTION_URI_HOST,
	    strlen(host), (const uint8_t *)host) > 0) &&
	    add_parts(pdu, COAP_OPTION_URI_PATH, u->path, coap_split_path) &&
	    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &cbor) > 0 &&
	    add_parts(pdu, COAP_OPTION_URI_QUERY, u->query, coap_split_query);
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
