/* transport.c: how a delivery ends; what URIs have in common. */
#include <stdio.h>
#include <string.h>

#include "transport/transport.h"

void
delivery_end(struct delivery *d, enum state state,
    const struct outcome *outcome)
{
	static const struct outcome good = { .status = OK };

	d->end(d, state, outcome == NULL ? &good : outcome);
}

void
delivery_came_to(struct delivery *d, enum state state, enum status status)
{
	struct outcome outcome;

	if (status == OK) {
		delivery_end(d, state, NULL);
		return;
	}
	outcome = outcome_of(status);
	delivery_end(d, STATE_FAILED, &outcome);
}

void
transport_name_all(const char *where, char name[static TRANSPORT_WHERE_MAX])
{
	snprintf(name, TRANSPORT_WHERE_MAX, "%s", where);
}

/* ---- URIs ---- */

/* 0.0.0.0 and [::]: every address of this machine, of others none. */
static bool
is_any(const struct host_port *p)
{
	static const uint8_t any[sizeof(p->v)];

	return p->family != 0 && memcmp(p->v, any, p->family == AF_INET ? 4 :
	    16) == 0;
}

enum status
transport_host_valid(const struct host_port *p, enum transport_use use)
{
	if (use != USE_LISTEN && p->number == 0)
		return fail(USAGE, "port 0 is only for listening");
	if (use == USE_KEEP && is_any(p))
		return fail(USAGE, "%s is only for listening", p->host);
	return use == USE_KEEP ? address_known(p) : OK;
}

/* RFC 3986: an empty path is the same as `/', and there can be no other. */
enum status
transport_read_address(const char *where, enum transport_use use,
    char out[static TRANSPORT_WHERE_MAX])
{
	size_t len = strcspn(where, "/?#");
	enum status status;
	struct host_port p;

	if (strcmp(where + len, "/") != 0 && where[len] != '\0' &&
	    memchr(where, '@', len) == NULL)
		return fail(USAGE, "'%s' is not HOST:PORT: nothing may follow "
		    "it, such as '%s'", where, where + len);
	if ((status = address_read(where, len, "", &p)) != OK ||
	    (status = transport_host_valid(&p, use)) != OK)
		return status;
	address_put(&p, out);
	return OK;
}

/* RFC 8089: `//' begins a host, which is empty in ///PATH. */
enum status
transport_path_valid(const char *scheme, const char *path)
{
	if (path[0] == '\0')
		return fail(USAGE, "%s the path is missing", scheme);
	if (path[0] == '/' && path[1] == '/' && path[2] != '/')
		return fail(USAGE, "'%s%s' names a host; write %s/PATH",
		    scheme, path, scheme);
	return OK;
}
