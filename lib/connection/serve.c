/* serve.c: the MTC server's loop. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/fd_limit.h"
#include "base/memory.h"
#include "base/notify.h"
#include "base/tcp.h"
#include "connection/serve.h"
#include "connection/session.h"
#include "connection/workers.h"
#include "pipe/confine.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define ACCEPTS 64		/* in one round, so that others have theirs */
#define LOOK_MS 100		/* who has had its time, without room */
#define GATHER_MS 5		/* for what goes into one transaction */
#define STOP_MS 5000		/* for what is being stored, in the end */
#define LINES_MAX (1 << 20)	/* octets that wait while we still accept */
#define HEAP_KEPT (8 << 20)	/* octets that connections take in turns */
#define SPARE_FDS 40		/* of what is not a connection's */
#define SESSION_ROOM (60 << 10)	/* octets: what TLS takes at once, and we */

static struct server {
	struct service service;
	struct line_writer lines;
	struct watch listener, inbox;
	bool somebody_calls;	/* at either */
	uint64_t pause_end;		/* monotonic milliseconds */
	struct session *sessions;
	struct strangers strangers;
	uint64_t open, most;
	struct crew_tally *tally;
	int accepts;			/* at most, in one round */
	struct connected connected, responders;
	struct session *turns;		/* those that have one */
	bool stopping;
} server;

static uint64_t
count_of(const atomic_ullong *of)
{
	return atomic_load_explicit(of, memory_order_relaxed);
}

/* ---- turns ---- */

static void
give_turn(struct session *s)
{
	if (s->has_turn)
		return;
	s->has_turn = true;
	DL_APPEND2(server.turns, s, prev_turn, next_turn);
}

static void
take_turn(struct session *s)
{
	if (s->has_turn)
		DL_DELETE2(server.turns, s, prev_turn, next_turn);
	s->has_turn = false;
}

/* Whether --count allows another one that has proved its key. */
static bool
may_prove(void)
{
	uint64_t count = server.service.options->count;

	return count == 0 || count_of(&server.tally->taken) < count;
}

/*
 * Whoever connects can end, and what it says it is costs nothing: a line of its
 * own for each would be for strangers to fill disks with.
 */
static enum status
report(struct session *s)
{
	const char *p_tid = session_p_tid(s);
	char why[sizeof(s->line.detail) + 80];

	if (s->proved || (p_tid[0] != '\0' && may_prove() &&
	    strangers_may_have_line(&server.strangers)))
		return session_report(s, &server.lines);
	if (server.stopping || s->handed_over)
		return OK;
	snprintf(why, sizeof(why), "%s%s%s", p_tid, p_tid[0] == '\0' ? "" :
	    ": ", s->line.detail);
	strangers_tell(&server.strangers, &s->stranger, why);
	return OK;
}

static enum status
end_session(struct session *s)
{
	enum status status = report(s);

	take_turn(s);
	strangers_remove(&server.strangers, &s->stranger);
	connected_remove(&server.connected, &s->device);
	connected_remove(&server.responders, &s->responder);
	DL_DELETE(server.sessions, s);
	server.open--;
	if (s->proved)
		server.tally->ended++;
	session_free(s);
	return status;
}

/*
 * A device that comes back has given its older connection up: the one whose
 * data flows, or that has not responded so far, or not well.
 */
static void
supersede(struct connected *table, struct connected_device *newer,
    struct session *s)
{
	static const struct outcome why = { FAILED, "superseded by a newer "
	    "connection of the device" };
	struct connected_device *c;
	struct session *older;

	newer->arg = s;
	c = connected_put(table, newer, session_p_tid(s));
	older = c == NULL ? NULL : c->arg;
	if (older == NULL || older == s)
		return;
	if (older->phase != PHASE_STREAM && (older->accepted ||
	    (older->phase != PHASE_RESPONSE &&
	    older->phase != PHASE_CLOSING)))
		return;
	session_stop(older, &why);
	give_turn(older);
}

static const struct outcome too_many = { FAILED, "no more connections are "
    "taken" };

/*
 * S had a turn in the phase BEFORE, ACCEPTED then or not.  One turn may be
 * several phases: a device that says all at once is in the stream for no more.
 * Another process may have taken the last one of --count meanwhile.
 */
