/* workers.c: a server of several processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/notify.h"
#include "base/tcp.h"
#include "connection/line_writer.h"
#include "connection/workers.h"
#include "pipe/confine.h"

#define STOP_MS 5700		/* for their ends, after which we write 4 s */
#define LINES_MAX (1 << 20)	/* octets that wait while we still read */

/* One of them, as we see it. */
struct worker {
	unsigned number;	/* from 1 */
	pid_t pid;
	struct watch watch;	/* of its lines; what we would say is its end */
	bool ended;
	char *v;		/* LEN octets of a line that is not whole */
	size_t len, room;
};

static struct {
	struct worker v[SERVE_WORKERS];
	struct crew crew;
	int inbox[SERVE_WORKERS];
	unsigned count, alive;
	struct line_writer lines;
	bool stopping, signalled;
	unsigned stopped;	/* the worker that somebody else has ended */
	uint64_t stop_by;	/* LOOP_NEVER: they are not to end yet */
	enum status status;	/* the worst of theirs */
} all;

/* ---- in a worker ---- */

static int to_parent = -1;

/* The line without anything in it says that we listen. */
static void
say_ready(const char *at)
{
	(void)at;
	(void)!write(to_parent, "\n", 1);
}

/* The parent wants us to end, or has itself ended. */
static void
end_of_parent(void *arg, short revents)
{
	struct watch *w = arg;

	if (revents == 0)
		return;
	loop_events(w, 0);
	raise(SIGTERM);
}

static enum status
work(struct serve_options options, worker_fn *fn)
{
	struct watch parent = { .fd = fcntl(to_parent, F_DUPFD_CLOEXEC, 0),
	    .events = POLLIN, .wake = LOOP_NEVER, .ready = end_of_parent,
	    .arg = &parent };
	struct output out = { .format = FORMAT_JSON };
	enum status status;

	options.listening = say_ready;
	unsetenv("NOTIFY_SOCKET");	/* the parent says that */
	if ((status = loop_fork()) != OK ||
	    (status = loop_add(&parent)) != OK)
		return status;
	output_to(&out, to_parent, "the lines");
	status = fn(&options, &out, &all.crew);
	loop_remove(&parent);
	return status;
}

/* The child of a fork: it has the sockets of worker ME, and no others. */
static _Noreturn void
be_worker(unsigned me, int lines, pid_t parent,
    const struct serve_options *options, worker_fn *fn)
{
	enum status status = OK;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FAILED);
	for (unsigned i = 0; i < all.count; i++) {
		if (i < me)
			close(all.v[i].watch.fd);
		if (i != me)
			close(all.inbox[i]);
	}
	all.crew.me = me;
	all.crew.inbox = all.inbox[me];
	to_parent = lines;
	if ((status = work(*options, fn)) != OK)
		complain_unsaid();
	memory_end();
	if (loop_works())
		_exit((int)status);
	exit((int)status);
}

/* ---- their lines ---- */

static void
begin_stop(void)
{
	if (all.stopping)
		return;
	all.stopping = true;
	all.stop_by = clock_monotonic_ms() + STOP_MS;
	for (unsigned i = 0; i < all.count; i++)
		if (!all.v[i].ended)
			shutdown(all.v[i].watch.fd, SHUT_WR);
}

static void
worsen(enum status status)
{
	all.status = status_worst(all.status, status);
}

/* Whether it was time to: after --count connections. */
static bool
is_done(const struct serve_options *options)
{
	return options->count > 0 &&
	    atomic_load(&all.crew.tally->ended) >= options->count;
}

static const struct serve_options *serve_options;

