/* serve.c: the MTC server's poll loop. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve.h"
#include "session.h"
#include "source.h"
#include "tcp.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define ACCEPTS 64		/* in one round, so that others have theirs */

struct slot {
	struct session *session;
	size_t first, n;	/* its descriptors in POLL */
};

struct server {
	struct service service;
	struct signals signals;
	emit_fn *emit;
	int listener;
	uint64_t ended;
	uint64_t pause_end;	/* monotonic milliseconds */
	struct slot *slot;
	size_t open, room;
	struct pollfd *poll;	/* the listener's, then each session's */
	size_t polled;
};

/* ---- sessions ---- */

static enum status
make_room(struct server *sv)
{
	size_t room = 2 * sv->room + 16;
	struct slot *slot;
	struct pollfd *p;

	if (sv->open < sv->room)
		return OK;
	slot = realloc(sv->slot, room * sizeof(slot[0]));
	if (slot != NULL)
		sv->slot = slot;
	p = realloc(sv->poll, (1 + RELAY_FDS * room) * sizeof(p[0]));
	if (p != NULL)
		sv->poll = p;
	if (slot == NULL || p == NULL)
		return fail(FAILED, "connection: no memory");
	sv->room = room;
	return OK;
}

/* With --count no connection is taken whose line would be one too many. */
static bool
may_accept(const struct server *sv)
{
	uint64_t count = sv->service.options->count;

	return (count == 0 || sv->ended + sv->open < count) &&
	    source_monotonic_ms() >= sv->pause_end;
}

static enum status
accept_one(struct server *sv, bool *more)
{
	struct session *s;
	enum status status;
	int fd = -1;

	if ((status = make_room(sv)) != OK ||
	    (status = tcp_accept(sv->listener, &fd)) != OK)
		return status;
	*more = fd >= 0;
	if (fd < 0)
		return OK;
	if ((status = session_new(&s, &sv->service, fd)) != OK) {
		close(fd);
		return status;
	}
	sv->slot[sv->open++] = (struct slot){ s, 0, 0 };
	return OK;
}

/* Out of something: those that wait in the queue may have it later. */
static void
accept_some(struct server *sv)
{
	bool more = true;

	for (int i = 0; i < ACCEPTS && more && may_accept(sv); i++)
		if (accept_one(sv, &more) != OK)
			sv->pause_end = source_monotonic_ms() + PAUSE_MS;
}

static enum status
end_session(struct server *sv, size_t i)
{
	struct session *s = sv->slot[i].session;
	enum status status = session_report(s, sv->emit);

	session_free(s);
	sv->slot[i] = sv->slot[--sv->open];
	sv->ended++;
	return status;
}

/* A device that comes back has given its older connection up. */
static void
supersede(struct server *sv, const struct session *newer)
{
	struct session *s;

	for (size_t i = 0; i < sv->open; i++) {
		s = sv->slot[i].session;
		if (s != newer && session_streams(s, session_p_tid(newer)))
			session_stop(s, "superseded by a newer connection of "
			    "the device");
	}
}

/* ---- the loop ---- */

/* Fill POLL; returns when to wake at the latest. */
static uint64_t
prepare(struct server *sv)
{
	uint64_t wake = UINT64_MAX, deadline;
	struct slot *slot = sv->slot;

	sv->poll[0] = (struct pollfd){ may_accept(sv) ? sv->listener : -1,
	    POLLIN, 0 };
	sv->polled = 1;
	if (sv->pause_end > source_monotonic_ms())
		wake = sv->pause_end;
	for (size_t i = 0; i < sv->open; i++, slot++) {
		slot->first = sv->polled;
		slot->n = session_poll(slot->session, sv->poll + sv->polled);
		sv->polled += slot->n;
		deadline = session_deadline(slot->session);
		if (deadline < wake)
			wake = deadline;
	}
	return wake;
}

static bool
wants_step(const struct server *sv, const struct slot *slot, uint64_t now)
{
	for (size_t i = 0; i < slot->n; i++)
		if (sv->poll[slot->first + i].revents != 0)
			return true;
	return session_due(slot->session, now);
}

static enum status
step_all(struct server *sv)
{
	uint64_t now = source_monotonic_ms();
	enum session_event event;
	enum status status;
	size_t i = 0;

	while (i < sv->open) {
		event = !wants_step(sv, &sv->slot[i], now) ? SESSION_OPEN :
		    session_step(sv->slot[i].session);
		if (event == SESSION_ACCEPTED)
			supersede(sv, sv->slot[i].session);
		if (event != SESSION_ENDED)
			i++;
		else if ((status = end_session(sv, i)) != OK)
			return status;
	}
	return OK;
}

static enum status
run(struct server *sv)
{
	const uint64_t count = sv->service.options->count;
	enum status status;
	uint64_t wake;

	while (!signals_stopped() && (count == 0 || sv->ended < count)) {
		wake = prepare(sv);
		status = signals_poll(&sv->signals, sv->poll, sv->polled,
		    wake);
		if (status != OK || (status = step_all(sv)) != OK)
			return status;
		if (sv->poll[0].revents != 0)
			accept_some(sv);
	}
	return OK;
}

static enum status
start(struct server *sv)
{
	const struct serve_options *options = sv->service.options;
	char host[ADDRESS_MAX];
	enum status status;
	unsigned port;

	if (options->dir != NULL && access(options->dir, W_OK | X_OK) != 0)
		return fail(FAILED, "%s: %s", options->dir, strerror(errno));
	if ((status = make_room(sv)) != OK ||
	    (status = tls_context_open(&sv->service.tls, true)) != OK ||
	    (status = tcp_listen(options->listen, &sv->listener, host,
	    &port)) != OK)
		return status;
	if (options->listening != NULL)
		options->listening(host, port);
	return OK;
}

enum status
serve(struct db *db, const struct serve_options *options, emit_fn *emit)
{
	struct server sv = { .service = { db, options, NULL }, .emit = emit,
	    .listener = -1 };
	enum status status, ended;

	signals_take(&sv.signals);
	if ((status = start(&sv)) == OK)
		status = run(&sv);
	if (sv.listener >= 0)
		close(sv.listener);
	while (sv.open > 0) {
		session_stop(sv.slot[sv.open - 1].session, "the server was "
		    "stopped");
		ended = end_session(&sv, sv.open - 1);
		status = status_worst(status, ended);
	}
	tls_context_close(sv.service.tls);
	free(sv.slot);
	free(sv.poll);
	signals_restore(&sv.signals);
	return status;
}
