/* serve.c: the MTC server's loop. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/fd_limit.h"
#include "base/notify.h"
#include "base/tcp.h"
#include "connection/serve.h"
#include "connection/session.h"
#include "pipe/confine.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define ACCEPTS 64		/* in one round, so that others have theirs */
#define GATHER_MS 5		/* for what goes into one transaction */
#define STOP_MS 5000		/* for what is being stored, in the end */
#define LINES_MAX (1 << 20)	/* octets that wait while we still accept */
#define HEAP_KEPT (8 << 20)	/* octets that connections take in turns */
#define SPARE_FDS 40		/* of what is not a connection's */

static struct server {
	struct service service;
	struct line_writer lines;
	struct watch listener;
	bool somebody_calls;
	uint64_t pause_end;		/* monotonic milliseconds */
	struct session *sessions;
	uint64_t open, most, ended;
	struct connected connected;
	struct session *first, **last;	/* those that have a turn */
} server;

/* ---- turns ---- */

static void
give_turn(struct session *s)
{
	if (s->has_turn)
		return;
	s->has_turn = true;
	s->next_turn = NULL;
	*server.last = s;
	server.last = &s->next_turn;
}

/* S has no turn, so that nobody names it any more. */
static enum status
end_session(struct session *s)
{
	enum status status = session_report(s, &server.lines);

	connected_remove(&server.connected, &s->device);
	DL_DELETE(server.sessions, s);
	session_free(s);
	server.open--;
	server.ended++;
	return status;
}

/* A device that comes back has given its older connection up. */
static void
supersede(struct session *newer)
{
	static const struct outcome why = { FAILED, "superseded by a newer "
	    "connection of the device" };
	struct connected_device *c;
	struct session *older;

	newer->device.arg = newer;
	c = connected_put(&server.connected, &newer->device,
	    session_p_tid(newer));
	older = c == NULL ? NULL : c->arg;
	if (older == NULL || older == newer || older->phase != PHASE_STREAM)
		return;
	session_stop(older, &why);
	give_turn(older);
}

static enum status
have_turn(struct session *s)
{
	enum phase before = s->phase;
	enum session_wants wants = session_step(s);
	struct outcome failure;

	if (before == PHASE_RESPONDED && s->phase == PHASE_STREAM)
		supersede(s);
	if (wants == SESSION_WAITS && session_await(s) != OK) {
		failure = outcome_of(FAILED);
		session_stop(s, &failure);
		wants = SESSION_ENDED;
	}
	if (wants == SESSION_ENDED)
		return end_session(s);
	if (wants == SESSION_GOES_ON)
		give_turn(s);
	return OK;
}

/* Those that get in line meanwhile have theirs in the next round. */
static enum status
have_turns(void)
{
	struct session *s = server.first, *next;
	enum status status = OK;

	server.first = NULL;
	server.last = &server.first;
	for (; s != NULL; s = next) {
		next = s->next_turn;
		s->has_turn = false;
		status = status_worst(status, have_turn(s));
	}
	return status;
}

/* ---- new ones ---- */

/*
 * With --count no connection is taken whose line would be one too many; nor is
 * one that nobody would read about.
 */
static bool
may_accept(void)
{
	uint64_t count = server.service.options->count;

	return (count == 0 || server.ended + server.open < count) &&
	    server.open < server.most && server.lines.len <= LINES_MAX &&
	    clock_monotonic_ms() >= server.pause_end;
}

/* FD is the session's, or closed. */
static enum status
new_session(int fd)
{
	struct session *s;
	enum status status = session_new(&s, &server.service, fd);

	if (status == OK && (status = session_await(s)) != OK)
		session_free(s);
	if (status != OK)
		return status;
	DL_APPEND(server.sessions, s);
	server.open++;
	return OK;
}

/* Out of something: those that wait in the queue may have it later. */
static void
accept_some(void)
{
	enum status status = OK;
	int fd;

	for (int i = 0; i < ACCEPTS && status == OK && may_accept(); i++) {
		status = tcp_accept(server.listener.fd, &fd);
		if (status == OK && fd < 0)
			return;
		if (status == OK)
			status = new_session(fd);
	}
	if (status == OK)
		return;
	server.pause_end = clock_monotonic_ms() + PAUSE_MS;
	loop_wake(&server.listener, server.pause_end);
}

static void
call_comes(void *unused, short revents)
{
	(void)unused;
	server.somebody_calls |= revents != 0;
}

/* ---- the loop ---- */

