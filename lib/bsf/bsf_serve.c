/* bsf_serve.c: the loop of the BSF's server. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/fd_limit.h"
#include "base/message.h"
#include "base/notify.h"
#include "base/tcp.h"
#include "bsf/bsf_serve.h"
#include "bsf/client.h"
#include "pipe/confine.h"

#define PAUSE_MS 200		/* of accept, when descriptors run out */
#define LOOK_MS 100		/* who has had its time, without room */
#define ACCEPTS 64		/* in one round, so that others have theirs */
#define STOP_MS 5000		/* for what was asked before the end */
#define HEAP_KEPT (8 << 20)	/* octets that connections take in turns */
#define SPARE_FDS 40		/* of what is not a connection's */
#define UNPROVED 4096		/* connections, at most */
#define UNPROVED_EACH 256	/* of one address */
#define LINES 100		/* of refusals, at once; then one a second */

static struct server {
	const struct bsf_options *options;
	struct bsf bsf;
	char at[ADDRESS_TEXT_MAX];
	struct watch listener, pump;
	struct client *clients;
	struct strangers strangers;
	struct crowd known;		/* who has proved who it is: */
	size_t known_most;		/* at most so many */
	uint64_t open, most;
	struct bucket lines;
	uint64_t unsaid;		/* refusals */
	bool stopping, more;		/* MORE to do than to wait for events */
} server;

/* ---- what is said ---- */

/* Say the last failure, of PEER; of many, a few. */
static void
tell(const struct client *c, const char *prefix)
{
	char peer[ADDRESS_TEXT_MAX];

	if (!bucket_take(&server.lines)) {
		server.unsaid++;
		fail_said();
		return;
	}
	if (server.unsaid > 0)
		warn("%" PRIu64 " more were refused", server.unsaid);
	server.unsaid = 0;
	address_text(&c->stranger.from.sa, c->stranger.from.len, peer);
	(void)fail_in(REJECTED, "%s", prefix);
	complain_about(server.at, peer);
}

static void
refused(struct client *c, unsigned code)
{
	char prefix[8];

	snprintf(prefix, sizeof(prefix), "%u", code);
	tell(c, prefix);
}

/* ---- connections ---- */

static void
soon(void)
{
	if (server.pump.wake == LOOP_NEVER)
		loop_wake(&server.pump, 1);
}

static void
proved(struct client *c)
{
	strangers_remove(&server.strangers, &c->stranger);
	if (crowd_join(&server.known, &c->known, &c->stranger.from) != OK)
		fail_said();
	c->known.arg = c;
}

static void
active(struct client *c)
{
	if (c->known.source != NULL)
		crowd_renew(&c->known);
	if (server.known.count > server.known_most)
		soon();
}

/* A network that fails is nobody's fault. */
static void
ended(struct client *c, enum status status)
{
	struct outcome why = outcome_of(status);

	if (!c->proved && !server.stopping && status != OK) {
		strangers_tell(&server.strangers, &c->stranger, why.text);
	} else if (status == REJECTED || status == MALFORMED) {
		(void)fail_as(&why);
		tell(c, "connection");
	}
	strangers_remove(&server.strangers, &c->stranger);
	crowd_leave(&server.known, &c->known);
	DL_DELETE(server.clients, c);
	server.open--;
	client_free(c);
}

/* STRANGER has to go, because there are too many; NULL: nobody. */
static void
turn_away(const struct stranger *stranger)
{
	if (stranger != NULL)
		ended(stranger->arg, fail(FAILED, "too many that have proved "
		    "no key"));
}

/* FD is the connection's, or closed. */
static enum status
new_client(int fd, const struct address *from)
{
	struct client *c;
	enum status status = client_new(&c, &server.bsf, fd);

	if (status != OK)
		return status;
	c->stranger.from = *from;
	c->stranger.arg = c;
	if ((status = strangers_put(&server.strangers, &c->stranger)) != OK) {
		client_free(c);
		return status;
	}
	DL_APPEND(server.clients, c);
	server.open++;
	turn_away(strangers_surplus(&server.strangers, &c->stranger));
	if (server.open > server.most)
		turn_away(strangers_weakest(&server.strangers));
	return OK;
}

/* Those that wait in the queue may come in later. */
static void
pause_accepting(uint64_t ms)
{
	loop_events(&server.listener, 0);
	loop_wake(&server.listener, clock_monotonic_ms() + ms);
}

static void
accept_some(void *unused, short revents)
{
	struct address from;
	enum status status = OK;
	int fd;

	(void)unused;
	(void)revents;
	loop_events(&server.listener, POLLIN);
	for (int i = 0; i < ACCEPTS; i++) {
		if (!strangers_have_room(&server.strangers,
		    server.open, server.most)) {
			pause_accepting(LOOK_MS);
			return;
		}
		status = tcp_accept(server.listener.fd, &fd, &from);
		if (status == OK && fd < 0)
			return;
		if (status == OK)
			status = new_client(fd, &from);
		if (status != OK)
			break;
	}
	if (status == OK)
		return;
	fail_said();
	turn_away(strangers_weakest(&server.strangers));
	pause_accepting(PAUSE_MS);
}

/* ---- the loop ---- */

static void
pump(void *unused, short revents)
{
	(void)unused;
	(void)revents;
	while (server.known.count > server.known_most)
		client_leave(crowd_weakest(&server.known)->arg);
	client_pump(&server.bsf);
}

/* ---- where it listens ---- */

