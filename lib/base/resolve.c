/* resolve.c: the addresses of a name, looked up off the loop. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/loop.h"
#include "base/resolve.h"
#include "base/uv.h"

/* It stays until libuv has done with it, whether it is wanted or not. */
struct request {
	uv_getaddrinfo_t uv;
	struct watch watch;		/* of the helper's answer, instead */
	struct resolve *owner;		/* NULL: given up */
};

static const char *
error_text(int e)
{
	return e == 0 ? "no address" :
	    e == UV_EAI_NONAME || e == UV_EAI_NODATA ? "no such host" :
	    uv_strerror(e);
}

/* REQUEST, which is freed, found that, or the error E. */
static void
conclude(struct request *request, int e, const struct addresses *found)
{
	struct resolve *r = request->owner;
	enum status status = OK;

	if (r != NULL && found->count == 0)
		status = fail(FAILED, "%s", error_text(e));
	free(request);
	if (r == NULL)
		return;
	r->request = NULL;
	r->done(r->arg, status, found);
}

static void
answered(uv_getaddrinfo_t *uv, int e, struct addrinfo *list)
{
	struct addresses found = { 0 };

	loop_ended();
	if (e == 0)
		addresses_copy(&found, list);
	uv_freeaddrinfo(list);
	loop_enter();
	conclude((struct request *)uv, e, &found);
	loop_leave();
}

static void
helper_answered(void *arg, short revents)
{
	struct request *request = arg;
	struct helper_found found;

	(void)revents;
	if (read(request->watch.fd, &found, sizeof(found)) != sizeof(found))
		found = (struct helper_found){ .e = UV_EAI_FAIL };
	close(request->watch.fd);
	loop_remove(&request->watch);
	conclude(request, found.e, &found.addresses);
}

static enum status
ask_helper(struct request *request, const char *host, const char *port)
{
	enum status status;
	int fd;

	if ((status = helper_resolve(host, port, &fd)) != OK)
		return status;
	request->watch = (struct watch){ .fd = fd, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = helper_answered, .arg = request };
	if ((status = loop_add(&request->watch)) != OK)
		close(fd);
	return status;
}

static enum status
ask_thread(struct request *request, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int e = uv_getaddrinfo(loop_uv(), &request->uv, answered, host, port,
	    &hints);

	if (e != 0)
		return fail(FAILED, "%s", error_text(e));
	loop_begun();
	return OK;
}

static enum status
ask(struct resolve *r, const char *where)
{
	struct request *request;
	struct host_port p;
	enum status status;

	if ((status = address_read(where, strlen(where), "", &p)) != OK)
		return status;
	if ((status = address_known(&p)) != OK)
		return status;
	if ((request = calloc(1, sizeof(*request))) == NULL)
		return fail(FAILED, "no memory");
	request->owner = r;
	status = helper_runs() ? ask_helper(request, p.host, p.port) :
	    ask_thread(request, p.host, p.port);
	if (status == OK)
		r->request = request;
	else
		free(request);
	return status;
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
	if (r->request->watch.handle != NULL) {
		close(r->request->watch.fd);
		loop_remove(&r->request->watch);
		free(r->request);
	} else {
		r->request->owner = NULL;
		uv_cancel((uv_req_t *)&r->request->uv);
	}
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