/* Wait for events, or do not; those go on who can: *BUSY, there were some. */
static enum status
look(bool wait, bool *busy)
{
	enum status status;

	server.somebody_calls = false;
	loop_wait(-1, wait && server.first == NULL ? LOOP_NEVER : 0);
	*busy = server.first != NULL;
	status = have_turns();
	if (server.somebody_calls)
		accept_some();
	store_work_start(&server.service.store->reader);
	return status;
}

/*
 * A transaction costs much, and one more in it little: it waits for those who
 * can go on and may have something to store as well, but not long.
 */
static enum status
one_round(void)
{
	struct store_worker *writer = &server.service.store->writer;
	enum status status;
	uint64_t start;
	bool busy;

	loop_events(&server.listener, may_accept() ? POLLIN : 0);
	if ((status = look(true, &busy)) != OK)
		return status;
	start = clock_monotonic_ms();
	while (store_work_idles(writer) && busy &&
	    clock_monotonic_ms() < start + GATHER_MS)
		if ((status = look(false, &busy)) != OK)
			return status;
	store_work_start(writer);
	return line_writer_write(&server.lines);
}

static enum status
run(void)
{
	const uint64_t count = server.service.options->count;
	enum status status = OK;

	while (status == OK && !loop_signalled() && (count == 0 ||
	    server.ended < count))
		status = one_round();
	return status;
}

static enum status
start(void)
{
	const struct serve_options *options = server.service.options;
	size_t fds = fd_limit_raise();
	size_t each = 1 + (options->dir != NULL) + 3 * (options->exec != NULL);
	char at[ADDRESS_TEXT_MAX];
	enum status status;

	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	server.most = fds > SPARE_FDS + each ? (fds - SPARE_FDS) / each : 1;
	if (options->dir != NULL && access(options->dir, W_OK | X_OK) != 0)
		return fail(FAILED, "%s: %s", options->dir, strerror(errno));
	if ((status = tls_context_open(&server.service.tls, true)) != OK ||
	    (status = tcp_listen(options->listen, &server.listener.fd)) !=
	    OK || (status = loop_add(&server.listener)) != OK)
		return status;
	address_own_text(server.listener.fd, at);
	if (options->listening != NULL)
		options->listening(at);
	notify_ready();
	confine_writes(common.output);
	confine_writes_in(options->dir);
	return confine(confine_store(options->store));
}

/* What is begun is stored, unless that takes too long, and then said. */
static enum status
finish_storing(void)
{
	struct store_work *store = server.service.store;
	uint64_t now = clock_monotonic_ms(), end = now + STOP_MS;
	enum status status = OK;

	store_work_start(&store->writer);
	while ((store->writer.busy || store->reader.busy) && now < end) {
		if (loop_wait(-1, end) == LOOP_SIGNAL)
			loop_end_on_signals(true);
		status = status_worst(status, have_turns());
		store_work_start(&store->writer);	/* what waited for it */
		now = clock_monotonic_ms();
	}
	return status;
}

/* End all sessions, STATUS being what ended the server. */
static enum status
stop(enum status status)
{
	static const struct outcome why = { FAILED, "the server was stopped" };
	bool stopped = loop_signalled();

	loop_end_on_signals(true);	/* the loop goes on */
	loop_remove(&server.listener);
	if (server.listener.fd >= 0)
		close(server.listener.fd);
	status = status_worst(status, finish_storing());
	while (server.sessions != NULL) {
		session_stop(server.sessions, &why);
		status = status_worst(status, end_session(server.sessions));
	}
	return status_worst(status, line_writer_finish(&server.lines,
	    stopped));
}

enum status
serve(const struct serve_options *options, struct output *out)
{
	struct address at;
	enum status status = OK;

	if (options->exec != NULL || !address_numeric(options->listen, &at))
		status = confine_helper(options->exec);
	if (status != OK)
		return status;
	server = (struct server){ .service = { .options = options,
	    .give_turn = give_turn }, .last = &server.first,
	    .listener = { .fd = -1, .wake = LOOP_NEVER,
	    .ready = call_comes } };
	if ((status = store_work_open(&server.service.store, options->store,
	    lookup_run, commit_run)) != OK)
		return status;
	line_writer_init(&server.lines, out);
	loop_end_on_signals(true);
	if ((status = start()) == OK)
		status = run();
	status = stop(status);
	tls_context_close(server.service.tls);
	line_writer_free(&server.lines);
	store_work_close(server.service.store);
	loop_default_signals();
	return status;
}