static const char *
unix_path(const char *listen)
{
	return strncmp(listen, "unix:", 5) == 0 ? listen + 5 : NULL;
}

/* A socket that nobody listens at, is left of an earlier run. */
static enum status
listen_unix(const char *path)
{
	struct address a = { .len = sizeof(struct sockaddr_un) };
	struct sockaddr_un *at = (struct sockaddr_un *)&a.storage;
	enum status status = address_unix(path, at);
	struct stat st;
	int fd;

	if (status != OK)
		return status;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, &a.sa, a.len) != 0 &&
		    errno == ECONNREFUSED)
			unlink(path);
		if (fd >= 0)
			close(fd);
	}
	server.listener.fd = address_bind(&a, SOCK_STREAM | SOCK_NONBLOCK);
	return server.listener.fd >= 0 ? OK : fail(FAILED, "unix:%s: %s",
	    path, strerror(errno));
}

static enum status
start_listening(void)
{
	const char *path = unix_path(server.options->listen);
	enum status status = path != NULL ? listen_unix(path) :
	    tcp_listen(server.options->listen, &server.listener.fd);

	if (status != OK || (status = loop_add(&server.listener)) != OK)
		return status;
	if (path != NULL) {
		confine_replaces(path);
		snprintf(server.at, sizeof(server.at), "unix:%s", path);
	} else {
		address_own_text(server.listener.fd, server.at);
	}
	server.options->listening(server.at);
	return OK;
}

static void
stop_listening(void)
{
	const char *path = unix_path(server.options->listen);

	loop_remove(&server.listener);
	if (server.listener.fd < 0)
		return;
	close(server.listener.fd);
	if (path != NULL)
		unlink(path);
}

/* ---- all of it ---- */

static enum status
set_limits(void)
{
	size_t fds = fd_limit_raise(), half;
	enum status status;

	server.most = fds > SPARE_FDS + 1 ? fds - SPARE_FDS : 1;
	if (server.options->max_connections != 0 &&
	    server.options->max_connections < server.most)
		server.most = server.options->max_connections;
	half = (server.most + 1) / 2;
	/* an eighth is for who comes, so that those who stay keep nobody out */
	server.known_most = server.most > 1 ? server.most -
	    (server.most + 7) / 8 : 1;
	bucket_begin(&server.lines, 1, LINES);
	if ((status = crowd_open(&server.known, server.most)) != OK)
		return status;
	return strangers_open(&server.strangers, half < UNPROVED ? half :
	    UNPROVED, UNPROVED_EACH);
}

static enum status
start(void)
{
	const struct bsf_options *o = server.options;
	enum status status = OK;

	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	if (!o->plain)
		status = tls_server_open(&server.bsf.tls, &o->tls);
	if (status != OK || (status = set_limits()) != OK ||
	    (status = hss_set_open(&server.bsf.hss, o->hss, o->grant)) != OK ||
	    (status = loop_add(&server.pump)) != OK ||
	    (status = start_listening()) != OK)
		return status;
	notify_ready();
	return confine(hss_set_confine(&server.bsf.hss));
}

/* Wait until DEADLINE at most, and go on.  Returns whether a signal came. */
static bool
one_round(uint64_t deadline)
{
	bool signal = loop_wait(-1, server.more ? 0 : deadline) == LOOP_SIGNAL;

	server.more = hss_set_go_on(&server.bsf.hss);
	return signal;
}

/* What is asked is answered; who asks nothing, or cannot yet, goes at once. */
static void
stop(void)
{
	uint64_t end = clock_monotonic_ms() + STOP_MS;
	struct client *c, *next;

	server.stopping = true;
	loop_end_on_signals(false);	/* the loop goes on */
	stop_listening();
	DL_FOREACH_SAFE(server.clients, c, next)
		if (c->tls != NULL && !c->open)
			ended(c, OK);
		else
			client_finish(c);
	while (server.clients != NULL && clock_monotonic_ms() < end)
		if (one_round(end))
			loop_end_on_signals(false);
	while (server.clients != NULL)
		ended(server.clients, OK);
	loop_remove(&server.pump);
	strangers_close(&server.strangers);
	crowd_close(&server.known);
	if (server.unsaid > 0)
		warn("%" PRIu64 " more were refused", server.unsaid);
}

/* An HLR that was lost is looked up again. */
static bool
looks_names_up(const struct bsf_options *o)
{
	struct address at;

	return (unix_path(o->listen) == NULL &&
	    !address_numeric(o->listen, &at)) || vectors_slf(o->hss) != NULL ||
	    vectors_kind(o->hss)->in_loop;
}

enum status
bsf_serve(const struct bsf_options *options)
{
	enum status status = OK;

	if (looks_names_up(options))
		status = confine_helper(NULL);
	if (status != OK)
		return status;
	server = (struct server){ .options = options,
	    .bsf = { .api = { options->grant, options->tokens,
	    options->plain && options->tokens == NULL }, .soon = soon,
	    .proved = proved, .active = active, .ended = ended,
	    .refused = refused },
	    .listener = { .fd = -1, .events = POLLIN, .wake = LOOP_NEVER,
	    .ready = accept_some },
	    .pump = { .fd = -1, .wake = LOOP_NEVER, .ready = pump } };
	loop_end_on_signals(false);
	status = start();
	while (status == OK && !loop_signalled())
		(void)one_round(LOOP_NEVER);
	stop();
	tls_server_close(server.bsf.tls);
	hss_set_close(&server.bsf.hss);
	loop_default_signals();
	return status;
}