static void
follow(struct session *s, enum phase before, bool accepted)
{
	uint64_t count = server.service.options->count;

	if (before == PHASE_HANDSHAKE && s->proved) {
		strangers_remove(&server.strangers, &s->stranger);
		if (server.tally->taken++ < count || count == 0) {
			supersede(&server.responders, &s->responder, s);
			return;
		}
		s->proved = false;
		session_stop(s, &too_many);
	} else if (before == PHASE_HANDSHAKE) {
		strangers_mark(&server.strangers, &s->stranger,
		    session_known(s));
	} else if (!accepted && s->accepted) {
		connected_remove(&server.responders, &s->responder);
		supersede(&server.connected, &s->device, s);
	}
}

static enum status
have_turn(struct session *s)
{
	enum phase before = s->phase;
	bool accepted = s->accepted;
	enum session_wants wants;
	struct outcome failure;

	if (before == PHASE_HANDSHAKE && !may_prove())
		session_stop(s, &too_many);
	wants = session_step(s);
	follow(s, before, accepted);
	if (s->phase == PHASE_ENDED)
		wants = SESSION_ENDED;
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
	struct session *last = server.turns == NULL ? NULL :
	    server.turns->prev_turn, *s;
	enum status status = OK;
	bool more = last != NULL;

	while (more && (s = server.turns) != NULL) {
		more = s != last;
		take_turn(s);
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
	return may_prove() && server.lines.len <= LINES_MAX &&
	    clock_monotonic_ms() >= server.pause_end;
}

static void
pause_accepting(uint64_t ms)
{
	server.pause_end = clock_monotonic_ms() + ms;
	loop_wake(&server.listener, server.pause_end);
}

/* STRANGER has to go, because there are too many; NULL: nobody. */
static enum status
turn_away(const struct stranger *stranger)
{
	static const struct outcome why = { FAILED, "too many that have proved "
	    "no key" };

	if (stranger == NULL)
		return OK;
	session_stop(stranger->arg, &why);
	return end_session(stranger->arg);
}

/* FD is the session's, or closed. */
static enum status
new_session(int fd, const struct address *from)
{
	struct session *s;
	enum status status;

	if (!memory_there(SESSION_ROOM)) {
		close(fd);
		return fail(FAILED, "connection: no memory");
	}
	if ((status = session_new(&s, &server.service, fd)) != OK)
		return status;
	s->stranger.from = *from;
	s->stranger.arg = s;
	status = strangers_put(&server.strangers, &s->stranger);
	if (status != OK) {
		session_free(s);
		return status;
	}
	DL_APPEND(server.sessions, s);
	server.open++;
	give_turn(s);		/* its ClientHello may be here */
	status = turn_away(strangers_surplus(&server.strangers, &s->stranger));
	if (status == OK && server.open > server.most)
		status = turn_away(strangers_weakest(&server.strangers));
	return status;
}

/* What other processes hand over comes first: it has waited once already. */
static enum status
take_call(int *fd, struct address *from)
{
	enum status status = OK;

	*fd = -1;
	if (server.inbox.fd >= 0)
		status = crew_take(server.service.crew, fd, from);
	return status != OK || *fd >= 0 ? status :
	    tcp_accept(server.listener.fd, fd, from);
}

/*
 * Out of something: the weakest goes, and those that wait in the queue may have
 * that later.
 */
static void
accept_some(void)
{
	struct address from;
	enum status status = OK;
	int fd;

	for (int i = 0; i < server.accepts && status == OK && may_accept();
	    i++) {
		if (!strangers_have_room(&server.strangers,
		    server.open, server.most)) {
			pause_accepting(LOOK_MS);
			return;
		}
		status = take_call(&fd, &from);
		if (status == OK && fd < 0)
			return;
		if (status == OK)
			status = new_session(fd, &from);
	}
	if (status == OK)
		return;
	(void)turn_away(strangers_weakest(&server.strangers));
	pause_accepting(PAUSE_MS);
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
	loop_wait(-1, wait && server.turns == NULL ? LOOP_NEVER : 0);
	*busy = server.turns != NULL;
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
	loop_events(&server.inbox, may_accept() ? POLLIN : 0);
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
	    count_of(&server.tally->ended) < count))
		status = one_round();
	return status;
}

/* The share that one process has of what all may have; 0: there is no limit. */
static uint64_t
share(uint64_t all)
{
	uint64_t n = server.service.crew->count;

	return n < 2 ? all : (all + n - 1) / n;
}

