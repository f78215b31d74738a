/* serve.c: the MTC server's loop. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd_limit.h"
#include "base/tcp.h"
#include "base/timers.h"
#include "connection/commit.h"
#include "connection/connected.h"
#include "connection/serve.h"
#include "connection/session.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define ACCEPTS 64		/* in one round, so that others have theirs */
#define EVENTS 256		/* of one look */
#define GATHER_MS 5		/* for what goes into one transaction */
#define LINES_MAX (1 << 20)	/* octets that wait while we still accept */
#define HEAP_KEPT (8 << 20)	/* octets that connections take in turns */
#define SPARE_FDS 32		/* of what is not a connection's */

/* After its session the slot goes at its next turn: events may name it. */
struct slot {
	struct session *session;
	struct timer timer;
	struct connected_device caller;	/* since it was accepted */
	struct slot *next;	/* in line for a turn */
	bool in_line;
};

struct server {
	struct service service;
	struct signals signals;
	struct line_writer lines;
	int epoll, listener;
	struct epoll_event event[EVENTS];
	bool accepting, writing;	/* what the epoll watches for */
	uint64_t open, most, ended;	/* sessions */
	uint64_t pause_end;		/* monotonic milliseconds */
	struct timers timers;
	struct connected callers;
	struct slot *first, **last;	/* those that have a turn */
	struct commit storing;
};

/* ---- turns ---- */

/* One that has something to store has none until that is stored. */
static void
give_turn(struct server *sv, struct slot *slot)
{
	if (slot->in_line || (slot->session != NULL &&
	    session_wants(slot->session) == SESSION_STORES))
		return;
	slot->in_line = true;
	slot->next = NULL;
	*sv->last = slot;
	sv->last = &slot->next;
}

static enum status
end_session(struct server *sv, struct slot *slot)
{
	enum status status = session_report(slot->session, &sv->lines);

	timers_remove(&sv->timers, &slot->timer);
	connected_remove(&sv->callers, &slot->caller);
	session_free(slot->session);
	slot->session = NULL;
	give_turn(sv, slot);
	sv->open--;
	sv->ended++;
	return status;
}

static enum status
wait_for(struct server *sv, struct slot *slot)
{
	struct session *s = slot->session;

	if (relay_watch(&s->relay, sv->epoll, slot) != OK) {
		session_stop(s, fail_text());
		return end_session(sv, slot);
	}
	timers_set(&sv->timers, &slot->timer, s->deadline);
	if (session_wants(s) == SESSION_GOES_ON)
		give_turn(sv, slot);
	return OK;
}

static enum status
have_turn(struct server *sv, struct slot *slot)
{
	enum session_wants wants;

	if (slot->session == NULL) {
		free(slot);
		return OK;
	}
	wants = session_step(slot->session);
	if (wants == SESSION_WAITS)
		return wait_for(sv, slot);
	if (wants == SESSION_ENDED)
		return end_session(sv, slot);
	if (wants == SESSION_STORES)
		commit_add(&sv->storing, slot->session);
	else
		give_turn(sv, slot);
	return OK;
}

/* Those that get in line meanwhile have theirs in the next round. */
static enum status
have_turns(struct server *sv)
{
	struct slot *slot = sv->first, *next;
	enum status status = OK;

	sv->first = NULL;
	sv->last = &sv->first;
	for (; slot != NULL; slot = next) {
		next = slot->next;
		slot->in_line = false;
		status = status_worst(status, have_turn(sv, slot));
	}
	return status;
}

/* ---- storing ---- */

/* A device that comes back has given its older connection up. */
static void
supersede(struct server *sv, struct slot *newer)
{
	struct connected_device *c;
	struct slot *older;

	c = connected_put(&sv->callers, &newer->caller,
	    session_p_tid(newer->session));
	if (c == NULL)
		return;
	older = c->arg;
	if (older == newer || older->session->phase != PHASE_STREAM)
		return;
	session_stop(older->session, "superseded by a newer connection of "
	    "the device");
	give_turn(sv, older);
}

/* After that each has its turn. */
static void
store(struct server *sv)
{
	struct slot *slot;

	commit_store(&sv->service, &sv->storing);
	for (struct session *s = sv->storing.first; s != NULL; s = s->next) {
		slot = s->owner;
		if (s->phase == PHASE_STREAM)
			supersede(sv, slot);
		give_turn(sv, slot);
	}
	commit_empty(&sv->storing);
}

/* ---- new ones ---- */

/*
 * With --count no connection is taken whose line would be one too many; nor is
 * one that nobody would read about.
 */
static bool
may_accept(const struct server *sv)
{
	uint64_t count = sv->service.options->count;

	return (count == 0 || sv->ended + sv->open < count) &&
	    sv->open < sv->most && sv->lines.len <= LINES_MAX &&
	    clock_monotonic_ms() >= sv->pause_end;
}

/* FD is the session's, or closed. */
static enum status
new_slot(struct server *sv, int fd)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL) {
		close(fd);
		return fail(FAILED, "connection: no memory");
	}
	slot->timer.arg = slot->caller.arg = slot;
	if (session_new(&slot->session, &sv->service, fd, slot) != OK ||
	    timers_add(&sv->timers, &slot->timer) != OK) {
		session_free(slot->session);
		free(slot);
		return FAILED;
	}
	sv->open++;
	return wait_for(sv, slot);
}

/* Out of something: those that wait in the queue may have it later. */
static void
accept_some(struct server *sv)
{
	enum status status = OK;
	int fd;

	for (int i = 0; i < ACCEPTS && status == OK && may_accept(sv); i++) {
		status = tcp_accept(sv->listener, &fd);
		if (status == OK && fd < 0)
			return;
		if (status == OK)
			status = new_slot(sv, fd);
	}
	if (status != OK)
		sv->pause_end = clock_monotonic_ms() + PAUSE_MS;
}