/* It has closed its socket: what is left of it says how it ended. */
static void
see_end(struct worker *w)
{
	int how = 0;

	loop_remove(&w->watch);
	close(w->watch.fd);
	w->ended = true;
	all.alive--;
	while (waitpid(w->pid, &how, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(how)) {
		warn("worker %u was ended by signal %d (%s)", w->number,
		    WTERMSIG(how), strsignal(WTERMSIG(how)));
		worsen(FAILED);
	} else if (WEXITSTATUS(how) == OK && !all.stopping &&
	    !is_done(serve_options)) {
		all.stopped = w->number;
	} else {
		worsen((enum status)WEXITSTATUS(how));
	}
	begin_stop();
}

/* Pass on what is whole of the LEN octets V that have come. */
static enum status
pass_on(struct worker *w, const char *v, size_t len)
{
	const char *end = memrchr(v, '\n', len);
	size_t n = end == NULL ? 0 : (size_t)(end - v) + 1;
	char *room;

	if (n > 0) {
		if ((room = line_writer_room(&all.lines, w->len + n)) == NULL)
			return fail(FAILED, "lines: no memory");
		if (w->len > 0)
			memcpy(room, w->v, w->len);
		memcpy(room + w->len, v, n);
		line_writer_add(&all.lines, w->len + n);
		w->len = 0;
	}
	if (!array_reserve(w->v, w->room, w->len + len - n))
		return fail(FAILED, "lines: no memory");
	if (len > n)
		memcpy(w->v + w->len, v + n, len - n);
	w->len += len - n;
	return OK;
}

static void
lines_come(void *arg, short revents)
{
	static char v[1 << 16];
	struct worker *w = arg;
	ssize_t n;

	if (revents == 0)
		return;
	n = recv(w->watch.fd, v, sizeof(v), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		see_end(w);
	else if (pass_on(w, v, (size_t)n) != OK) {
		worsen(FAILED);
		begin_stop();
	}
}

/* ---- the parent ---- */

/* It has to be ready before the next one begins: they would all say why not. */
static enum status
await_ready(const struct worker *w)
{
	ssize_t n;
	int how = 0;
	char c;

	while ((n = read(w->watch.fd, &c, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return OK;
	(void)waitpid(w->pid, &how, 0);
	fail_said();
	return WIFEXITED(how) && WEXITSTATUS(how) != OK ?
	    (enum status)WEXITSTATUS(how) : FAILED;
}

static enum status
begin_worker(unsigned i, const struct serve_options *options, worker_fn *fn)
{
	struct worker *w = &all.v[i];
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 ||
	    (w->pid = fork()) < 0)
		return fail(FAILED, "workers: %s", strerror(errno));
	if (w->pid == 0) {
		close(ends[0]);
		be_worker(i, ends[1], parent, options, fn);
	}
	close(ends[1]);
	w->number = i + 1;
	w->watch = (struct watch){ .fd = ends[0], .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = lines_come, .arg = w };
	return await_ready(w);
}

/* What only they need is theirs alone from then on. */
static void
close_sockets(void)
{
	close(all.crew.listener);
	for (unsigned i = 0; i < all.count; i++) {
		close(all.inbox[i]);
		close(all.crew.outbox[i]);
	}
}

static enum status
begin_all(const struct serve_options *options, worker_fn *fn)
{
	char at[ADDRESS_TEXT_MAX];
	enum status status;

	if ((status = crew_open(&all.crew, all.count, all.inbox)) != OK ||
	    (status = tcp_listen(options->listen, &all.crew.listener)) != OK)
		return status;
	address_own_text(all.crew.listener, at);
	for (unsigned i = 0; i < all.count && status == OK; i++)
		status = begin_worker(i, options, fn);
	close_sockets();
	for (unsigned i = 0; i < all.count && status == OK; i++)
		status = loop_add(&all.v[i].watch);
	if (status != OK)
		return status;
	all.alive = all.count;
	if (options->listening != NULL)
		options->listening(at);
	notify_ready();
	confine_writes(common.output);
	return confine(CONFINE_CHILDREN);
}

/* Their lines are read while ours are; in the end all are. */
static void
read_or_pause(void)
{
	bool reads = all.stopping || all.lines.len <= LINES_MAX;

	for (unsigned i = 0; i < all.count; i++)
		if (!all.v[i].ended)
			loop_events(&all.v[i].watch, reads ? POLLIN : 0);
}

static void
await_ends(void)
{
	while (all.alive > 0 && clock_monotonic_ms() < all.stop_by) {
		read_or_pause();
		if (loop_wait(-1, all.stop_by) == LOOP_SIGNAL) {
			loop_end_on_signals(false);
			all.signalled = true;
			begin_stop();
		}
		if (line_writer_write(&all.lines) == OK)
			continue;
		worsen(FAILED);
		begin_stop();
		return;
	}
	/* a signal for all of us may come to it first */
	if (all.stopped != 0 && !all.signalled)
		worsen(fail(FAILED, "worker %u was stopped, and all others "
		    "with it", all.stopped));
	/* these end with us */
	if (all.alive > 0)
		worsen(fail(FAILED, "%u of %u workers did not end", all.alive,
	    all.count));
}

static void
reopen(void *out)
{
	if (output_reopen(out) != OK)
		complain("%s", "");
}

enum status
workers_run(const struct serve_options *options, struct output *out,
    worker_fn *fn)
{
	enum status status;

	all.count = (unsigned)options->workers;
	all.stop_by = LOOP_NEVER;
	serve_options = options;
	line_writer_init(&all.lines, out);
	if ((status = begin_all(options, fn)) != OK)
		return status;
	loop_end_on_signals(false);
	loop_on_hangup(reopen, out);
	await_ends();
	status = status_worst(all.status, line_writer_finish(&all.lines,
	    !is_done(options)));
	line_writer_free(&all.lines);
	for (unsigned i = 0; i < all.count; i++)
		free(all.v[i].v);
	loop_on_hangup(NULL, NULL);
	loop_default_signals();
	return status;
}