/* How many there may be: half of them is for those who have proved a key. */
static enum status
set_limits(const struct serve_options *options)
{
	size_t fds = fd_limit_raise();
	size_t each = 1 + (options->dir != NULL) + 3 * (options->exec != NULL);
	uint64_t unproved = share(options->max_unproved), half;
	/* of one address, one process may get more than the others */
	uint64_t of_address = share(2 * options->max_per_address);

	server.most = fds > SPARE_FDS + each ? (fds - SPARE_FDS) / each : 1;
	if (options->max_connections != 0 &&
	    share(options->max_connections) < server.most)
		server.most = share(options->max_connections);
	half = (server.most + 1) / 2;
	if (unproved == 0)
		unproved = half < share(SERVE_UNPROVED) ? half :
		    share(SERVE_UNPROVED);
	if (unproved > server.most)
		unproved = server.most;
	server.accepts = unproved / 4 + 1 < ACCEPTS ? (int)unproved / 4 + 1 :
	    ACCEPTS;
	if (of_address > options->max_per_address)
		of_address = options->max_per_address;
	return strangers_open(&server.strangers, unproved, of_address);
}

/* Where devices come from: our own listener, or that of all processes. */
static enum status
open_listener(void)
{
	const struct crew *crew = server.service.crew;
	enum status status = OK;

	if (crew->count < 2) {
		status = tcp_listen(server.service.options->listen,
		    &server.listener.fd);
	} else {
		server.listener.fd = crew->listener;
		server.inbox.fd = crew->inbox;
	}
	if (status == OK && (status = loop_add(&server.listener)) == OK &&
	    server.inbox.fd >= 0)
		status = loop_add(&server.inbox);
	return status;
}

/* Data of devices goes into DIR: who listens, can put it there. */
static enum status
check_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (access(dir, W_OK | X_OK) == 0)
		return OK;
	return fail(FAILED, "%s: %s", dir, strerror(errno));
}

static enum status
start(void)
{
	const struct serve_options *options = server.service.options;
	enum status status;

	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	if (options->dir != NULL && (status = check_dir(options->dir)) != OK)
		return status;
	if ((status = set_limits(options)) != OK ||
	    (status = tls_context_open(&server.service.tls, true)) != OK ||
	    (status = open_listener()) != OK)
		return status;
	address_own_text(server.listener.fd, server.service.at);
	if (options->listening != NULL)
		options->listening(server.service.at);
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
			loop_end_on_signals(false);
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

	server.stopping = true;
	loop_end_on_signals(false);	/* the loop goes on */
	loop_remove(&server.listener);
	loop_remove(&server.inbox);
	if (server.listener.fd >= 0)
		close(server.listener.fd);
	status = status_worst(status, finish_storing());
	while (server.sessions != NULL) {
		session_stop(server.sessions, &why);
		status = status_worst(status, end_session(server.sessions));
	}
	strangers_close(&server.strangers);
	return status_worst(status, line_writer_finish(&server.lines,
	    stopped));
}

/* Lines are written whole, so that none is in two files. */
static void
reopen(void *out)
{
	if (output_reopen(out) != OK)
		complain("%s", "");
}

static enum status
serve_as(const struct serve_options *options, struct output *out,
    struct crew *crew)
{
	struct address at;
	enum status status = OK;

	if (options->exec != NULL || (crew->count < 2 &&
	    !address_numeric(options->listen, &at)))
		status = confine_helper(options->exec);
	if (status != OK)
		return status;
	server = (struct server){ .service = { .options = options,
	    .give_turn = give_turn, .crew = crew }, .tally = crew->tally,
	    .listener = { .fd = -1, .wake = LOOP_NEVER, .ready = call_comes },
	    .inbox = { .fd = -1, .wake = LOOP_NEVER, .ready = call_comes } };
	if ((status = store_work_open(&server.service.store, options->store,
	    lookup_run, commit_run)) != OK)
		return status;
	line_writer_init(&server.lines, out);
	loop_end_on_signals(false);
	loop_on_hangup(reopen, out);
	if ((status = start()) == OK)
		status = run();
	status = stop(status);
	tls_context_close(server.service.tls);
	line_writer_free(&server.lines);
	store_work_close(server.service.store);
	loop_on_hangup(NULL, NULL);
	loop_default_signals();
	return status;
}

enum status
serve(const struct serve_options *options, struct output *out)
{
	static struct crew_tally tally;
	struct crew alone = { .tally = &tally };

	return options->workers > 1 ? workers_run(options, out, serve_as) :
	    serve_as(options, out, &alone);
}