/* ---- the loop ---- */

/* Watch FD, whose events have IS, or do not, unless that is how it *IS. */
static enum status
watch(struct server *sv, int fd, uint32_t events, bool wanted, bool *is)
{
	struct epoll_event event = { .events = events, .data.ptr = is };

	if (wanted == *is)
		return OK;
	if (epoll_ctl(sv->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd,
	    &event) != 0 && errno != EPERM)
		return fail(FAILED, "epoll: %s", strerror(errno));
	*is = wanted;
	return OK;
}

/* Say what to wait for besides sessions; *WAKE gets until when. */
static enum status
prepare(struct server *sv, uint64_t *wake)
{
	struct timer *t = timers_first(&sv->timers);
	enum status status;

	*wake = sv->first != NULL ? 0 : t != NULL ? t->at : UINT64_MAX;
	if (sv->pause_end > clock_monotonic_ms() && sv->pause_end < *wake)
		*wake = sv->pause_end;
	status = watch(sv, sv->listener, EPOLLIN, may_accept(sv),
	    &sv->accepting);
	return status != OK ? status : watch(sv, sv->lines.out->fd, EPOLLOUT,
	    sv->lines.len > 0, &sv->writing);
}

/* Give all a turn that have an event, or whose time is over. */
static bool
distribute(struct server *sv, int events)
{
	uint64_t now = clock_monotonic_ms();
	bool accept = false;
	struct timer *t;

	for (int i = 0; i < events; i++)
		if (sv->event[i].data.ptr == &sv->accepting)
			accept = true;
		else if (sv->event[i].data.ptr != &sv->writing)
			give_turn(sv, sv->event[i].data.ptr);
	while ((t = timers_first(&sv->timers)) != NULL && t->at <= now) {
		give_turn(sv, t->arg);
		timers_set(&sv->timers, t, UINT64_MAX);
	}
	return accept;
}

/* Wait until WAKE; those go on who can, and *BUSY: there were some. */
static enum status
look(struct server *sv, uint64_t wake, bool *busy)
{
	enum status status;
	bool accept;
	int n;

	if ((status = signals_epoll(&sv->signals, sv->epoll, sv->event,
	    EVENTS, wake, &n)) != OK)
		return status;
	accept = distribute(sv, n);
	*busy = sv->first != NULL;
	status = have_turns(sv);
	if (accept)
		accept_some(sv);
	return status;
}

/*
 * A transaction costs much, and one more in it little: it waits for those who
 * can go on and may have something to store as well, but not long.
 */
static enum status
one_round(struct server *sv)
{
	uint64_t wake, start;
	enum status status;
	bool busy;

	if ((status = prepare(sv, &wake)) != OK ||
	    (status = look(sv, wake, &busy)) != OK)
		return status;
	start = clock_monotonic_ms();
	while (sv->storing.first != NULL && busy &&
	    clock_monotonic_ms() < start + GATHER_MS)
		if ((status = look(sv, 0, &busy)) != OK)
			return status;
	store(sv);
	return line_writer_write(&sv->lines);
}

static enum status
run(struct server *sv)
{
	const uint64_t count = sv->service.options->count;
	enum status status = OK;

	while (status == OK && !signals_stopped() && (count == 0 ||
	    sv->ended < count))
		status = one_round(sv);
	return status;
}

static enum status
start(struct server *sv)
{
	const struct serve_options *options = sv->service.options;
	size_t fds = fd_limit_raise();
	size_t each = 1 + (options->dir != NULL) + 2 * (options->exec != NULL);
	char host[ADDRESS_MAX];
	enum status status;
	unsigned port;

	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	sv->most = fds > SPARE_FDS + each ? (fds - SPARE_FDS) / each : 1;
	if (options->dir != NULL && access(options->dir, W_OK | X_OK) != 0)
		return fail(FAILED, "%s: %s", options->dir, strerror(errno));
	if ((sv->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return fail(FAILED, "epoll: %s", strerror(errno));
	if ((status = tls_context_open(&sv->service.tls, true)) != OK ||
	    (status = tcp_listen(options->listen, &sv->listener, host,
	    &port)) != OK)
		return status;
	if (options->listening != NULL)
		options->listening(host, port);
	return OK;
}

/* End all sessions, STATUS being what ended the server. */
static enum status
stop(struct server *sv, enum status status)
{
	struct slot *slot;

	while (sv->open > 0) {
		slot = timers_first(&sv->timers)->arg;
		session_stop(slot->session, "the server was stopped");
		status = status_worst(status, end_session(sv, slot));
	}
	while ((slot = sv->first) != NULL) {
		sv->first = slot->next;
		free(slot);
	}
	return status_worst(status, line_writer_finish(&sv->lines,
	    &sv->signals));
}

enum status
serve(struct db *db, const struct serve_options *options, struct output *out)
{
	struct server sv = { .service = { db, options, NULL }, .epoll = -1,
	    .listener = -1, .last = &sv.first };
	enum status status;

	commit_empty(&sv.storing);
	signals_take(&sv.signals);
	line_writer_init(&sv.lines, out);
	if ((status = start(&sv)) == OK)
		status = run(&sv);
	if (sv.listener >= 0)
		close(sv.listener);
	status = stop(&sv, status);
	tls_context_close(sv.service.tls);
	if (sv.epoll >= 0)
		close(sv.epoll);
	timers_free(&sv.timers);
	line_writer_free(&sv.lines);
	signals_restore(&sv.signals);
	return status;
}
