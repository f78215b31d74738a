/* resolve.c: the addresses of a name, looked up off the loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/resolve.h"
#include "base/uv.h"

/* It stays until libuv has done with it, whether it is wanted or not. */
struct request {
	uv_getaddrinfo_t uv;
	struct resolve *owner;		/* NULL: given up */
	char where[WHERE_MAX];
};

static void
copy(const struct addrinfo *list, struct addresses *to)
{
	for (; list != NULL && to->count < ADDRESSES_MAX;
	    list = list->ai_next) {
		struct address *a = &to->v[to->count];

		if (list->ai_addrlen > sizeof(a->storage))
			continue;
		a->len = list->ai_addrlen;
		memcpy(&a->storage, list->ai_addr, a->len);
		to->count++;
	}
}

static void
answered(uv_getaddrinfo_t *uv, int e, struct addrinfo *list)
{
	struct request *request = (struct request *)uv;
	struct resolve *r = request->owner;
	struct addresses found = { 0 };
	enum status status = OK;

	loop_ended();
	if (e == 0)
		copy(list, &found);
	uv_freeaddrinfo(list);
	if (r != NULL && found.count == 0)
		status = fail(FAILED, "%s: %s", request->where, e == 0 ?
		    "no address" : uv_strerror(e));
	free(request);
	if (r == NULL)
		return;
	r->request = NULL;
	loop_enter();
	r->done(r->arg, status, &found);
	loop_leave();
}

static enum status
ask(struct resolve *r, const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct request *request;
	struct host_port p;
	enum status status;
	int e;

	if ((status = address_read(where, strlen(where), "", &p)) != OK)
		return status;
	if ((status = address_known(&p)) != OK)
		return fail_in(status, "%s", where);
	if ((request = calloc(1, sizeof(*request))) == NULL)
		return fail(FAILED, "%s: no memory", where);
	snprintf(request->where, sizeof(request->where), "%s", where);
	request->owner = r;
	e = uv_getaddrinfo(loop_uv(), &request->uv, answered, p.host, p.port,
	    &hints);
	if (e == 0) {
		loop_begun();
		r->request = request;
		return OK;
	}
	free(request);
	return fail(FAILED, "%s: %s", where, uv_strerror(e));
}

void
resolve_start(struct resolve *r, const char *where)
{
	struct addresses one = { .count = 1 };
	enum status status;

	r->request = NULL;
	if (address_numeric(where, &one.v[0]))
		r->done(r->arg, OK, &one);
	else if ((status = ask(r, where)) != OK)
		r->done(r->arg, status, &one);
}

void
resolve_stop(struct resolve *r)
{
	if (r->request == NULL)
		return;
	r->request->owner = NULL;
	uv_cancel((uv_req_t *)&r->request->uv);
	r->request = NULL;
}

/* ---- for who can wait ---- */

struct wait {
	struct addresses *found;
	enum status status;
	bool over;
};

static void
waited(void *arg, enum status status, const struct addresses *found)
{
	struct wait *wait = arg;

	wait->status = status;
	wait->over = true;
	if (status == OK)
		*wait->found = *found;
}

enum status
resolve_wait(const char *where, struct addresses *found)
{
	struct wait wait = { .found = found };
	struct resolve r = { .done = waited, .arg = &wait };

	resolve_start(&r, where);
	while (!wait.over)
		if (loop_wait(-1, LOOP_NEVER) == LOOP_SIGNAL)
			break;
	if (wait.over)
		return wait.status;
	resolve_stop(&r);
	return fail(FAILED, "%s: stopped by a signal", where);
}
