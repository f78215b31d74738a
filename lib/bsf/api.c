/* api.c: the one operation of the BSF. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bsf/api.h"

#define BOOTSTRAPPING_PATH "/nbsp-gba/v1/bootstrapping-info-retrieval"
#define JSON "application/json"

/* ---- HTTP ---- */

static unsigned
check_path(const struct http2_request *r)
{
	if (strcmp(r->path, PUSH_INFO_PATH) == 0)
		return 0;
	if (strcmp(r->path, BOOTSTRAPPING_PATH) == 0) {
		fail_because("this BSF answers GBA Push alone");
		return 501;
	}
	fail_because("no such resource; there is " PUSH_INFO_PATH);
	return 404;
}

static unsigned
check_method(const struct http2_request *r)
{
	if (strcmp(r->method, "POST") == 0)
		return 0;
	fail_because("method: found %.15s, expected POST", r->method);
	return 405;
}

/* What is wrong with the form of a request whose path and method are right. */
static unsigned
check_form(const struct http2_request *r)
{
	static const struct { unsigned code; const char *text; } forms[] = {
		{ 411, "the request has no content-length" },
		{ 413, "the body is longer than 16384 octets" },
		{ 415, "content-type: expected " JSON },
		{ 431, "the headers are longer than 8192 octets" },
	};
	size_t n = strlen(JSON);
	unsigned code = r->wrong != 0 ? r->wrong : !r->has_length ? 411 :
	    strncasecmp(r->type, JSON, n) != 0 || (r->type[n] != '\0' &&
	    strchr("; \t", r->type[n]) == NULL) ? 415 : 0;

	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].code == code)
			fail_because("%s", forms[i].text);
	return code;
}

/* ---- who asks ---- */

struct naf {
	const char *token;	/* the name that its token has, or NULL */
	const char *names;	/* those of its certificate, or NULL */
};

/* A token says more than a connection, which a proxy may have made. */
static unsigned
find_naf(const struct api *api, const char *names,
    const struct http2_request *r, struct naf *naf)
{
	*naf = (struct naf){ NULL, names };
	if (api->tokens != NULL && r->authorization[0] != '\0') {
		naf->token = tokens_find(api->tokens, r->authorization,
		    strlen(r->authorization));
		if (naf->token != NULL)
			return 0;
		fail_because("authorization: no such token");
		return 401;
	}
	if (names != NULL || api->trusts)
		return 0;
	fail_because("authorization: expected a bearer token");
	return 401;
}

static unsigned
check_naf(const struct api *api, const struct naf *naf,
    const struct record *request)
{
	char fqdn[FQDN_MAX + 1];
	bool same;

	record_naf_fqdn(request, fqdn);
	same = naf->token != NULL ? strcmp(naf->token, fqdn) == 0 :
	    naf->names != NULL ? tls_server_is(naf->names, fqdn) : api->trusts;
	if (same)
		return 0;
	if (naf->token != NULL)
		fail_because("naf_id: found %s, expected %s of the token",
		    fqdn, naf->token);
	else
		fail_because("naf_id: found %s, expected a name of the "
		    "client's certificate", fqdn);
	return 403;
}

unsigned
api_read(const struct api *api, const char *names,
    const struct http2_request *r, struct record *request,
    struct push_info_asked *asked, struct push_info_problem *problem)
{
	struct naf naf;
	uint64_t key_lt;
	unsigned code;

	*problem = (struct push_info_problem){ NULL, "" };
	if ((code = check_path(r)) != 0 || (code = check_method(r)) != 0 ||
	    (code = check_form(r)) != 0 ||
	    (code = find_naf(api, names, r, &naf)) != 0)
		return code;
	if (push_info_read_request(request, asked, problem, (char *)r->body,
	    r->body_len) != OK)
		return 400;
	if ((code = check_naf(api, &naf, request)) != 0)
		return code;
	if (grant_naf(api->grant, request) != OK)
		return 403;
	return grant_lifetime(api->grant, request, &key_lt) == OK ? 0 : 400;
}

/* ---- answers ---- */

enum status
api_refuse(struct http2_request *r, unsigned code, const char *detail,
    const struct push_info_problem *problem)
{
	static const struct { unsigned code; const char *name, *value; }
	headers[] = {
		{ 401, "www-authenticate", "Bearer" }, { 405, "allow", "POST" },
		{ 429, "retry-after", "1" }, { 503, "retry-after", "1" }
	};
	struct http2_answer a = { .code = code,
	    .type = "application/problem+json" };
	char out[PUSH_INFO_ROOM];

	for (size_t i = 0; i < COUNT(headers); i++)
		if (headers[i].code == code) {
			a.name = headers[i].name;
			a.value = headers[i].value;
		}
	a.len = push_info_write_problem(code, detail, problem, out);
	if ((a.body = malloc(a.len)) == NULL)
		return fail(FAILED, "response: no memory");
	memcpy(a.body, out, a.len);
	return http2_answer(r, &a);
}

/* A response has keys, which no cache is to keep. */
enum status
api_answer(struct http2_request *r, char *json, size_t len)
{
	return http2_answer(r, &(struct http2_answer){ .code = 200,
	    .name = "cache-control", .value = "no-store", .type = JSON,
	    .body = json, .len = len });
}
