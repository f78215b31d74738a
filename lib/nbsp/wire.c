/* wire.c: a connection to a server inside the loop. */
#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tcp.h"
#include "nbsp/wire.h"
#include "transport/tls_client.h"

/* RFC 9113 clause 3.2: a server of HTTP/2 says so in the handshake. */
static enum status
shake(struct wire *w)
{
	const unsigned char *chosen = NULL;
	enum status status;
	unsigned len = 0;
	bool done;

	status = tls_stream_handshake(w->tls, &done);
	loop_events(&w->watch, tls_stream_events(w->tls));
	if (status != OK || !done)
		return status;
	SSL_get0_alpn_selected(w->tls->ssl, &chosen, &len);
	if (len != 2 || memcmp(chosen, "h2", 2) != 0)
		return fail(REJECTED, "tls: it does not speak HTTP/2 (ALPN "
		    "h2)");
	w->state = WIRE_UP;
	return OK;
}

static void
happened(void *arg, short revents)
{
	struct wire *w = arg;
	enum status status = OK;

	if (w->state == WIRE_SHAKING) {
		status = revents != 0 ? shake(w) : fail(FAILED,
		    "tls: no handshake within %d s", WIRE_DIAL_MS / 1000);
		if (status == OK && w->state == WIRE_SHAKING)
			return;
		loop_wake(&w->watch, LOOP_NEVER);
	}
	w->ready(w->arg, status, revents);
}

static enum status
begin(struct wire *w, int fd)
{
	enum status status;

	if ((status = loop_watch(&w->watch, fd, POLLOUT)) != OK) {
		close(fd);
		return status;
	}
	if (w->ctx == NULL) {
		w->state = WIRE_UP;
		return OK;
	}
	w->state = WIRE_SHAKING;
	loop_wake(&w->watch, clock_monotonic_ms() + WIRE_DIAL_MS);
	return tls_client_begin(&w->tls, w->ctx, fd, w->where);
}

static void
dialled(void *arg, int fd)
{
	struct wire *w = arg;
	enum status status = fd < 0 ? FAILED : begin(w, fd);

	if (status != OK || w->state == WIRE_UP)
		w->ready(w->arg, status, 0);
}

/* A Unix socket is there at once, or not at all. */
static int
connect_unix(const char *path)
{
	struct sockaddr_un where;
	int fd;

	if (address_unix(path, &where) != OK)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&where,
	    sizeof(where)) == 0)
		return fd;
	fail_because("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- what its user calls ---- */

enum status
wire_open(struct wire *w)
{
	w->state = WIRE_DOWN;
	w->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = happened, .arg = w };
	w->dial = (struct dial){ .done = dialled, .arg = w };
	return loop_add(&w->watch);
}

void
wire_close(struct wire *w)
{
	wire_hang_up(w);
	loop_remove(&w->watch);
}

void
wire_connect(struct wire *w)
{
	w->state = WIRE_DIALLING;
	if (w->socket != NULL)
		dialled(w, connect_unix(w->socket));
	else
		dial_start(&w->dial, w->where, clock_monotonic_ms() +
		    WIRE_DIAL_MS);
}

void
wire_hang_up(struct wire *w)
{
	int fd = w->watch.fd;

	dial_stop(&w->dial);
	tls_stream_end(w->tls);
	w->tls = NULL;
	loop_unwatch(&w->watch);
	loop_wake(&w->watch, LOOP_NEVER);
	if (fd >= 0)
		close(fd);
	w->state = WIRE_DOWN;
}

enum status
wire_write(struct wire *w, const void *v, size_t len, size_t *n)
{
	return w->tls != NULL ? tls_stream_write(w->tls, v, len, n) :
	    tcp_write(w->watch.fd, v, len, n);
}

enum status
wire_read(struct wire *w, void *v, size_t max, size_t *n)
{
	return w->tls != NULL ? tls_stream_read(w->tls, v, max, n) :
	    tcp_read(w->watch.fd, "the server", v, max, n);
}

void
wire_await(struct wire *w, bool more)
{
	short wanted = w->tls != NULL ? tls_stream_events(w->tls) : 0;

	/* after the handshake, what the last read wanted is no matter */
	if (wanted == 0 || w->tls->secured)
		wanted = POLLOUT;
	loop_events(&w->watch, (short)(POLLIN | (more ? wanted : 0)));
}

bool
wire_pending(const struct wire *w)
{
	return w->tls != NULL && tls_stream_pending(w->tls);
}
